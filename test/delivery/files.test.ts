import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import type { Files } from '../../delivery/deliverable';
import { filesOf } from '../../delivery/deliverables';
import { prepareDelivery } from '../../delivery/deliver';
import { formatDelivery } from '../../delivery/report';
import { isAtLeast, phases, type Phase } from '../../estate/phases';
import { dnsTree } from '../../trees/dns';
import { estateAt } from '../support/estates';
import { commit, makeTree, put, read, removeTrees, snapshot } from './fixture';

jest.setTimeout(60_000);
afterAll(removeTrees);

const files = (texts: Readonly<Record<string, string>>, takesOver: readonly string[] = []): Files => ({
  kind: 'files',
  stack: 'machine',
  folder: 'modules/machine',
  files: Object.entries(texts).map(([path, text]) => ({ path, text })),
  takesOver,
});
const first = files({ 'modules/machine/etc/a.conf': 'one\n', '.woodpecker/a.yml': 'when: []\n' });

function ofEstate(stack: string, phase: Phase): Files {
  const found = filesOf(estateAt(phase)).find((one) => one.stack === stack);
  if (found === undefined) throw new Error(`the estate has no ${stack}`);
  return found;
}

async function deliver(root: string, deliverable: Files): Promise<string[]> {
  const delivery = await prepareDelivery(root, [deliverable]);
  delivery.write();
  if (delivery.changes.length > 0) commit(root, 'deliver');
  return delivery.changes.map(({ kind, path }) => `${kind} ${path}`);
}
const refusal = async (root: string, deliverable: Files): Promise<string> => {
  const before = snapshot(root);
  const message = await prepareDelivery(root, [deliverable]).then(
    () => '',
    (error: unknown) => String(error),
  );
  expect(snapshot(root)).toEqual(before);
  return message;
};

describe('files', () => {
  test('are written into folders that are not there yet, their list last, and nothing else changes', async () => {
    const root = makeTree();
    const before = snapshot(root);

    expect(await deliver(root, first)).toEqual([
      'write modules/machine/etc/a.conf',
      'write .woodpecker/a.yml',
      'write modules/machine/delivered.json',
    ]);

    expect(snapshot(root)).toMatchObject({ ...before, 'modules/machine/etc/a.conf': 'one\n' });
    expect(Object.keys(snapshot(root))).toHaveLength(Object.keys(before).length + 3);
    expect(await deliver(root, first)).toEqual([]);
  });

  test('are rewritten with their diff shown, and removed once nobody renders them', async () => {
    const root = makeTree();
    await deliver(root, first);

    const next = files({ 'modules/machine/etc/a.conf': 'two\n' });
    const shown = formatDelivery(await prepareDelivery(root, [next]));

    expect(shown).toContain('write modules/machine/etc/a.conf (4 bytes): what this project renders');
    expect(shown).toMatch(/^ {2}-one\n {2}\+two$/m);
    expect(shown).toContain('remove .woodpecker/a.yml: this project does not render it any more');
    expect(await deliver(root, next)).toEqual([
      'write modules/machine/etc/a.conf',
      'remove .woodpecker/a.yml',
      'write modules/machine/delivered.json',
    ]);
  });

  test('of the same text that somebody wrote by hand are left as they are, and are ours from then on', async () => {
    const root = makeTree({ 'modules/machine/etc/a.conf': 'one\n' });

    expect(await deliver(root, first)).toEqual([
      'write .woodpecker/a.yml',
      'write modules/machine/delivered.json',
    ]);
    expect(await deliver(root, files({ 'modules/machine/etc/a.conf': 'two\n' }))).toContain(
      'write modules/machine/etc/a.conf',
    );
  });

  test('take the place of a hand-written file that is named, once, and of no other', async () => {
    const root = makeTree({ '.woodpecker/a.yml': 'theirs\n', 'modules/machine/etc/a.conf': 'theirs\n' });

    expect(
      await refusal(
        root,
        files({ '.woodpecker/a.yml': 'ours\n', 'modules/machine/etc/a.conf': 'ours\n' }, [
          '.woodpecker/a.yml',
        ]),
      ),
    ).toBe(
      'Refused: modules/machine/etc/a.conf: a file of this name exists that no delivery wrote; move it away, it would be overwritten',
    );
    const taken = files({ '.woodpecker/a.yml': 'ours\n' }, ['.woodpecker/a.yml']);
    expect(formatDelivery(await prepareDelivery(root, [taken]))).toContain(
      'write .woodpecker/a.yml (5 bytes): in the place of the hand-written file',
    );
    await deliver(root, taken);
    put(root, '.woodpecker/a.yml', 'edited\n');
    commit(root, 'by hand');
    expect(await refusal(root, taken)).toContain('.woodpecker/a.yml: the delivered file was edited by hand');
  });

  test.each([
    ['a file that was edited by hand', 'modules/machine/etc/a.conf', 'three\n', first, 'was edited by hand'],
    [
      'a file that was edited by hand and is rendered no more',
      '.woodpecker/a.yml',
      'theirs\n',
      files({ 'modules/machine/etc/a.conf': 'one\n' }),
      '.woodpecker/a.yml: the delivered file was edited by hand',
    ],
    [
      'a list that was edited by hand',
      'modules/machine/delivered.json',
      '{ "files": {} }\n',
      first,
      "modules/machine/delivered.json: a file of this name exists without the delivery's marker",
    ],
  ])('are refused over %s', async (_, path, text, deliverable, message) => {
    const root = makeTree();
    await deliver(root, first);
    put(root, path, text);
    commit(root, 'by hand');

    expect(await refusal(root, deliverable)).toContain(message);
  });
});

test('the registry VM comes into a tree that has its old pipeline, and follows the phases', async () => {
  const root = makeTree({
    '.woodpecker/registry-config-sync.yml': 'when: []\n',
    'modules/docker-registry/docker-compose.yml': 'services: {}\n',
  });
  for (const phase of phases) {
    const changes = await deliver(root, ofEstate('registry-vm', phase));
    const isLegacy = !isAtLeast(phase, 'decommission');

    expect(
      Object.keys(snapshot(root)).includes('modules/docker-registry/files/opt/registry/config-private.yml'),
    ).toBe(isLegacy);
    expect(changes.length > 0).toBe(['prepare', 'cutover', 'decommission'].includes(phase));
  }
  expect(read(root, 'modules/docker-registry/docker-compose.yml')).toBe('services: {}\n');
});

test('what the DNS servers are given comes into the tree as reviewed, and a name goes with its phase', async () => {
  const root = makeTree();
  const deliverAt = (phase: Phase): Promise<string[]> => deliver(root, ofEstate('dns', phase));
  const golden = (fileName: string): string =>
    readFileSync(join(__dirname, '../golden/cloud-init/dns', fileName), 'utf8');

  expect(await deliverAt('prepare')).toHaveLength(dnsTree(estateAt('prepare')).length + 1);
  for (const fileName of [
    'coredns/Corefile',
    'pfsense/unbound.conf',
    'technitium/forgejo.viktorbarzin.me.zone',
  ])
    expect(read(root, `stacks/infra/dns/${fileName}`)).toBe(golden(fileName));
  expect(await deliverAt('bake')).toEqual([]);
  expect(await deliverAt('decommission')).toContain(
    'remove stacks/infra/dns/technitium/registry-vm.viktorbarzin.me.zone',
  );
});
