/** What each action of `./registry copy` says of itself. */
export const copySummaries = {
  plan: 'show what Forgejo has of each tag that is needed, and what would be copied; it changes nothing',
  apply: 'copy what is absent and repair what is half there; killed at any point, the same call goes on',
  verify: 'read every manifest and every byte at Forgejo, and compare the digests',
} as const;

export const copyExamples = {
  plan: [['copy plan --cluster http://127.0.0.1:8001 --tree ../infra', 'beside kubectl proxy']],
  apply: [['copy apply --only planner', 'one image, all its tags']],
  verify: [['copy verify', 'after an apply, and before a cutover']],
} as const;

export const copyEnvironment = [
  ['FORGEJO_USER, FORGEJO_TOKEN', 'an account that pushes for the owner of the packages'],
  ['REG_USER, REG_PASS', "the legacy registry's login"],
  ['KUBERNETES_TOKEN', 'for --cluster, where it asks for one'],
] as const;
