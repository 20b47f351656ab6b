/**
 * Mutation testing of everything that retention decides and tells, and of the OCI client. A mutant takes one to two seconds
 * of an idle processor: `npm run mutation -- --mutate programs/retention/orphans.ts` judges one file.
 */
module.exports = {
  mutate: [
    'clients/oci/*.ts',
    'programs/retention/*.ts',
    // Its every answer in every order: test/programs/retention/model.test.ts, a minute for each mutant.
    '!programs/retention/unit-actions.ts',
    // These only carry between the servers and what decides. The contract suite (test/support/retention-contract.ts, on the
    // fake and on a real forge), the hostile suite and test/programs/processes.test.ts hold them, minutes for each mutant.
    ...[
      'aftermath',
      'canary',
      'decide',
      'execute',
      'forge',
      'freed',
      'last-run',
      'main',
      'preview',
      'run',
    ].map((name) => `!programs/retention/${name}.ts`),
  ],
  testRunner: 'jest',
  jest: { projectType: 'custom', configFile: 'jest.mutation.cjs' },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // A worker keeps what every mutant loaded: from some hundred on, each takes several times as long.
  maxTestRunnerReuse: 40,
  timeoutMS: 4000,
  timeoutFactor: 1.25,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 95, break: 95 },
  tempDirName: '.stryker-tmp',
  ignorePatterns: ['cdktf.out', 'lab', 'docs', 'test/golden', 'estate'],
};
