import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { JsonObject, SharedStack, WholeStack } from '../../delivery/deliverable';
import { planDelivery } from '../../delivery/plan';
import { hclParser, type ParseHcl } from '../../hcl/read';
import { memoryTree } from './memory-tree';

jest.setTimeout(120_000);
let parse: ParseHcl;
beforeAll(async () => {
  parse = await hclParser();
});

const data = { vault_kv_secret_v2: { v: { mount: 'secret', name: 'viktor' } } };
const metadata = { metadata: { name: 'a', namespace: 'n' } };

/** `stacks/w`, all of it ours: one object of its own, and one that comes out of a module. */
const whole: WholeStack = {
  kind: 'whole',
  stack: 'w',
  json: {
    data,
    variable: { t: { type: 'string' } },
    resource: {
      kubernetes_secret: { a: { ...metadata, depends_on: ['helm_release.chart'] } },
      kubernetes_config_map: { out: { metadata: { name: 'out-a', namespace: 'n' } } },
    },
    moved: [{ from: 'module.m.kubernetes_config_map.in', to: 'kubernetes_config_map.out' }],
  },
};
/** `stacks/s`, whose module holds one object of ours. */
const shared: SharedStack = {
  kind: 'shared',
  stack: 's',
  modulePath: 'stacks/s/m',
  json: { data, resource: { kubernetes_secret: { a: metadata } } },
};

const secret = (more = ''): string =>
  `resource "kubernetes_secret" "a" {\n  ${more}\n  metadata {\n    name      = "a"\n    namespace = "n"\n  }\n}\n`;
const call = (more = ''): string => `module "m" {\n  source = "./m"\n  ${more}\n  name = "out"\n}\n`;
const inModule = (more = ''): string =>
  `variable "name" {}\nvariable "space" { default = "n" }\nresource "kubernetes_config_map" "in" {\n  ${more}\n  metadata {\n    name      = "\${var.name}-a"\n    namespace = var.space\n  }\n}\n`;
const chart = 'resource "helm_release" "chart" {\n  name = "c"\n}\n';

type Files = Readonly<Record<string, string>>;
const ofWhole = (main: string, more: Files = {}): Files => ({
  'terragrunt.hcl': '',
  'stacks/w/terragrunt.hcl': '',
  'stacks/w/chart.tf': chart,
  'stacks/w/m/main.tf': inModule(),
  'stacks/w/main.tf': main,
  ...more,
});
const ofShared = (module: string, root = call(), more: Files = {}): Files => ({
  'terragrunt.hcl': '',
  'stacks/s/terragrunt.hcl': '',
  'stacks/s/main.tf': root,
  'stacks/s/m/main.tf': module,
  ...more,
});
type Row = readonly [what: string, files: Files, faults?: readonly string[]];
const main = 'stacks/w/main.tf';
const inOwnFile = (text: string): Files => ofWhole(secret() + call(), { 'stacks/w/own.tf': text });
const inJson = (json: unknown, name = 'own.tf.json'): Files =>
  ofWhole(secret() + call(), {
    [`stacks/w/${name}`]: typeof json === 'string' ? json : JSON.stringify(json),
  });

/** What hand-written HCL says beside its attributes, and what becomes of it; without faults it is carried over. */
const rows: readonly Row[] = [
  ['nothing', ofWhole(secret() + call())],
  // Dependencies.
  ['a dependency that ours has too', ofWhole(secret('depends_on = [helm_release.chart]') + call())],
  ['a dependency among ours', ofWhole(secret('depends_on = [module.m, data.vault_kv_secret_v2.v]') + call())],
  [
    'a dependency on what stays',
    ofWhole(secret('depends_on = [helm_release.other]') + call(), {
      'stacks/w/o.tf': chart.replace('"chart"', '"other"'),
    }),
    [`${main}:1: "kubernetes_secret.a" depends on "helm_release.other", which what takes its place does not`],
  ],
  [
    'a dependency of a whole call',
    ofWhole(secret() + call('depends_on = [helm_release.chart]')),
    [`${main}:8: "module.m" depends on "helm_release.chart"`],
  ],
  [
    'a dependency inside of the module',
    ofWhole(secret() + call(), {
      'stacks/w/m/main.tf': `${inModule('depends_on = [time_sleep.s]')}resource "time_sleep" "s" {\n  count = 0\n}\n`,
    }),
    ['stacks/w/m/main.tf:3: "module.m.kubernetes_config_map.in" depends on "time_sleep.s"'],
  ],
  // Calls of modules that hold what is ours.
  ['a count of one of the call', ofShared(secret(), call('count = 1'))],
  ['a call that may be none', ofShared(secret(), call('count = var.on ? 1 : 0'))],
  [
    'providers of the call, which its module keeps',
    ofShared(secret(), call('providers = { kubernetes = kubernetes.other }')),
  ],
  ['a dependency of the call, which its module keeps', ofShared(secret(), call('depends_on = [module.x]'))],
  [
    'a count of two of the call',
    ofShared(secret(), call('count = 2')),
    [
      'stacks/s/main.tf:1: "module.m" has count or for_each, so each object of the generated file might be made more',
    ],
  ],
  [
    'for_each of the call',
    ofShared(secret(), call('for_each = toset(["a"])')),
    ['stacks/s/main.tf:1: "module.m" has count or for_each'],
  ],
  [
    'two calls',
    ofShared(secret(), call() + call().replace('"m"', '"second"')),
    [
      'stacks/s/main.tf:1: "module.m" is one of several calls',
      'stacks/s/main.tf:6: "module.second" is one of',
    ],
  ],
  [
    'count of a call that is left',
    ofWhole(secret() + call('count = 1')),
    [`${main}:8: "module.m" has count, so its resources have a key in the state and the moved blocks none`],
  ],
  [
    'for_each of a call that is left',
    ofWhole(secret() + call('for_each = toset(["a"])')),
    [`${main}:8: "module.m" has for_each, so its resources have a key`],
  ],
  [
    'providers of a call that is left',
    ofWhole(secret() + call('providers = {\n    kubernetes = kubernetes.other\n  }')),
    [`${main}:8: "module.m" hands its own providers in, got "{ kubernetes = kubernetes.other }"`],
  ],
  [
    'providers of a call that is left, by their own names',
    ofWhole(secret() + call('providers = { kubernetes = kubernetes }')),
  ],
  // What a module's resource says that leaves it.
  [
    'changes that a resource in the module ignores',
    ofWhole(secret() + call(), {
      'stacks/w/m/main.tf': inModule('lifecycle {\n    ignore_changes = [data]\n  }'),
    }),
    ['stacks/w/m/main.tf:3: "module.m.kubernetes_config_map.in" ignores changes of "data"'],
  ],
  [
    'protection in the module',
    ofWhole(secret() + call(), {
      'stacks/w/m/main.tf': inModule('lifecycle {\n    prevent_destroy = true\n  }'),
    }),
    ['stacks/w/m/main.tf:3: "module.m.kubernetes_config_map.in" has prevent_destroy'],
  ],
  [
    'a provider in the module',
    ofWhole(secret() + call(), { 'stacks/w/m/main.tf': inModule('provider = kubernetes.other') }),
    ['stacks/w/m/main.tf:3: "module.m.kubernetes_config_map.in" has its own provider'],
  ],
  [
    'count in the module',
    ofWhole(secret() + call(), { 'stacks/w/m/main.tf': inModule('count = 2') }),
    ['stacks/w/m/main.tf:3: "module.m.kubernetes_config_map.in" has count, got "2"'],
  ],
  // Providers.
  ['the default provider by its name', ofWhole(secret('provider = kubernetes') + call())],
  [
    'a provider of another name',
    ofWhole(secret('provider = kubernetes-alpha') + call(), {}),
    [`${main}:1: "kubernetes_secret.a" has its own provider, got "kubernetes-alpha"`],
  ],
  [
    'an alias in quotes',
    ofWhole(secret('provider = "kubernetes.other"') + call()),
    [`${main}:1: "kubernetes_secret.a" has its own provider, got "kubernetes.other"`],
  ],
  [
    'an alias of data',
    ofWhole(
      `${secret()}${call()}data "vault_kv_secret_v2" "v" {\n  provider = vault.other\n  mount = "secret"\n  name = "viktor"\n}\n`,
    ),
    [`${main}:13: "data.vault_kv_secret_v2.v" has its own provider`],
  ],
  // Arguments of Terraform's own.
  ['a wait that is the default', ofWhole(secret('wait_for_rollout = true') + call())],
  [
    'a wait that is turned off',
    ofWhole(secret('wait_for_rollout = false') + call()),
    [`${main}:2: "kubernetes_secret.a" says wait_for_rollout = false`],
  ],
  [
    'fields that the server computes',
    ofWhole(secret('computed_fields = ["metadata"]') + call()),
    [`${main}:2: "kubernetes_secret.a" says computed_fields`],
  ],
  [
    'a field manager',
    ofWhole(secret('field_manager {\n    force_conflicts = true\n  }') + call()),
    [`${main}:2: "kubernetes_secret.a" has a field_manager block`],
  ],
  // Data and variables.
  [
    'the same data',
    ofWhole(
      `${secret()}${call()}data "vault_kv_secret_v2" "v" {\n  mount = "secret"\n  name = "viktor"\n}\n`,
    ),
  ],
  [
    'other data of the same name',
    ofWhole(
      `${secret()}${call()}data "vault_kv_secret_v2" "v" {\n  mount = "secret"\n  name = "platform"\n}\n`,
    ),
    [
      `${main}:13: "data.vault_kv_secret_v2.v" reads other data, got name "platform" here and "viktor" in the generated file`,
    ],
  ],
  [
    'a version of the data',
    ofWhole(
      `${secret()}${call()}data "vault_kv_secret_v2" "v" {\n  mount = "secret"\n  name = "viktor"\n  version = 3\n}\n`,
    ),
    [`${main}:13: "data.vault_kv_secret_v2.v" reads other data, got version "3"`],
  ],
  ['a variable', ofWhole(`${secret()}${call()}variable "t" {}\n`)],
  [
    "a variable's default",
    ofWhole(`${secret()}${call()}variable "t" {\n  default = "x"\n}\n`),
    [`${main}:13: "var.t" has default, which the generated variable has not`],
  ],
  [
    'a validated variable',
    ofWhole(
      `${secret()}${call()}variable "t" {\n  validation {\n    condition = var.t != ""\n    error_message = "x"\n  }\n}\n`,
    ),
    [`${main}:13: "var.t" has validation`],
  ],
  ['a variable that may be none', ofWhole(`${secret()}${call()}variable "t" {\n  sensitive = false\n}\n`)],
  // Files that stay and refer to what leaves.
  ['a reference to ours', inOwnFile('locals {\n  a = kubernetes_secret.a.metadata[0].name\n}\n')],
  ['all instances of ours', inOwnFile('locals {\n  a = kubernetes_secret.a[*].id\n}\n')],
  [
    'an instance of ours',
    inOwnFile('locals {\n  a = kubernetes_secret.a[0].id\n}\n'),
    ['stacks/w/own.tf:2: refers to an instance of "kubernetes_secret.a" by its key'],
  ],
  [
    'an instance of ours beside it',
    ofShared(`${secret('count = 1')}locals {\n  a = kubernetes_secret.a[0].id\n}\n`),
    ['stacks/s/m/main.tf:9: refers to an instance of "kubernetes_secret.a"'],
  ],
  [
    'an output of the module that is left',
    inOwnFile('locals {\n  a = module.m.host\n}\n'),
    [`stacks/w/own.tf:2: refers to "module.m", which ${main}:8 declares and the delivery removes`],
  ],
  [
    'a local that leaves, in JSON',
    ofWhole(`${secret()}${call()}locals {\n  gone = 1\n}\n`, {
      'stacks/w/own.tf.json': '{\n "output": { "o": {\n  "value": "${local.gone}" } }\n}\n',
    }),
    [`stacks/w/own.tf.json:3: refers to "local.gone", which ${main}:14 declares`],
  ],
  [
    'a call that leaves, in JSON',
    inJson('{\n "resource": {"a": {"b": {\n  "depends_on": ["module.m"]}}}\n}\n'),
    ['stacks/w/own.tf.json:3: refers to "module.m"'],
  ],
  ['a longer name, in JSON', inJson({ output: { o: { value: '${module.m-two.x}' } } })],
  // Moves and removals.
  [
    'a move into ours',
    inOwnFile('moved {\n  from = kubernetes_secret.old\n  to   = kubernetes_secret.a\n}\n'),
  ],
  [
    'a move out of ours',
    inOwnFile('moved {\n  from = kubernetes_secret.a\n  to   = kubernetes_secret.b\n}\n'),
    ['stacks/w/own.tf:1: a moved block says that "kubernetes_secret.a" is gone'],
  ],
  [
    'another move of what we move',
    inOwnFile('moved {\n  from = module.m.kubernetes_config_map.in\n  to   = kubernetes_config_map.b\n}\n'),
    ['stacks/w/own.tf:1: a moved block says where "module.m.kubernetes_config_map.in" goes'],
  ],
  [
    'the same move',
    inOwnFile('moved {\n  from = module.m.kubernetes_config_map.in\n  to   = kubernetes_config_map.out\n}\n'),
  ],
  [
    'a removal of what we move',
    inOwnFile('removed {\n  from = module.m.kubernetes_config_map.in\n}\n'),
    ['stacks/w/own.tf:1: a removed block says where'],
  ],
  [
    'a removal in JSON',
    inJson({ removed: { from: 'kubernetes_secret.a', lifecycle: { destroy: false } } }),
    ['stacks/w/own.tf.json:1: a removed block says that "kubernetes_secret.a" is gone'],
  ],
  [
    'moves in JSON',
    inJson({
      moved: [
        { from: 'a.b', to: 'a.c' },
        { from: 'kubernetes_secret.a', to: 'a.d' },
      ],
    }),
    ['stacks/w/own.tf.json:1: a moved block says that "kubernetes_secret.a" is gone'],
  ],
  // Override files in JSON, and what Terraform does not read.
  [
    'an override of ours in JSON',
    inJson({ resource: { kubernetes_secret: { a: { data: {} } } } }, 'override.tf.json'),
    ['stacks/w/override.tf.json:1: declares "kubernetes_secret.a"'],
  ],
  [
    'a named override of ours in JSON',
    inJson({ resource: { kubernetes_secret: { a: {} } } }, 'x_override.tf.json'),
    ['stacks/w/x_override.tf.json:1: declares'],
  ],
  [
    'a list of bodies in JSON',
    inJson([{ locals: { x: 1 } }, { resource: { kubernetes_secret: { a: {} } } }]),
    ['stacks/w/own.tf.json:1: declares "kubernetes_secret.a"'],
  ],
  ['JSON that editors hide', inJson('{ cut', '.own.tf.json')],
  ['JSON cut short', inJson('{ cut'), ['stacks/w/own.tf.json: JSON does not parse']],
  [
    'an override of a call that is left',
    ofWhole(secret() + call(), { 'stacks/w/override.tf': 'module "m" {\n  name = "x"\n}\n' }),
    ['stacks/w/override.tf:1: overrides "module.m"'],
  ],
  // Instances, in other words.
  ...(
    [
      ['(1)'],
      ['var.a ? 1 : (var.b ? 0 : 1)'],
      ['0', 'has count = 0, so it has no object'],
      ['var.a ? 3 : var.b ? 1 : 0', 'has count, got "var.a ? 3 : var.b ? 1 : 0"'],
      ['var.a ? 1 : 10', 'has count, got "var.a ? 1 : 10"'],
      ['min(1, var.n)', 'has count, got "min(1, var.n)"'],
    ] as const
  ).map(([count, fault]): Row => [
    `count = ${count}`,
    ofWhole(secret(`count = ${count}`) + call()),
    fault === undefined ? [] : [`${main}:1: "kubernetes_secret.a" ${fault}`],
  ]),
  [
    'for_each in the module',
    ofWhole(secret() + call(), { 'stacks/w/m/main.tf': inModule('for_each = toset(["a"])') }),
    ['stacks/w/m/main.tf:3: "module.m.kubernetes_config_map.in" has for_each'],
  ],
  ...[
    'length(kubernetes_secret.a)',
    'values(kubernetes_secret.a)',
    '[for s in kubernetes_secret.a : s.id]',
  ].map((expression): Row => [
    `all instances in ${expression}`,
    ofShared(`${secret('count = 1')}locals {\n  n = ${expression}\n}\n`),
    ['stacks/s/m/main.tf:9: takes the instances of "kubernetes_secret.a" as a whole'],
  ]),
  [
    'all instances, for their order alone',
    ofShared(`${secret('count = 1')}resource "t" "n" {\n  depends_on = [kubernetes_secret.a]\n}\n`),
  ],
  ['the one object as a whole', ofShared(`${secret()}locals {\n  n = keys(kubernetes_secret.a)\n}\n`)],
  [
    'the one of all instances',
    inOwnFile('locals {\n  a = one(kubernetes_secret.a[*].id)\n  b = kubernetes_secret.a.*.id\n}\n'),
  ],
  ...['a["x"].id', 'a.0.id', 'a[local.k].id'].map((instance): Row => [
    instance,
    inOwnFile(`locals {\n  a = kubernetes_secret.${instance}\n  k = 0\n}\n`),
    ['stacks/w/own.tf:2: refers to an instance of "kubernetes_secret.a" by its key'],
  ]),
  ...['a[0].id', 'a[\\"x\\"].id', 'a.0.id'].map((instance): Row => [
    `${instance} in JSON`,
    inJson(`{"output": {"o": {\n"value": "\${kubernetes_secret.${instance}}"}}}`),
    ['stacks/w/own.tf.json:2: refers to an instance of "kubernetes_secret.a" by its key'],
  ]),
  ['a splat in JSON', inJson({ output: { o: { value: '${one(kubernetes_secret.a[*].id)}' } } })],
  [
    'a check, and an ephemeral value, by what leaves',
    inOwnFile(
      'check "c" {\n  data "http" "h" {\n    url = kubernetes_secret.a[0].id\n  }\n}\nephemeral "e" "e" {\n  a = module.m.x\n}\n',
    ),
    ['stacks/w/own.tf:3: refers to an instance', 'stacks/w/own.tf:7: refers to "module.m"'],
  ],
  // What a lifecycle says.
  ...(
    [
      'create_before_destroy = true',
      'replace_triggered_by = [terraform_data.x]',
      'prevent_destroy = var.x',
      'precondition {\n      condition = true\n    }',
      'postcondition {\n      condition = true\n    }',
    ] as const
  ).map((line): Row => [
    `${line.split(' ')[0]} in a lifecycle`,
    ofWhole(secret(`lifecycle {\n    ${line}\n  }`) + call()),
    [`${main}:1: "kubernetes_secret.a" has ${line.split(' ')[0]} in its lifecycle`],
  ]),
  [
    'prevent_destroy = false in a lifecycle',
    ofWhole(secret('lifecycle {\n    prevent_destroy = false\n  }') + call()),
  ],
  [
    'a connection',
    ofWhole(secret('connection {\n    host = "x"\n  }') + call()),
    [`${main}:2: "kubernetes_secret.a" has a connection block`],
  ],
  [
    'a provider that the module configures',
    ofWhole(secret() + call(), { 'stacks/w/m/p.tf': 'provider "kubernetes" {\n  config_path = "x"\n}\n' }),
    ['stacks/w/m/p.tf:1: "module.m" configures its own provider'],
  ],
  ...['count = 1', 'for_each = toset(["viktor"])', 'version = var.v'].map((line): Row => [
    `data with ${line}`,
    ofWhole(
      `${secret()}${call()}data "vault_kv_secret_v2" "v" {\n  ${line}\n  mount = "secret"\n  name = "viktor"\n}\n`,
    ),
    [`${main}:13: "data.vault_kv_secret_v2.v" reads other data, got ${line.split(' ')[0]}`],
  ]),
  // Moves, removals and imports, by keys and in modules.
  ...(
    [
      [
        'moved',
        'from = kubernetes_secret.a[0]',
        'to = kubernetes_secret.b',
        'says that "kubernetes_secret.a[0]" is gone',
      ],
      [
        'moved',
        'from = kubernetes_secret.a["x"]',
        'to = kubernetes_secret.b',
        'says that "kubernetes_secret.a["x"]"',
      ],
      [
        'moved',
        'from = kubernetes_secret.old',
        'to = kubernetes_secret.a[0]',
        'names "kubernetes_secret.a[0]", but',
      ],
      ['moved', 'from = module.m', 'to = module.n', 'says where "module.m" goes'],
      [
        'moved',
        'from = kubernetes_config_map.old',
        'to = kubernetes_config_map.out',
        'says where "kubernetes_config_map.old"',
      ],
      [
        'moved',
        'from = module.m.kubernetes_config_map.in["k"]',
        'to = kubernetes_config_map.b',
        'says where "module.m.k',
      ],
      ['removed', 'from = kubernetes_secret.a["x"]', '', 'says that "kubernetes_secret.a["x"]" is gone'],
      ['moved', 'from = kubernetes_secret.a[0]', 'to = kubernetes_secret.a', ''],
      ['moved', 'from = kubernetes_secret.old["x"]', 'to = kubernetes_secret.a', ''],
      ['moved', 'from = module.old', 'to = module.m', ''],
      ['moved', 'from = kubernetes_config_map.old', 'to = module.m.kubernetes_config_map.in', ''],
      ['removed', 'from = module.m', '', ''],
      ['import', 'id = "n/a"', 'to = kubernetes_secret.a', ''],
    ] as const
  ).map(([type, from, to, fault]): Row => [
    `${type} ${from} ${to}`,
    inOwnFile(`${type} {\n  ${from}\n  ${to}\n}\n`),
    fault === '' ? [] : [`stacks/w/own.tf:1: a ${type} block ${fault}`],
  ]),
  [
    'an import of each instance',
    inOwnFile('import {\n  for_each = toset(["a"])\n  to = kubernetes_secret.a[each.key]\n  id = "n/a"\n}\n'),
    ['stacks/w/own.tf:3: refers to an instance of "kubernetes_secret.a"'],
  ],
  [
    'moves, removals and imports in JSON',
    inJson(
      [
        '{"moved": [{',
        '"from": "kubernetes_secret.a[0]",',
        '"to": "kubernetes_secret.b"}],',
        '"removed": {',
        '"from": "${kubernetes_secret.a}"},',
        '"import": [{',
        '"to": "module.m.kubernetes_config_map.in",',
        '"id": "x"}, {',
        '"to": "kubernetes_secret.a[0]", "id": "n/a"}]}',
      ].join('\n'),
    ),
    [
      'stacks/w/own.tf.json:2: a moved block says that "kubernetes_secret.a[0]" is gone',
      'stacks/w/own.tf.json:5: a removed block says that "kubernetes_secret.a" is gone',
      'stacks/w/own.tf.json:7: an import block names "module.m.kubernetes_config_map.in", whose module',
      'stacks/w/own.tf.json:9: an import block names "kubernetes_secret.a[0]", but',
    ],
  ],
  ...(
    [
      ['moved', 'old', 'to = kubernetes_config_map.in'],
      ['removed', 'keepme', 'lifecycle {\n    destroy = false\n  }'],
    ] as const
  ).flatMap(([type, name, more]): Row[] => {
    const from = `kubernetes_config_map.${name}`;
    const inside = { 'stacks/w/m/p.tf': `${type} {\n  from = ${from}\n  ${more}\n}\n` };
    const own = `${type} {\n  from = module.m.${from}\n  ${more.replace('= k', '= module.m.k')}\n}\n`;
    return [
      [
        `a pending ${type} block in a module that is left`,
        ofWhole(secret() + call(), inside),
        [`stacks/w/m/p.tf:1: a ${type} block names "module.m.${from}", and nobody reads it`],
      ],
      ['the same, said in the stack', ofWhole(secret() + call(), { ...inside, 'stacks/w/own.tf': own })],
    ];
  }),
  // Calls and modules in JSON.
  [
    'a call in JSON that is left',
    ofWhole(secret(), { 'stacks/w/c.tf.json': '{"module": {\n"m": {"source": "./m", "name": "out"}}}' }),
    ['stacks/w/c.tf.json:2: declares "module.m", which the generated file takes over'],
  ],
  ...[
    '{"resource": {"t": {"lost": {}}}}',
    '{"module": {"n": {"source": "./n"}}}',
    '{"removed": {"from": "t.n"}}',
  ].map((json): Row => [
    `a module that is left with ${json}`,
    ofWhole(secret() + call(), { 'stacks/w/m/x.tf.json': json }),
    ['stacks/w/m/x.tf.json: what "module.m" has in JSON is not read'],
  ]),
  [
    'a module that is left with outputs in JSON',
    ofWhole(secret() + call(), { 'stacks/w/m/x.tf.json': '{"output": {}}' }),
  ],
  [
    'a call in JSON',
    ofShared(secret(), '', { 'stacks/s/c.tf.json': '{"module": {"m": {"source": "./m"}}}' }),
  ],
  [
    'a second call in JSON',
    ofShared(secret(), call(), { 'stacks/s/c.tf.json': '{"module": {"n": {"source": "./m"}}}' }),
    ['stacks/s/main.tf:1: "module.m" is one of several', 'stacks/s/c.tf.json: "module.n" is one of several'],
  ],
  [
    'a count that an override gives the call',
    ofShared(secret(), call(), { 'stacks/s/override.tf': 'module "m" {\n  count = 2\n}\n' }),
    ['stacks/s/main.tf:1: "module.m" has count or for_each'],
  ],
  // Outputs that go, and who reads them.
  ['an output that nobody reads', ofWhole(`${secret()}${call()}output "o" {\n  value = 1\n}\n`)],
  [
    'an output that another stack reads from the state',
    ofWhole(`${secret()}${call()}output "o" {\n  value = 1\n}\n`, {
      'stacks/r/main.tf':
        'data "terraform_remote_state" "w" {\n  backend = "pg"\n  config = { schema_name = "w" }\n}\nlocals {\n  x = data.terraform_remote_state.w.outputs.o\n}\n',
    }),
    ['stacks/r/main.tf:6: reads "output.o" of stacks/w'],
  ],
  [
    'an output that Terragrunt hands on',
    ofWhole(`${secret()}${call()}output "o" {\n  value = 1\n}\n`, {
      'stacks/r/terragrunt.hcl':
        'dependency "w" {\n  config_path = "../w"\n}\ninputs = {\n  x = dependency.w.outputs["o"]\n}\n',
    }),
    ['stacks/r/terragrunt.hcl:5: reads "output.o"'],
  ],
  [
    'all outputs that Terragrunt hands on',
    ofWhole(`${secret()}${call()}output "o" {\n  value = 1\n}\n`, {
      'stacks/r/terragrunt.hcl':
        'dependency "w" {\n  config_path = "../w"\n}\ninputs = merge(dependency.w.outputs, { a = 1 })\n',
    }),
    ['stacks/r/terragrunt.hcl:4: reads "output.o"'],
  ],
  [
    'an output of another stack by the same name',
    ofWhole(`${secret()}${call()}output "o" {\n  value = 1\n}\n`, {
      'stacks/r/terragrunt.hcl':
        'dependency "q" {\n  config_path = "../q"\n}\ninputs = {\n  x = dependency.q.outputs.o\n}\n',
    }),
  ],
];

describe('what an existing block says is carried over or refused:', () => {
  test.each(rows)('%s', async (_what, files, faults = []) => {
    const stack = 'stacks/w/main.tf' in files ? whole : shared;
    const plan = await planDelivery(memoryTree(files), [stack], parse);
    expect(plan.faults).toEqual(faults.map((fault): unknown => expect.stringContaining(fault)));
    expect(plan.stacks.length).toBe(faults.length === 0 ? 1 : 0);
  });

  test('a variable that was sensitive is named, because a plan prints it now', async () => {
    const hidden = `${secret()}${call()}variable "t" {\n  sensitive = true\n}\n`;
    const plan = await planDelivery(memoryTree(ofWhole(hidden)), [whole], parse);
    expect([plan.faults, plan.stacks[0]?.notes]).toEqual([
      [],
      [`${main}:13: "var.t" is sensitive here and not in the generated file, so a plan prints it`],
    ]);
  });

  test('what leaves a module is compared with what the module and its call said', async () => {
    const named = (out: JsonObject): WholeStack => ({
      ...whole,
      json: {
        ...whole.json,
        resource: {
          kubernetes_secret: { a: { ...metadata, depends_on: ['helm_release.chart'] } },
          kubernetes_config_map: { out: { metadata: out } },
        },
      },
    });
    const replaced = async (out: JsonObject): Promise<readonly string[] | undefined> =>
      (await planDelivery(memoryTree(ofWhole(secret() + call())), [named(out)], parse)).stacks[0]?.replaced;
    expect(await replaced({ name: 'out-a', namespace: 'n' })).toEqual([]);
    expect(await replaced({ name: 'b', namespace: 'n' })).toEqual([
      'kubernetes_config_map.out: metadata.name is "out-a" and becomes "b"',
    ]);
    expect(await replaced({ name: 'out-a', namespace: 'o' })).toEqual([
      'kubernetes_config_map.out: metadata.namespace is "n" and becomes "o"',
    ]);
  });
});
