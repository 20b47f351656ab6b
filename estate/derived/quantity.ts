const factors = {
  '': 1,
  k: 1000,
  M: 1000 ** 2,
  G: 1000 ** 3,
  T: 1000 ** 4,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
} as const;

const pattern = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T|)$/;

/** Bytes of a Kubernetes memory or storage quantity (`6Gi`, `512Mi`, `1.5G`, `1048576`); NaN for any other text. */
export function quantityBytes(quantity: string): number {
  const match = pattern.exec(quantity);
  if (match === null) return NaN;
  return Number(match[1]) * factors[match[2] as keyof typeof factors];
}
