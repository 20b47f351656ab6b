const {
  projects: [unit],
} = require('./jest.config.cjs');

// Read by test/programs/retention/plan.test.ts: each of some thousand mutants gets fewer registries.
process.env.MUTATION_RUNS ??= '60';

/**
 * What `npm run mutation` runs against each mutant: the tests of retention and of the OCI client that name what they expect.
 * The model, the oracle and the hostile servers take too long for each, and need not: what they search is told by these.
 */
module.exports = {
  ...unit,
  modulePathIgnorePatterns: [],
  // Stryker itself ends a mutant that takes too long; a test that is slow on a busy machine is no survivor.
  testTimeout: 60_000,
  // For each mutant jest looks for the tests that reach it: among these few files within a second.
  roots: ['clients', 'programs', 'test/clients/oci', 'test/programs/retention'].map(
    (room) => `<rootDir>/${room}`,
  ),
  testMatch: [
    '<rootDir>/test/clients/oci/*.test.ts',
    ...[
      'brake',
      'build',
      'config',
      'foreign-rows',
      'fresh-needs',
      'image',
      'incidents',
      'judgement',
      'metrics',
      'missing',
      'orphans',
      'packages',
      'plan',
      'reasons',
      'references',
      'report',
    ].map((name) => `<rootDir>/test/programs/retention/${name}.test.ts`),
  ],
};
