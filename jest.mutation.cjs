const {
  projects: [unit],
} = require('./jest.config.cjs');

// Read by test/programs/retention/plan.test.ts: each of some hundred mutants gets fewer registries.
process.env.MUTATION_RUNS ??= '60';

/** What `npm run mutation` runs against each mutant: the tests of the pure retention plan, the cheap ones first. */
module.exports = {
  ...unit,
  modulePathIgnorePatterns: [],
  testMatch: ['reasons', 'incidents', 'plan'].map(
    (name) => `<rootDir>/test/programs/retention/${name}.test.ts`,
  ),
};
