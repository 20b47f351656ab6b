const wordsPerEntry = 4;

/**
 * Digests that were seen, each with the size it was seen under, in 16 bytes apiece: a run over 100,000 tags
 * remembers several hundred thousand, and as strings they alone would fill the memory of the pod.
 */
export class DigestSet {
  #words = new Uint32Array(wordsPerEntry * 64);
  #size = 0;

  has(digest: string, sizeBytes: number): boolean {
    const key = keyOf(digest, sizeBytes);
    return this.#words[slotOf(this.#words, key)] !== 0;
  }

  add(digest: string, sizeBytes: number): void {
    const key = keyOf(digest, sizeBytes);
    const slot = slotOf(this.#words, key);
    if (this.#words[slot] !== 0) return;
    this.#words.set(key, slot);
    this.#size += 1;
    if (this.#size * wordsPerEntry * 2 > this.#words.length) this.#grow();
  }

  #grow(): void {
    const grown = new Uint32Array(this.#words.length * 2);
    for (let slot = 0; slot < this.#words.length; slot += wordsPerEntry) {
      if (this.#words[slot] === 0) continue;
      const key = this.#words.subarray(slot, slot + wordsPerEntry);
      grown.set(key, slotOf(grown, key));
    }
    this.#words = grown;
  }
}

type Key = ArrayLike<number>;

/** The first 128 bits of the hash with the size mixed in; the first word is never 0, which marks a free slot. */
function keyOf(digest: string, sizeBytes: number): Key {
  const hex = digest.indexOf(':') + 1;
  const word = (index: number): number => parseInt(digest.slice(hex + index * 8, hex + index * 8 + 8), 16);
  return [word(0) || 1, word(1), word(2) ^ Math.floor(sizeBytes / 2 ** 32), (word(3) ^ sizeBytes) >>> 0].map(
    (value) => value >>> 0,
  );
}

/** Where the key is, or the free slot where it belongs (linear probing; a hash needs no further mixing). */
function slotOf(words: Uint32Array, key: Key): number {
  const slots = words.length / wordsPerEntry;
  for (let index = (key[1] ?? 0) % slots; ; index = (index + 1) % slots) {
    const slot = index * wordsPerEntry;
    if (words[slot] === 0) return slot;
    if (
      words[slot] === key[0] &&
      words[slot + 1] === key[1] &&
      words[slot + 2] === key[2] &&
      words[slot + 3] === key[3]
    ) {
      return slot;
    }
  }
}
