import { ServerError } from '../../clients/http/errors';
import type { Descriptor } from '../../clients/oci/manifest';
import { DigestSet } from './digest-set';
import { ageAt, isDue, type Slot } from './slot';

export interface ByteCheckProps {
  /** Every blob is read once in this time; 0 reads all of them in every run. */
  readonly rereadMs: number;
  /** The same for what the cluster runs. */
  readonly deployedRereadMs: number;
  /** No blob but a suspect is begun once so many bytes of others were read; 0 reads none. */
  readonly maxBytesPerRun: number;
  /** The turns that this run answers for. */
  readonly slot: Slot;
  /** Digests that an earlier run found damaged: read whatever their turn and the budget. @default none */
  readonly suspects?: ReadonlySet<string>;
}

/** What this run knows of the bytes of a blob. */
export interface Reading {
  /** `unread`: not their turn, or beyond the budget. */
  readonly bytes: 'intact' | 'unread' | ServerError;
  /** Read just now through this repository: that it has the blob needs no further question. */
  readonly here: boolean;
}

/** Errors are large; what is damaged beyond so many blobs is read again where it is needed again. */
const maxDamageKept = 1000;

/** Decides whose bytes are read in this run, each at most once, and keeps account of what was not. */
export class ByteCheck {
  hashedBytes = 0;
  hashedBlobs = 0;
  /** Whose turn it was, and the budget did not allow it. */
  unreadBytes = 0;
  /** The longest time since the turn of anything that was not read now. */
  oldestUnverifiedAgeMs = 0;
  /** All turns up to here are done, once the walk is. */
  readUntilMs: number;
  /** Suspects that were read whole. */
  readonly healed = new Set<string>();
  /** Suspects that something still names. */
  readonly named = new Set<string>();
  readonly #props: ByteCheckProps;
  readonly #suspects: ReadonlySet<string>;
  readonly #intact = new DigestSet();
  readonly #damaged = new Map<string, ServerError>();
  readonly #running = new Map<string, Promise<ServerError | undefined>>();
  readonly #left = new DigestSet();
  #spentBytes = 0;

  constructor(props: ByteCheckProps) {
    this.#props = props;
    this.#suspects = props.suspects ?? new Set();
    this.readUntilMs = props.slot.untilMs;
  }

  /** Errors of `read` that say nothing about the bytes (no connection, not here) are thrown. */
  async verify(blob: Descriptor, deployed: boolean, read: () => Promise<void>): Promise<Reading> {
    const { digest, size } = blob;
    if (this.#suspects.has(digest)) this.named.add(digest);
    const damage = this.#damaged.get(digest) ?? (await this.#running.get(digest)?.catch(() => undefined));
    if (damage !== undefined) return { bytes: damage, here: false };
    if (this.#intact.has(digest, size)) return { bytes: 'intact', here: false };
    if (!this.#mayRead(blob, deployed)) return { bytes: 'unread', here: false };
    // A suspect is read in every run: what it costs would be taken from everything else for ever.
    const cost = this.#suspects.has(digest) ? 0 : size;
    this.#spentBytes += cost;
    const reading = this.#read(blob, cost, read);
    this.#running.set(digest, reading);
    try {
      return { bytes: (await reading) ?? 'intact', here: true };
    } finally {
      this.#running.delete(digest);
    }
  }

  #mayRead({ digest, size }: Descriptor, deployed: boolean): boolean {
    const { rereadMs, deployedRereadMs, maxBytesPerRun, slot } = this.#props;
    if (this.#suspects.has(digest)) return true;
    const periodMs = deployed ? Math.min(deployedRereadMs, rereadMs) : rereadMs;
    if (!isDue(digest, periodMs, slot)) {
      this.#noteAge(ageAt(digest, periodMs, slot.untilMs));
      return false;
    }
    if (this.#spentBytes < maxBytesPerRun) return true;
    const age = ageAt(digest, periodMs, slot.untilMs);
    this.#noteAge(periodMs + age);
    // Not a turn before the slot: with a period of 0, or one that is shorter than the slot, there are several in it.
    this.readUntilMs = Math.min(this.readUntilMs, Math.max(slot.untilMs - age - 1, slot.sinceMs));
    if (!this.#left.has(digest, size)) this.unreadBytes += size;
    this.#left.add(digest, size);
    return false;
  }

  async #read(
    { digest, size }: Descriptor,
    cost: number,
    read: () => Promise<void>,
  ): Promise<ServerError | undefined> {
    try {
      await read();
    } catch (error) {
      const conclusive = error instanceof ServerError && error.kind.endsWith('-mismatch');
      if (!conclusive) {
        this.#spentBytes -= cost;
        throw error;
      }
      if (this.#damaged.size < maxDamageKept) this.#damaged.set(digest, error);
      return error;
    }
    this.hashedBytes += size;
    this.hashedBlobs += 1;
    this.#intact.add(digest, size);
    if (this.#suspects.has(digest)) this.healed.add(digest);
    return undefined;
  }

  #noteAge(ageMs: number): void {
    this.oldestUnverifiedAgeMs = Math.max(this.oldestUnverifiedAgeMs, ageMs);
  }
}
