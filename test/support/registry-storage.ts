import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a `registry:2` filesystem driver, for damage on purpose. */
export class RegistryStorage {
  readonly #root: string;

  constructor(root: string) {
    this.#root = join(root, 'docker/registry/v2');
  }

  /** Removes the bytes of an object, for every repository. */
  removeData(digest: string): void {
    rmSync(this.#data(digest));
  }

  flip(digest: string): void {
    flipByte(this.#data(digest));
  }

  truncate(digest: string, bytes: number): void {
    truncateSync(this.#data(digest), bytes);
  }

  /** Removes a repository's link to a layer or configuration. */
  unlinkLayer(repository: string, digest: string): void {
    rmSync(join(this.#root, 'repositories', repository, '_layers', digest.replace(':', '/')), {
      recursive: true,
    });
  }

  /** Removes a repository's link to a manifest, as the predecessor's clean-up script did. */
  unlinkManifest(repository: string, digest: string): void {
    rmSync(join(this.#root, 'repositories', repository, '_manifests/revisions', digest.replace(':', '/')), {
      recursive: true,
    });
  }

  #data(digest: string): string {
    const [algorithm = '', hash = ''] = digest.split(':');
    return join(this.#root, 'blobs', algorithm, hash.slice(0, 2), hash, 'data');
  }
}

/** Changes one byte of a file, such that a manifest stays a manifest: inside its last digest. */
export function flipByte(file: string): void {
  const body = readFileSync(file);
  const lastDigest = body.toString('latin1').lastIndexOf('sha256:');
  const place = lastDigest < 0 ? body.length - 1 : lastDigest + 'sha256:'.length + 1;
  body.writeUInt8(body.readUInt8(place) === 0x30 ? 0x31 : 0x30, place);
  writeFileSync(file, body);
}
