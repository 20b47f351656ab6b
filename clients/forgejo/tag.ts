declare const tagBrand: unique symbol;
declare const digestBrand: unique symbol;

/**
 * The name of a tag. A digest is not one: the grammar of the OCI distribution specification has no colon, so
 * `sha256:…` cannot become a `Tag`, and what takes a `Tag` cannot be handed an index child (incident 2026-06-10).
 */
export type Tag = string & { readonly [tagBrand]: true };

/** The digest of a manifest, `sha256:` and 64 lower-case hexadecimal digits: the only algorithm Forgejo accepts. */
export type Digest = `sha256:${string}` & { readonly [digestBrand]: true };

export function isTag(text: string): text is Tag {
  return /^\w[\w.-]{0,127}$/.test(text);
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/**
 * What a tag of the form `sha256-<hex>…` is attached to: cosign's signatures (`.sig`, `.att`, `.sbom`) and the
 * fallback tag of the referrers API are tags by name, yet belong to the image whose digest they spell.
 */
export function subjectOf(tag: Tag): Digest | undefined {
  // Of another algorithm it is nothing that Forgejo can hold, and lives elsewhere.
  const [, algorithm = '', hex] = /^(sha256|sha384|sha512)-([0-9a-f]{64,})(?:\.[\w.-]+)?$/.exec(tag) ?? [];
  return hex === undefined ? undefined : (`${algorithm}:${hex}` as Digest);
}
