const { availableParallelism } = require('node:os');

const transform = {
  '^.+\\.[mc]?ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
};
const project = (displayName, testMatch, testPathIgnorePatterns = []) => ({
  displayName,
  testMatch,
  testPathIgnorePatterns,
  transform,
  testEnvironment: 'node',
  moduleNameMapper: { '/stack-trace$': '<rootDir>/test/support/no-stack-trace.ts' },
  modulePathIgnorePatterns: ['<rootDir>/cdktf.out', '<rootDir>/.stryker-tmp'],
});

/**
 * Four rooms: `unit` needs nothing but Node; `long` records a whole week of the probe, and walks a tree through the cutover
 * app by app, for many minutes each (`npm run test:long`); `lab` starts real servers (`npm run test:lab`); `pods` runs real
 * pods, which takes root (`npm run test:pods`).
 */
module.exports = {
  // Workers wait for programs that they have started, a quarter of their time; the lab's servers need it (`test:lab`).
  maxWorkers: availableParallelism() + 1,
  workerIdleMemoryLimit: '1GB',
  testSequencer: '<rootDir>/jest.longest-first.cjs',
  projects: [
    project(
      'unit',
      ['<rootDir>/test/**/*.test.ts'],
      ['<rootDir>/test/lab/', '<rootDir>/test/pods/', '<rootDir>/test/long/'],
    ),
    project('long', ['<rootDir>/test/long/**/*.test.ts']),
    project('lab', ['<rootDir>/test/lab/**/*.test.ts']),
    project('pods', ['<rootDir>/test/pods/**/*.test.ts']),
  ],
  collectCoverageFrom: ['estate/**/*.ts', 'constructs/**/*.ts'],
};
