/**
 * Where a tag is pushed and deleted again, to prove that a token may: by retention in each run, and by the smoke test. There
 * for a moment, or until the next one when it was killed. Never part of a plan, and nothing that the probe must see again:
 * a probe that began meanwhile would tell for ever of a repository that has lost its tags.
 */
export const passingPackages = { retention: 'retention-canary', smoke: 'smoketest' } as const;

/** Whether a repository, with its owner, is one of them. */
export function isPassing(repository: string): boolean {
  return Object.values(passingPackages).some((name) => repository.endsWith(`/${name}`));
}
