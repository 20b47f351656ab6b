/** What people call a branch, a tag, a commit, themselves or a pull request, so that it may run or be added. */
export const hostile: readonly string[] = [
  'a" && touch ran && echo "',
  '$(touch ran)',
  "it's `touch ran`; touch ran #",
  "'; touch ran; '",
  'x\nsteps:\n  - name: added\n    image: alpine',
  '"\n- touch ran\n',
  '{a: b, c: [d]}',
  '- !!js/function x',
  '${CI_COMMIT_SHA} $${HOME}',
  '${{ secrets.TOKEN }}',
  '--config /etc/passwd',
  'x","variables":{"DEPLOY":"false"},"y":"',
];

/** The variables of the environment that hold such names, of Woodpecker and of GitHub Actions. */
export const namedByPeople: readonly string[] = [
  ...[
    'BRANCH',
    'TAG',
    'MESSAGE',
    'AUTHOR',
    'AUTHOR_EMAIL',
    'SOURCE_BRANCH',
    'TARGET_BRANCH',
    'REF',
    'REFSPEC',
  ].map((name) => `CI_COMMIT_${name}`),
  ...['CI_COMMIT_PULL_REQUEST', 'CI_COMMIT_PULL_REQUEST_LABELS', 'CI_PIPELINE_DEPLOY_TARGET'],
  ...['CI_PIPELINE_DEPLOY_TASK', 'CI_REPO', 'CI_PIPELINE_URL', 'CI_PIPELINE_STATUS'],
  ...[
    'GITHUB_HEAD_REF',
    'GITHUB_REF',
    'GITHUB_ACTOR',
    'GITHUB_REPOSITORY',
    'GITHUB_WORKFLOW',
    'GITHUB_EVENT_NAME',
  ],
];
