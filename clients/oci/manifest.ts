/** What a manifest says of something else: where its bytes are and how many there must be. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** Where a foreign layer lives; its bytes need not be in the registry. */
  readonly urls?: readonly string[];
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** The manifest that this one is about (a signature, an attestation); it need not exist. */
  readonly subject?: Descriptor;
}

/** An OCI index or a Docker manifest list. */
interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly children: readonly Descriptor[];
  readonly subject?: Descriptor;
}

export type Manifest = ImageManifest | ImageIndex;

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  image: 'application/vnd.oci.image.manifest.v1+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerImage: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

/**
 * Whether it is what BuildKit exported as `--cache-to type=registry`, which nobody runs: in an index of layers, which are no
 * manifests, or with `image-manifest=true` in a manifest.
 *
 * @see https://github.com/moby/buildkit/blob/v0.21.0/cache/remotecache/export.go
 */
export function isBuildCache(manifest: Manifest): boolean {
  const among = manifest.kind === 'index' ? manifest.children : [manifest.config];
  return among.some(({ mediaType }) => mediaType === 'application/vnd.buildkit.cacheconfig.v0');
}

const fieldNames: ReadonlyMap<string, string> = new Map(
  ['mediaType', 'manifests', 'config', 'layers', 'subject', 'digest', 'size', 'urls', 'platform'].map(
    (name) => [name.toLowerCase(), name],
  ),
);

/** What Forgejo refuses an index for: the types of its parts that are no images, such as an index within it. */
export function nestedTypes(manifest: Manifest): readonly string[] {
  return manifest.kind === 'index'
    ? manifest.children.map(({ mediaType }) => mediaType).filter((type) => !imageTypes.has(type))
    : [];
}

/** As Go compares keys: its folding takes a long s and the Kelvin sign for letters. */
const folded = (key: string): string => key.toUpperCase().toLowerCase();

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.index, mediaTypes.dockerIndex]);
export const isIndexType = (mediaType: string): boolean => indexTypes.has(mediaType);
const imageTypes: ReadonlySet<string> = new Set([mediaTypes.image, mediaTypes.dockerImage]);

/**
 * Reads the bytes that a registry served as a manifest. `contentType` is the answer's own: it is what a container
 * runtime goes by, and must agree with the body when that names a type. Throws with what is wrong otherwise.
 *
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
export function parseManifest(body: Uint8Array, contentType: string): Manifest {
  const value = record(parseJson(body), 'manifest');
  const mediaType = value['mediaType'] ?? contentType;
  if (typeof mediaType !== 'string')
    throw new MediaTypeError(`mediaType is not text, got ${show(mediaType)}`);
  if (contentType !== mediaType)
    throw new MediaTypeError(`served as "${contentType}" but says it is "${mediaType}"`);
  const isIndex = indexTypes.has(mediaType);
  const foreign = (isIndex ? ['config', 'layers'] : ['manifests']).find((name) => !isAbsent(value[name]));
  // As containerd does: whoever goes by the other kind reads another image (CVE-2021-41190).
  if (foreign !== undefined)
    throw new Error(`manifest is of two kinds, got "${foreign}" in an ${isIndex ? 'index' : 'image'}`);
  const subject = isAbsent(value['subject']) ? {} : { subject: descriptor(value['subject'], 'subject') };
  if (isIndex) {
    return { kind: 'index', mediaType, children: descriptors(value['manifests'], 'manifests'), ...subject };
  }
  if (imageTypes.has(mediaType)) {
    const config = descriptor(value['config'], 'config');
    return { kind: 'image', mediaType, config, layers: descriptors(value['layers'], 'layers'), ...subject };
  }
  throw new MediaTypeError(`not an image manifest or index, got "${mediaType}"`);
}

/** The bytes are JSON, but of no type that a container runtime pulls. */
export class MediaTypeError extends Error {}

function parseJson(body: Uint8Array): unknown {
  try {
    // Readers in Go take no byte order mark.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch (cause) {
    throw new Error('manifest is not JSON', { cause });
  }
}

function descriptors(value: unknown, where: string): Descriptor[] {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value)) throw new Error(`${where} is not a list, got ${show(value)}`);
  return value.map((entry, position) => descriptor(entry, `${where}[${position}]`));
}

function descriptor(value: unknown, where: string): Descriptor {
  const { mediaType, digest, size, urls, platform } = record(value, where);
  if (typeof mediaType !== 'string')
    throw new Error(`${where}.mediaType is not text, got ${show(mediaType)}`);
  if (typeof digest !== 'string') throw new Error(`${where}.digest is not text, got ${show(digest)}`);
  if (!isSize(size)) throw new Error(`${where}.size is not a number of bytes, got ${show(size)}`);
  return {
    mediaType,
    digest,
    size,
    ...(Array.isArray(urls) ? { urls: urls.filter((url) => typeof url === 'string') } : {}),
    ...(isAbsent(platform) ? {} : { platform: platformOf(platform, `${where}.platform`) }),
  };
}

function platformOf(value: unknown, where: string): NonNullable<Descriptor['platform']> {
  const { os, architecture, variant } = record(value, where);
  return {
    os: typeof os === 'string' ? os : 'unknown',
    architecture: typeof architecture === 'string' ? architecture : 'unknown',
    ...(typeof variant === 'string' ? { variant } : {}),
  };
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Readers in Go, which registries and runtimes are, take null for absent, and an absent list for an empty one. */
function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${where} is not an object, got ${show(value)}`);
  }
  // Readers in Go take a key in any case: what is read here as absent they would follow.
  const odd = Object.keys(value).find((key) => (fieldNames.get(folded(key)) ?? key) !== key);
  if (odd !== undefined) throw new Error(`${where} has a field in another case, got ${show(odd)}`);
  return value as Record<string, unknown>;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
