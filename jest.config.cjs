const transform = {
  '^.+\\.[mc]?ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
};
const project = (displayName, testMatch, testPathIgnorePatterns = []) => ({
  displayName,
  testMatch,
  testPathIgnorePatterns,
  transform,
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/cdktf.out', '<rootDir>/.stryker-tmp'],
});

/** Two rooms: `unit` needs nothing but Node; `lab` starts real servers (`npm run test:lab`). */
module.exports = {
  projects: [
    project('unit', ['<rootDir>/test/**/*.test.ts'], ['<rootDir>/test/lab/']),
    project('lab', ['<rootDir>/test/lab/**/*.test.ts']),
  ],
  collectCoverageFrom: ['estate/**/*.ts', 'constructs/**/*.ts'],
};
