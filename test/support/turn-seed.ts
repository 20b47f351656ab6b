import { ageAt } from '../../programs/integrity-probe/slot';
import { sha256 } from './fake-registry';
import { pushImage } from './push-image';

/** When the bytes of an image's layer are to have their turn, in milliseconds of the clock that is handed in. */
export interface Turn {
  readonly periodMs: number;
  readonly afterMs: number;
  readonly byMs: number;
}

/** A seed of `pushImage` whose layer's turn is then: the digest alone says when that is. */
export async function seedOfTurn(name: string, { periodMs, afterMs, byMs }: Turn): Promise<string> {
  for (let tried = 0; tried < 100_000; tried += 1) {
    const seed = `${name} ${tried}`;
    if (ageAt(await layerOf(seed), periodMs, byMs) < byMs - afterMs) return seed;
  }
  throw new Error(`no seed of "${name}" has its turn from ${afterMs} to ${byMs}`);
}

async function layerOf(seed: string): Promise<string> {
  const blobs: string[] = [];
  const putBlob = (_: string, body: Uint8Array): Promise<string> => {
    blobs.push(sha256(Buffer.from(body)));
    return Promise.resolve(blobs.at(-1) ?? '');
  };
  await pushImage({ putBlob, putManifest: () => Promise.resolve('') }, 'dry', seed);
  return blobs.at(-1) ?? '';
}
