import { DigestSet } from './digest-set';
import type { Finding } from './fault';

/** What is faulty beyond so many is looked at again for each name that needs it. */
const maxFaulty = 1000;

/**
 * What was found out about each object of one repository, so that a shared one is asked for once and its faults
 * still show under every tag that needs it. Whole objects, nearly all of them, cost 16 bytes.
 */
export class Memo {
  readonly #whole = new DigestSet();
  readonly #faulty = new Map<string, readonly Finding[]>();
  readonly #running = new Map<string, Promise<readonly Finding[]>>();

  async findings(
    digest: string,
    sizeBytes: number,
    check: () => Promise<readonly Finding[]>,
  ): Promise<readonly Finding[]> {
    if (this.#whole.has(digest, sizeBytes)) return [];
    const key = `${digest} ${sizeBytes}`;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const faulty = this.#faulty.get(key);
    if (faulty !== undefined) return faulty;
    const checking = this.#remember(digest, sizeBytes, key, check);
    this.#running.set(key, checking);
    return checking;
  }

  /** Lets everything faulty be looked at again. */
  forgetFaults(): void {
    this.#faulty.clear();
  }

  async #remember(
    digest: string,
    sizeBytes: number,
    key: string,
    check: () => Promise<readonly Finding[]>,
  ): Promise<readonly Finding[]> {
    try {
      const findings = await check();
      if (findings.length === 0) this.#whole.add(digest, sizeBytes);
      else if (this.#faulty.size < maxFaulty) this.#faulty.set(key, findings);
      return findings;
    } finally {
      this.#running.delete(key);
    }
  }
}
