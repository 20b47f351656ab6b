/** `registry-pull-3`: what the token is for, and its generation, which counts from 1. */
export function tokenName(token: string, generation: number): string {
  return `registry-${token}-${generation}`;
}

/**
 * The generation of one of our own tokens, undefined for any other name. The whole name must match: a sweep by prefix
 * elsewhere revoked 5,146 tokens that were others'.
 */
export function generationOf(token: string, name: string): number | undefined {
  const generation = Number(/-([1-9]\d{0,8})$/.exec(name)?.[1]);
  return name === tokenName(token, generation) ? generation : undefined;
}
