import { beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../delivery/deliverable';
import { narrowedRights, type Narrowing } from '../../delivery/narrowed-rights';
import { hclParser, type ParseHcl } from '../../hcl/read';

const policy = 'vault_policy.ci';
const role = 'vault_kubernetes_auth_backend_role.ci';
const path = 'stacks/vault/cdk.tf.json';

/** Rules of a policy, as `path: capability capability`. */
const rules = (...lines: readonly string[]): string =>
  lines
    .map((line) => {
      const [place = '', capabilities = ''] = line.split(': ');
      return `path "${place}" {\n  capabilities = [${capabilities
        .split(' ')
        .map((one) => `"${one}"`)
        .join(', ')}]\n}\n`;
    })
    .join('\n');
const roleOf = (change: JsonObject = {}): JsonObject => ({
  ...{ role_name: 'ci', bound_service_account_names: ['default'], token_policies: ['ci'] },
  ...{ bound_service_account_namespaces: ['woodpecker'] },
  ...change,
});

describe('the rights that a delivery would take away', () => {
  let parse: ParseHcl;
  beforeAll(async () => {
    parse = await hclParser();
  });
  const judge = (
    before: Readonly<Record<string, JsonObject>>,
    after: Readonly<Record<string, JsonObject>>,
    { narrowed = [], by = 'handWritten' }: { narrowed?: string[]; by?: 'handWritten' | 'delivered' } = {},
  ): Promise<Narrowing> => {
    const resource: Record<string, Record<string, unknown>> = {};
    for (const [address, block] of Object.entries(after)) {
      const [type = '', name = ''] = address.split('.');
      (resource[type] ??= {})[name] = block;
    }
    const none = new Map<string, JsonObject>();
    const old = new Map(Object.entries(before));
    const tree =
      by === 'delivered' ? { delivered: old, handWritten: none } : { delivered: none, handWritten: old };
    return narrowedRights({ resource }, path, tree, narrowed, parse);
  };
  const policies = (before: string, after: string, options = {}): Promise<Narrowing> =>
    judge(
      { [policy]: { name: 'ci', policy: before }, [role]: roleOf() },
      { [policy]: { name: 'ci', policy: after }, [role]: roleOf() },
      options,
    );

  test.each([
    ['the same in another order', ['a/*: read list', 'b: update'], ['b: update', 'a/*: list read']],
    ['more', ['a/x: read'], ['a/x: read update', 'c: read']],
    ['what a glob gives now', ['a/x: read'], ['a/*: read']],
    ['what was denied', ['a/*: read', 'a/x: deny'], ['a/*: read', 'a/x: deny']],
  ])('are none where a policy gives %s', async (_, before, after) => {
    const found = await policies(rules(...before), rules(...after));
    expect(found).toEqual({ faults: [], kept: new Map(), losses: [], unknown: [] });
  });

  test.each([
    ['a rule that goes', ['a: read', 'b: read'], ['a: read'], ['"read" on "b"']],
    ['a capability that goes', ['a: read update'], ['a: read'], ['"update" on "a"']],
    [
      'a rule that is more specific and gives less',
      ['a/*: read list'],
      ['a/*: read list', 'a/x: read'],
      ['"list" on "a/x"'],
    ],
    ['a denial', ['a/*: read'], ['a/*: read', 'a/x: deny'], ['"read" on "a/x"']],
    ['a shorter glob', ['a/*: read'], ['a/b/*: read'], ['"read" on "a/*"']],
  ])('are told for %s, and the policy stays in the HCL', async (_, before, after, lost) => {
    const found = await policies(rules(...before), rules(...after));
    const holder = 'goes for role "ci" (ServiceAccounts "default")';
    expect([...found.kept]).toEqual([[policy, lost.map((each) => `${each} ${holder}`)]]);
    expect(found.faults).toEqual([]);
  });

  test('go with a delivery where the estate narrows the consumer', async () => {
    const found = await policies(rules('a: read', 'b: read'), rules('a: read'), { narrowed: [policy] });
    expect(found.losses).toEqual(['"read" on "b" goes for role "ci" (ServiceAccounts "default")']);
    expect(found.kept.size).toBe(0);
  });

  test('that were delivered before are refused, unless the estate narrows the consumer', async () => {
    const found = await policies(rules('a: read', 'b: read'), rules('a: read'), { by: 'delivered' });
    expect(found.faults).toEqual([
      `${path}: "${policy}" would take rights away, got "read" on "b" goes for role "ci" (ServiceAccounts "default"); add them to the consumer in estate/vault.ts, or narrow it there in a step of its own`,
    ]);
  });

  test.each([
    ['bound_service_account_names', 'ServiceAccount "default" loses the role "ci"'],
    ['bound_service_account_namespaces', 'namespace "woodpecker" loses the role "ci"'],
    ['token_policies', 'policy "ci" loses the role "ci"'],
  ])('of a role are told by who loses it: %s', async (field, loss) => {
    const found = await judge({ [role]: roleOf() }, { [role]: roleOf({ [field]: ['another'] }) });
    expect([...found.kept]).toEqual([[role, [loss]]]);
  });

  test('are not known where the tree has an expression, which is said', async () => {
    const found = await judge(
      {
        [policy]: { name: 'ci', policy: '${data.vault_policy_document.ci.hcl}' },
        [role]: roleOf({ token_policies: '${local.p}' }),
      },
      { [policy]: { name: 'ci', policy: rules('a: read') }, [role]: roleOf() },
    );
    expect(found.unknown).toEqual([
      `${policy}: the policy is an expression in the tree`,
      `${role}: token_policies is an expression in the tree`,
    ]);
  });

  test('are none for what the tree does not have', async () => {
    const found = await judge({}, { [policy]: { name: 'ci', policy: rules('a: deny') }, [role]: roleOf() });
    expect(found).toEqual({ faults: [], kept: new Map(), losses: [], unknown: [] });
  });
});
