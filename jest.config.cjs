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

/**
 * Four rooms: `unit` needs nothing but Node; `leaves` changes every fact of two estates alone, for many minutes
 * (`npm run test:leaves`); `lab` starts real servers (`npm run test:lab`); `pods` runs real pods,
 * which takes root (`npm run test:pods`).
 */
module.exports = {
  projects: [
    project(
      'unit',
      ['<rootDir>/test/**/*.test.ts'],
      ['<rootDir>/test/lab/', '<rootDir>/test/pods/', '/leaves\\.test\\.ts$'],
    ),
    project('leaves', ['<rootDir>/test/**/leaves.test.ts']),
    project('lab', ['<rootDir>/test/lab/**/*.test.ts']),
    project('pods', ['<rootDir>/test/pods/**/*.test.ts']),
  ],
  collectCoverageFrom: ['estate/**/*.ts', 'constructs/**/*.ts'],
};
