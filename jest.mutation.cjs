const {
  projects: [unit],
} = require('./jest.config.cjs');

/** What `npm run mutation` runs against each mutant: the tests of the pure retention plan, the cheap ones first. */
module.exports = {
  ...unit,
  modulePathIgnorePatterns: [],
  testMatch: ['reasons', 'incidents', 'plan'].map(
    (name) => `<rootDir>/test/programs/retention/${name}.test.ts`,
  ),
};
