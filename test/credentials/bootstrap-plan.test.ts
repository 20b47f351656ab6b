import { describe, expect, it } from '@jest/globals';
import { planBootstrap, type BootstrapOptions } from '../../credentials/bootstrap-plan';
import { describeStep } from '../../credentials/describe';
import type { Desired } from '../../credentials/desired';
import type { TokenEntry } from '../../clients/forgejo/administration';
import type { Observed } from '../../credentials/observed';
import { Refused } from '../../steps/refused';

const desired: Desired = {
  accounts: [
    { name: 'viktor', email: 'viktor@lab.invalid', kind: 'person' },
    { name: 'cluster-puller', email: 'cluster-puller@lab.invalid', kind: 'robot' },
  ],
  tokens: [
    {
      ...{ name: 'pull', account: 'cluster-puller', scopes: ['read:package'] },
      vault: { path: 'viktor', key: 'forgejo_pull_token' },
    },
  ],
  inPod: (args) => `in the pod: ${args.join(' ')}`,
  overlapHours: 24,
};

const values: Readonly<Record<string, string>> = { one: 'a'.repeat(40), two: 'b'.repeat(40) };
const listed = (name: string, value: string, scopes = ['read:package']): TokenEntry => ({
  ...{ name, token_last_eight: (values[value] ?? '').slice(-8), scopes },
});

interface Found {
  readonly tokens?: readonly TokenEntry[];
  readonly stored?: unknown;
  readonly mark?: string;
  readonly puller?: 'absent' | 'inactive' | 'prohibited' | 'renamed' | 'held back';
  readonly viktor?: 'absent';
  readonly copies?: Observed['copies'];
}

function observed({ tokens = [], stored, mark, puller, viktor, copies }: Found): Observed {
  const account = {
    isOrganization: false,
    active: puller !== 'inactive',
    prohibit_login: puller === 'prohibited',
    tokens,
  };
  const named = (login: string) => ({ ...account, login });
  return {
    accounts: new Map([
      ...(viktor === undefined ? [['viktor', { ...named('Viktor'), tokens: [] }] as const] : []),
      ...(puller === 'absent'
        ? []
        : [['cluster-puller', named(puller === 'renamed' ? 'puller-of-old' : 'Cluster-Puller')] as const]),
    ]),
    ...(copies === undefined ? {} : { copies }),
    organization: undefined,
    namesake: undefined,
    // Forgejo refuses the tokens of all of these in one way.
    heldBack: new Set(
      ['held back', 'inactive', 'prohibited'].includes(puller ?? '') ? ['cluster-puller'] : [],
    ),
    secrets: new Map([
      [
        'viktor',
        {
          version: 3,
          data: stored === undefined ? {} : { forgejo_pull_token: stored },
          customMetadata: mark === undefined ? {} : { forgejo_pull_token_generation: mark },
        },
      ],
    ]),
  };
}

const nowMs = Date.parse('2026-05-07T12:00:00Z');
const plan = (found: Found, options: Partial<BootstrapOptions> = {}): string[] => {
  const { steps, left, faults } = planBootstrap(desired, observed(found), { nowMs, rotate: [], ...options });
  return faults.length > 0
    ? [...faults]
    : [...left.map((line) => `= ${line}`), ...steps.map((step) => `+ ${describeStep(step)}`)];
};
const issued = (generation: number, why: string): string[] => [
  `+ issue registry-pull-${generation} of cluster-puller (read:package) into vault "viktor" key "forgejo_pull_token": ${why}`,
  `+ note that registry-pull-${generation} is in use`,
];
const accounts = ['= account viktor', '= account cluster-puller'];
const inUse = (generation: number): string =>
  `= token registry-pull-${generation} of cluster-puller, in vault "viktor" key "forgejo_pull_token"`;

const over: Found = {
  tokens: [listed('registry-pull-1', 'one'), listed('registry-pull-2', 'two')],
  stored: values['two'],
  mark: '2 since 2026-05-06T12:00:00.000Z',
};
const copiesOf = (logins: Readonly<Record<string, string | undefined>>): Observed['copies'] =>
  new Map(
    Object.entries(logins).map(([namespace, value]) => [
      namespace,
      value && new Map([['forgejo.lab', `cluster-puller:${values[value] ?? ''}`]]),
    ]),
  ) as Observed['copies'];

describe('what a bootstrap plans', () => {
  it.each<[string, Found, Partial<BootstrapOptions>, string[]]>([
    [
      'a robot that is absent is made, and its token issued',
      { puller: 'absent' },
      {},
      ['= account viktor', '+ create account cluster-puller', ...issued(1, 'Vault has none')],
    ],
    [
      'what is as it should be stays',
      {
        tokens: [listed('registry-pull-1', 'one')],
        stored: values['one'],
        mark: '1 since 2026-05-07T11:00:00.000Z',
      },
      {},
      [...accounts, inUse(1)],
    ],
    [
      'a token that was issued and never stored is deleted and made again',
      {
        tokens: [listed('registry-pull-1', 'one')],
      },
      {},
      [
        ...accounts,
        '+ delete registry-pull-1 of cluster-puller: was issued and never stored',
        ...issued(1, 'Vault has none'),
      ],
    ],
    [
      'a token that was stored and not noted is noted',
      {
        tokens: [listed('registry-pull-1', 'one')],
        stored: values['one'],
      },
      {},
      [...accounts, '+ note that registry-pull-1 is in use'],
    ],
    ['an empty value counts as none', { stored: '' }, {}, [...accounts, ...issued(1, 'Vault has none')]],
    [
      'a value that is no token of the account is replaced',
      { stored: values['two'] },
      {},
      [...accounts, ...issued(1, 'what Vault has is no token of cluster-puller')],
    ],
    [
      'a text that merely ends as a token does is none',
      { tokens: [listed('registry-pull-1', 'one')], stored: `token ${values['one'] ?? ''}` },
      {},
      [
        ...accounts,
        '+ delete registry-pull-1 of cluster-puller: was issued and never stored',
        ...issued(1, 'what Vault has is no token of cluster-puller'),
      ],
    ],
    [
      'a listed token without an end is none',
      { tokens: [{ ...listed('registry-pull-1', 'one'), token_last_eight: '' }], stored: values['two'] },
      {},
      [
        ...accounts,
        '+ delete registry-pull-1 of cluster-puller: was issued and never stored',
        ...issued(1, 'what Vault has is no token of cluster-puller'),
      ],
    ],
    [
      'a token with another scope is replaced',
      {
        tokens: [listed('registry-pull-1', 'one', ['all'])],
        stored: values['one'],
        mark: '1 since 2026-05-07T11:00:00.000Z',
      },
      {},
      [...accounts, ...issued(2, 'registry-pull-1 may do something else: all')],
    ],
    [
      'a token that somebody made by hand is left, whatever its name',
      {
        tokens: [
          listed('made by hand', 'one'),
          listed('registry-pull-x', 'two'),
          listed('registry-pull-01', 'two'),
        ],
        stored: values['one'],
      },
      {},
      [...accounts, inUse(1).replace('registry-pull-1', 'made by hand')],
    ],
    [
      'rotation issues the next one',
      {
        tokens: [listed('registry-pull-1', 'one')],
        stored: values['one'],
        mark: '1 since 2026-05-07T11:00:00.000Z',
      },
      { rotate: ['pull'] },
      [...accounts, ...issued(2, 'asked for')],
    ],
    [
      'while the old one still works a rotation is under way, and no second begins',
      {
        tokens: [listed('registry-pull-1', 'one'), listed('registry-pull-2', 'two')],
        stored: values['two'],
        mark: '2 since 2026-05-07T11:00:00.000Z',
      },
      { rotate: ['pull'] },
      [
        ...accounts,
        inUse(2),
        '= token registry-pull-1 of cluster-puller, until 2026-05-08T11:00:00.000Z; delete it there for "--rotate pull" to issue another before',
      ],
    ],
    [
      'a rotation that was killed before it stored begins again',
      {
        tokens: [listed('registry-pull-1', 'one'), listed('registry-pull-2', 'two')],
        stored: values['one'],
        mark: '1 since 2026-05-01T11:00:00.000Z',
      },
      { rotate: ['pull'] },
      [
        ...accounts,
        '+ delete registry-pull-2 of cluster-puller: was issued and never stored',
        ...issued(2, 'asked for'),
      ],
    ],
    [
      'the overlap over, the old one goes',
      {
        tokens: [listed('registry-pull-1', 'one'), listed('registry-pull-2', 'two')],
        stored: values['two'],
        mark: '2 since 2026-05-06T12:00:00.000Z',
      },
      {},
      [...accounts, '+ delete registry-pull-1 of cluster-puller: its successor is in use', inUse(2)].sort(
        (a, b) => Number(a.startsWith('+')) - Number(b.startsWith('+')),
      ),
    ],
    [
      'the overlap over, the old one stays for namespaces that pull with it',
      {
        ...over,
        copies: copiesOf({ a: 'one', b: 'two', c: 'one', d: 'one', e: 'one', f: undefined }),
      },
      {},
      [
        ...accounts,
        inUse(2),
        '= token registry-pull-1 of cluster-puller, which the pull Secret of a, c, d and 1 more still has; "./registry preflight" says how each gets its successor',
      ],
    ],
    [
      'the overlap over, it stays where the cluster cannot be asked',
      { ...over, copies: new Refused(['kubectl: "get" failed, got "refused"']) },
      {},
      [
        ...accounts,
        inUse(2),
        '= token registry-pull-1 of cluster-puller, for who pulls with it cannot be told, got kubectl: "get" failed, got "refused"; correct KUBECONFIG',
      ],
    ],
    [
      'the overlap over, it goes where every copy is the new one',
      { ...over, copies: copiesOf({ a: 'two', b: undefined }) },
      {},
      [...accounts, inUse(2), '+ delete registry-pull-1 of cluster-puller: its successor is in use'],
    ],
    [
      'a note of another generation is none: the old one stays until its successor is noted',
      {
        tokens: [listed('registry-pull-1', 'one'), listed('registry-pull-2', 'two')],
        stored: values['two'],
        mark: '1 since 2026-05-01T12:00:00.000Z',
      },
      {},
      [...accounts, '+ note that registry-pull-2 is in use'],
    ],
  ])('%s', (_, found, options, expected) => {
    expect(plan(found, options)).toEqual(expected);
  });

  it.each<[string, Found, Partial<BootstrapOptions>, string]>([
    ['a person is not made here', { viktor: 'absent' }, {}, 'forgejo account "viktor": does not exist'],
    [
      'an account that is not active',
      { puller: 'inactive' },
      {},
      '"cluster-puller": its tokens are refused, got not active; activate it',
    ],
    [
      'an account that may not log in',
      { puller: 'prohibited' },
      {},
      '"cluster-puller": its tokens are refused, got login prohibited',
    ],
    [
      'an account that was renamed',
      { puller: 'renamed' },
      {},
      'account "cluster-puller": was renamed, got "puller-of-old"; name it so in the estate, or rename it back',
    ],
    [
      'an account that may not act by its tokens',
      { puller: 'held back' },
      {},
      'its tokens are refused, got 403; it must change its password first, or take a second factor that the server asks for; log in as it, or in the pod: admin user must-change-password --unset cluster-puller',
    ],
    ['a value that is no text', { stored: 7 }, {}, 'key "forgejo_pull_token": holds no text, got number'],
    [
      'a token that the estate does not have',
      {},
      { rotate: ['pul'] },
      '--rotate: the estate has no such token, got "pul"; name one of "pull"',
    ],
  ])('refuses %s', (_, found, options, message) => {
    expect(plan(found, options).join('\n')).toContain(message);
  });
});
