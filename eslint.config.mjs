import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

export const rooms = [
  'apply',
  'backup',
  'bench',
  'clients',
  'commands',
  'constructs',
  'credentials',
  'cloud-init',
  'delivery',
  'estate',
  'evidence',
  'hcl',
  'lab',
  'manifests',
  'migration',
  'monitoring',
  'onboarding',
  'pipelines',
  'programs',
  'review',
  'rollout',
  'scan',
  'stacks',
  'steps',
  'terminal',
  'test',
  'trees',
];

/** The one-way flow of docs/architecture.md: what a room may import, as text and as types. */
export const flow = {
  estate: { values: [], types: [] },
  clients: { values: [], types: [] },
  hcl: { values: [], types: [] },
  terminal: { values: [], types: [] },
  steps: { values: ['terminal'], types: [] },
  programs: { values: ['clients'], types: [] },
  constructs: { values: ['programs'], types: ['programs'] },
  'cloud-init': { values: ['estate'], types: [] },
  pipelines: { values: ['cloud-init', 'terminal'], types: ['estate'] },
  stacks: { values: ['estate', 'constructs', 'cloud-init', 'monitoring'], types: ['programs'] },
  trees: { values: ['estate', 'cloud-init', 'pipelines'], types: [] },
  monitoring: { values: [], types: ['estate', 'programs', 'clients'] },
  credentials: { values: ['clients', 'estate', 'rollout', 'steps', 'terminal'], types: [] },
  evidence: { values: ['clients', 'estate', 'monitoring', 'scan', 'steps', 'terminal'], types: [] },
  migration: {
    values: [
      'clients',
      'credentials',
      'delivery',
      'estate',
      'evidence',
      'rollout',
      'scan',
      'steps',
      'terminal',
    ],
    types: [],
  },
  onboarding: {
    values: ['clients', 'credentials', 'estate', 'evidence', 'steps', 'terminal', 'trees'],
    types: [],
  },
  manifests: { values: [], types: ['stacks'] },
  delivery: { values: ['estate', 'hcl', 'stacks', 'steps', 'terminal', 'trees'], types: [] },
  apply: { values: ['clients', 'delivery', 'hcl', 'steps', 'terminal'], types: ['stacks'] },
  review: {
    values: ['clients', 'delivery', 'estate', 'evidence', 'manifests', 'steps', 'terminal'],
    types: ['programs'],
  },
  scan: { values: ['estate', 'clients', 'terminal'], types: [] },
  backup: { values: ['estate', 'steps', 'terminal'], types: [] },
  rollout: { values: ['clients', 'estate', 'cloud-init', 'steps', 'terminal'], types: [] },
};

/** The rooms that put others together, lowest first: each may import everything but those after it. */
export const composed = ['lab', 'commands', 'test', 'bench'];

/** The rooms that main.ts puts together. */
export const composedByMain = ['estate', 'manifests', 'stacks'];

/** The floors of the lab, lowest first: each may import those below it. */
export const labFloors = ['process', 'programs', 'network', 'servers', 'machines', 'runs', 'rehearsal'];

const barrels = {
  regex: '^@cdktf/provider-[^/]+$',
  message: 'import the deep path …/lib/<kind>: the barrel loads four times slower',
};
const cdktf = {
  group: ['cdktf', 'cdktf/**', '@cdktf/provider-*', 'constructs'],
  message: 'only constructs/, stacks/ and main.ts know cdktf (ADR 1)',
};

const patternsFor = (room, { values, types }) =>
  rooms
    .filter((other) => other !== room && !values.includes(other))
    // A file of this name stands in estate/ itself; test/docs/architecture.test.ts tells the two apart.
    .filter((other) => room !== 'estate' || other !== 'evidence')
    .map((other) => ({
      group: [`**/../${other}`, `**/../${other}/**`],
      message: `${room}/ must not import ${other}/ (see docs/architecture.md)`,
      allowTypeImports: types.includes(other),
    }));

/** Patterns of the rooms that stand on one that puts others together. */
const above = (room) =>
  composed.slice(composed.indexOf(room) + 1).map((higher) => ({
    group: [`**/../${higher}`, `**/../${higher}/**`],
    message: `${room}/ must not import ${higher}/ (see docs/architecture.md)`,
  }));

export default tseslint.config(
  { ignores: ['cdktf.out/**', 'coverage/**', 'node_modules/**', '.stryker-tmp/**', '*.cjs', '*.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [barrels] }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'values enter through props or the estate' },
        {
          object: 'Fn',
          property: 'rawString',
          message: 'use constructs/literal.ts (terraform doubles backslashes)',
        },
      ],
    },
  },
  ...Object.entries(flow).map(([room, rule]) => ({
    files: [`${room}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            ...patternsFor(room, rule),
            barrels,
            ...(['constructs', 'stacks'].includes(room) ? [] : [cdktf]),
          ],
        },
      ],
    },
  })),
  ...composed.slice(0, -1).map((room) => ({
    files: [`${room}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [...above(room), barrels, ...(room === 'test' ? [] : [cdktf])] },
      ],
    },
  })),
  {
    files: ['main.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^\\./(?!(${composedByMain.join('|')})(/|$))`,
              message: `main.ts composes ${composedByMain.join('/, ')}/ alone (see docs/architecture.md)`,
            },
            barrels,
          ],
        },
      ],
    },
  },
  ...labFloors.map((floor, height) => ({
    files: [`lab/${floor}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            ...labFloors.slice(height + 1).map((higher) => ({
              regex: `^\\.\\./${higher}/`,
              message: `lab/${floor}/ must not import lab/${higher}/, which stands on it (see docs/lab.md)`,
            })),
            ...above('lab'),
            barrels,
            cdktf,
          ],
        },
      ],
    },
  })),
  {
    files: [
      'bench/**/*.ts',
      'commands/**/*.ts',
      'lab/**/*.ts',
      'test/**/*.ts',
      'programs/*/main.ts',
      'main.ts',
    ],
    rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    ...jest.configs['flat/recommended'],
    rules: {
      ...jest.configs['flat/recommended'].rules,
      'jest/no-standalone-expect': [
        'error',
        {
          additionalTestBlockFunctions: [
            'itOnOwnForge',
            'itOnOwnRegistry',
            'itOnOwnVault',
            'testWithTerraform',
          ],
        },
      ],
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expectGolden', 'fc.assert', 'walk'] },
      ],
    },
  },
);
