const factors = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;

/**
 * Bytes of a request body limit: `5g`, `50m`, `64k` (powers of 1024, as nginx counts) or plain bytes.
 *
 * `0` is refused: it meant "unlimited" to one ingress of the predecessor and "nothing" to the other. Leave the
 * limit away for unlimited.
 *
 * @throws Error for anything else, and for sizes above what a JSON number holds exactly
 */
export function bodySizeBytes(size: string | number): number {
  const match = /^(\d+)([kmg]?)$/i.exec(String(size));
  if (match === null)
    throw new Error(`body size: is not a number with k, m or g, got "${size}"; write for example "5g"`);
  const bytes = Number(match[1]) * factors[(match[2] ?? '').toLowerCase() as keyof typeof factors];
  if (bytes === 0)
    throw new Error(`body size: is zero, got "${size}"; leave the limit away if none is meant`);
  if (!Number.isSafeInteger(bytes))
    throw new Error(`body size: is too large to count, got "${size}"; leave the limit away if none is meant`);
  return bytes;
}
