/** `registry-pull-3`: what the token is for, and its generation, which counts from 1. */
export function tokenName(token: string, generation: number): string {
  return `registry-${token}-${generation}`;
}

/** The generation of one of our own tokens, by its whole name: a sweep by prefix elsewhere revoked 5,146 others' tokens. */
export function generationOf(token: string, name: string): number | undefined {
  const generation = Number(/-([1-9]\d{0,8})$/.exec(name)?.[1]);
  return name === tokenName(token, generation) ? generation : undefined;
}
