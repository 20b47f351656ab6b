import { expect, jest, test } from '@jest/globals';
import { readKeys } from '../../commands/vault-keys';
import type { Estate } from '../../estate/estate';
import { phases } from '../../estate/phases';
import { registryVmTree } from '../../trees/registry-vm';
import { secondEstate } from '../second-estate';
import { estateAt } from '../support/estates';
import { synthesized } from '../support/synthesized';

jest.setTimeout(120_000);

const estates: readonly [string, Estate][] = [
  ...phases.map((phase): [string, Estate] => [`this estate in ${phase}`, estateAt(phase)]),
  ['the second estate', secondEstate],
];

test.each(estates)('no stack or pipeline of %s reads a key that preflight does not look at', (_, estate) => {
  const looked = readKeys(estate);
  const at = (path: string, key: string): boolean =>
    looked.some((row) => row.path === path && row.key === key);
  const read = [...synthesized(estate).values()].flatMap(({ name, text, json }) => {
    expect(Object.keys(json.data ?? {}).filter((type) => /^vault_.*(kv|secret)/.test(type))).toEqual(
      text.includes('data.vault_kv_secret_v2.') ? ['vault_kv_secret_v2'] : [],
    );
    const uses = [...text.matchAll(/data\.vault_kv_secret_v2\.(\w+)\.data\[\\+"(\w+)\\+"\]/g)];
    // Every expression of a data source's value is of this form, so none is left out here.
    expect(uses).toHaveLength([...text.matchAll(/data\.vault_kv_secret_v2\.\w+\.\w+/g)].length);
    return uses.map(([, address = '', key = '']) => {
      const path = json.data?.['vault_kv_secret_v2']?.[address]?.['name'] as string;
      return { name, path, key };
    });
  });
  expect(read.length).toBeGreaterThan(2);
  expect(read.filter(({ path, key }) => !at(path, key))).toEqual([]);
  const secrets = registryVmTree(estate).flatMap(({ text }) => [...text.matchAll(/from_secret: (\w+)/g)]);
  expect(secrets.map(([, key]) => key).filter((key) => !looked.some((row) => row.key === key))).toEqual([]);
});

test('what is looked at is read by somebody, and each key once', () => {
  const rows = readKeys(estateAt('prepare'));
  expect(rows.filter(({ by }) => by.length === 0)).toEqual([]);
  expect(new Set(rows.map(({ path, key }) => `${path} ${key}`)).size).toBe(rows.length);
  expect(rows).toContainEqual({
    ...{ path: 'viktor', key: 'forgejo_pull_token', by: ['stack kyverno', 'stack monitoring'] },
  });
});
