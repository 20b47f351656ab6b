import { describe, expect, test } from '@jest/globals';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { machineScripts, markOf, type MachineScript } from '../../cloud-init/machine-scripts';
import type { ManagedFile } from '../../cloud-init/managed-file';
import { registryVm } from '../../cloud-init/registry-vm';
import { phases } from '../../estate/phases';
import { registryConfigSync, type RegistryConfigSyncProps } from '../../pipelines/registry-config-sync';
import { registryVmTree } from '../../trees/registry-vm';
import { estateAt } from '../support/estates';

interface PipelineJson {
  readonly when: readonly { readonly path?: { readonly include: readonly string[] } }[];
  readonly steps: readonly {
    readonly image: string;
    readonly environment: Readonly<Record<string, { readonly from_secret: string }>>;
    readonly commands: readonly string[];
  }[];
}

const props: RegistryConfigSyncProps = {
  machine: { directories: ['/opt/x'], files: [], absent: ['/opt/x/old'] },
  steps: [],
  checks: [],
  address: '192.0.2.1',
  ssh: {
    user: 'root',
    privateKey: { path: 'ci', key: 'ssh_key' },
    knownHosts: { path: 'ci', key: 'ssh_known_hosts' },
  },
  treeFolder: 'modules/x',
  branch: 'trunk',
  image: 'registry.example/ci:1.0.0',
};
const withFile = (content: ManagedFile['content']): RegistryConfigSyncProps => ({
  ...props,
  machine: { ...props.machine, files: [{ path: '/opt/x/a', mode: '0600', content, effect: 'none' }] },
});

describe.each(phases)('the sync pipeline at %s', (phase) => {
  const estate = estateAt(phase);
  const tree = registryVmTree(estate);
  const text = tree.find(({ path }) => path === '.woodpecker/registry-config-sync.yml')?.text ?? '';
  const lists = tree.find(({ path }) => path.endsWith('/machine.sh'))?.text ?? '';
  const { steps, when } = parse(text) as PipelineJson;
  const [step] = steps;

  test('runs at a change of any file that it brings, and of itself', () => {
    const brought = tree.map(({ path }) => path);

    expect(when[0]?.path?.include).toEqual(brought);
  });

  test('brings every file that the machine mounts or runs to the path where it is read', () => {
    for (const { path, mode, effect } of registryVm(estate).files)
      expect(lists).toContain(`"$1" ${path} ${mode} ${effect === 'none' ? 'verify' : markOf(effect)}`);
  });

  test('is given each secret that the script reads, by reference', () => {
    const given = Object.keys(step?.environment ?? {}).sort();
    const required = [...lists.matchAll(/^: "\$\{(\w+):\?/gm)].map(([, name = '']) => name).sort();

    expect(given).toEqual(required);
    expect(
      Object.values(step?.environment ?? {}).every((value) => Object.keys(value)[0] === 'from_secret'),
    ).toBe(true);
  });

  test('holds no dollar that Woodpecker would substitute (incident 23)', () => {
    expect(text).not.toContain('$');
  });

  test('runs on the machine the very scripts that a rollout runs there', () => {
    for (const { path, text: script } of tree.filter((file) => file.path.includes('/machine-scripts/')))
      expect(script).toBe(machineScripts[basename(path, '.sh') as MachineScript]);
  });

  test('runs in the image that the phase pulls', () => {
    expect(step?.image).toBe(
      phase === 'cutover' || phase === 'decommission'
        ? 'forgejo.viktorbarzin.me/viktor/infra-ci:latest'
        : 'registry.viktorbarzin.me/infra-ci:latest',
    );
  });
});

test('a secret stands between the text around it, quoted for the shell', () => {
  const files = registryConfigSync(withFile(["it's ", { vault: { path: 'a', key: 'b_c' } }, '\n']));
  const [lists = '', pipeline = ''] = ['/machine.sh', '.yml'].map(
    (end) => files.find(({ path }) => path.endsWith(end))?.text ?? '',
  );

  expect(lists).toContain(`printf '%s' 'it'\\''s ' "$B_C" '\n' | "$1" /opt/x/a 0600 verify`);
  expect(parse(pipeline)).toMatchObject({ steps: [{ environment: { B_C: { from_secret: 'b_c' } } }] });
  expect(files.map(({ path }) => path)).not.toContain('modules/x/files/opt/x/a');
});

test('the script trusts no host key on first use', () => {
  const sync = registryConfigSync(props).find(({ path }) => path.endsWith('/sync.sh'))?.text ?? '';

  expect(sync).toContain('StrictHostKeyChecking=yes');
  expect(sync).not.toContain('keyscan');
});
