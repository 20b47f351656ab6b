import { RegistryError } from '../../clients/http/errors';
import type { Descriptor } from '../../clients/oci/manifest';
import { ageAt, isDue, type Slot } from './slot';

export interface ByteCheckProps {
  /** Every blob is read once in this time; 0 reads all of them in every run. */
  readonly rereadMs: number;
  /** The same for what the cluster runs. */
  readonly deployedRereadMs: number;
  /** 0 reads none. */
  readonly maxBytesPerRun: number;
  readonly slot: Slot;
}

/** What this run knows of the bytes of a blob. */
export interface Reading {
  /** `unread`: not their turn, or beyond the budget. */
  readonly bytes: 'intact' | 'unread' | RegistryError;
  /** Read just now through this repository: that it has the blob needs no further question. */
  readonly here: boolean;
}

/** Decides whose bytes are read in this run, each at most once, and keeps account of what was not. */
export class ByteCheck {
  hashedBytes = 0;
  /** Whose turn it was, and the budget did not allow it. */
  unreadBytes = 0;
  /** The longest time since the turn of anything seen; a whole period for what was left unread now. */
  oldestUnverifiedAgeMs = 0;
  readonly #props: ByteCheckProps;
  readonly #readings = new Map<string, Promise<RegistryError | undefined>>();
  readonly #left = new Set<string>();
  #spentBytes = 0;

  constructor(props: ByteCheckProps) {
    this.#props = props;
  }

  /** Errors of `read` that say nothing about the bytes (no connection, not here) are thrown. */
  async verify(blob: Descriptor, deployed: boolean, read: () => Promise<void>): Promise<Reading> {
    const known = this.#readings.get(blob.digest);
    if (known !== undefined) {
      const damage = await known.catch(() => 'inconclusive' as const);
      if (damage !== 'inconclusive') return { bytes: damage ?? 'intact', here: false };
    }
    if (!this.#mayRead(blob, deployed)) return { bytes: 'unread', here: false };
    this.#spentBytes += blob.size;
    const reading = this.#read(blob, read);
    this.#readings.set(blob.digest, reading);
    return { bytes: (await reading) ?? 'intact', here: true };
  }

  #mayRead({ digest, size }: Descriptor, deployed: boolean): boolean {
    const { rereadMs, deployedRereadMs, maxBytesPerRun, slot } = this.#props;
    const periodMs = deployed ? Math.min(deployedRereadMs, rereadMs) : rereadMs;
    if (periodMs > 0 && !isDue(digest, periodMs, slot)) {
      this.#noteAge(ageAt(digest, periodMs, slot.untilMs));
      return false;
    }
    // The first one is read whatever its size, or a blob larger than the budget would never be.
    const first = this.#spentBytes === 0 && maxBytesPerRun > 0;
    if (first || this.#spentBytes + size <= maxBytesPerRun) return true;
    this.#noteAge(periodMs);
    if (!this.#left.has(digest)) this.unreadBytes += size;
    this.#left.add(digest);
    return false;
  }

  async #read({ digest, size }: Descriptor, read: () => Promise<void>): Promise<RegistryError | undefined> {
    try {
      await read();
      this.hashedBytes += size;
      if (this.#left.delete(digest)) this.unreadBytes -= size;
      return undefined;
    } catch (error) {
      const conclusive = error instanceof RegistryError && error.kind.endsWith('-mismatch');
      if (conclusive) return error;
      this.#readings.delete(digest);
      this.#spentBytes -= size;
      throw error;
    }
  }

  #noteAge(ageMs: number): void {
    this.oldestUnverifiedAgeMs = Math.max(this.oldestUnverifiedAgeMs, ageMs);
  }
}
