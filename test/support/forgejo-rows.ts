import { createHash } from 'node:crypto';
import { sweptIds } from './forgejo-sweep';

/** One version as Forgejo stores it: a tag, or a digest that something was pushed by. */
export interface Row {
  readonly id: number;
  readonly package: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly manifest: string;
  readonly children: readonly string[];
}

/** Forgejo's tables of container versions, manifests and blobs for one owner, with its rules for pushing and sweeping. */
export class ForgejoRows {
  rows: Row[] = [];
  readonly bodies = new Map<string, { readonly body: Buffer; readonly mediaType: string }>();
  readonly blobs = new Map<string, Buffer>();
  #nextId = 1;

  find(name: string, reference: string): Row | undefined {
    const wanted = reference.toLowerCase();
    return this.rows.find(
      (row) => row.package === name && (row.name === wanted || (isDigest(wanted) && row.manifest === wanted)),
    );
  }

  /** Answers the digest, or `undefined` when an index names a child that the package does not have. */
  push(
    name: string,
    reference: string,
    body: Buffer,
    mediaType: string,
    createdAtMs: number,
  ): string | undefined {
    const digest = sha256(body);
    const { manifests = [] } = JSON.parse(body.toString()) as { manifests?: { digest: string }[] };
    const children = manifests.map((child) => child.digest);
    if (!children.every((child) => this.find(name, child))) return undefined;
    this.bodies.set(digest, { body, mediaType });
    const version = reference.toLowerCase();
    // A push of the same name replaces the row, whatever its content.
    this.rows = this.rows.filter((row) => row.package !== name || row.name !== version);
    this.rows.push({
      id: this.#nextId++,
      package: name,
      name: version,
      createdAtMs,
      manifest: digest,
      children,
    });
    return digest;
  }

  delete({ id }: Row): void {
    this.rows = this.rows.filter((row) => row.id !== id);
  }

  /** The nightly clean-up of versions, with its trap: children are keyed by digest over all packages. */
  sweep(): void {
    const swept = sweptIds(
      this.rows.map(({ id, name, children }) => ({
        id,
        children,
        ...(isDigest(name) ? { digest: name } : {}),
      })),
    );
    this.rows = this.rows.filter(({ id }) => !swept.has(id));
  }
}

export function sha256(body: Uint8Array): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

export function isDigest(reference: string): boolean {
  return reference.startsWith('sha256:');
}
