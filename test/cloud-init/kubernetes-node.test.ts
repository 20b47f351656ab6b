import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { renderCloudConfig } from '../../cloud-init/cloud-config';
import { contentText, secretPlaceholder } from '../../cloud-init/content';
import { kubernetesNode, nodeEffectCommands } from '../../cloud-init/kubernetes-node';
import { kubernetesNodeCloudConfig } from '../../cloud-init/kubernetes-node-cloud-config';
import { estate } from '../../estate';
import { phases } from '../../estate/phases';
import { estateAt } from '../support/estates';
import { expectGolden, goldensIn } from '../support/golden';

const shown = (path: string, major?: 1 | 2): string => {
  const file = kubernetesNode(estate, major).files.find((row) => row.path === path);
  return contentText(file?.content ?? [], secretPlaceholder);
};
const dropIn = '/etc/kubernetes/kubelet.conf.d/10-registry-consolidation.conf';

describe('the cloud-config of a node', () => {
  test.each(['prepare', 'decommission'] as const)('is what reviewers read in %s', (phase) => {
    expectGolden(
      `cloud-init/kubernetes-node/${phase}.yaml`,
      renderCloudConfig(kubernetesNodeCloudConfig(estateAt(phase))),
    );
  });

  test('has no golden that nothing renders', () => {
    expect(goldensIn('cloud-init/kubernetes-node').map(({ path }) => basename(path))).toEqual([
      'containerd-1.toml',
      'containerd-2.toml',
      'decommission.yaml',
      'prepare.yaml',
    ]);
  });

  test('differs between no other phases', () => {
    const texts = phases.map((phase) => renderCloudConfig(kubernetesNodeCloudConfig(estateAt(phase))));
    expect(new Set(texts.slice(0, -1)).size).toBe(1);
    expect(new Set(texts).size).toBe(2);
  });

  test('writes every file that a running node is brought to, and one more, the way to join', () => {
    const { write_files } = kubernetesNodeCloudConfig(estate);
    const { files } = kubernetesNode(estate);
    expect(write_files.slice(0, -1)).toEqual(files);
    expect(write_files.slice(files.length).map(({ path, mode }) => ({ path, mode }))).toEqual([
      { path: '/root/join-cluster', mode: '0600' },
    ]);
  });

  test('joins last, when every file is written and read', () => {
    expect(kubernetesNodeCloudConfig(estate).runcmd.at(-1)).toEqual(['sh', '/root/join-cluster']);
  });
});

describe('a node', () => {
  test.each([
    [1, 'containerd-1.toml'],
    [2, 'containerd-2.toml'],
  ] as const)('of containerd %i has the configuration that reviewers read', (major, name) => {
    expectGolden(`cloud-init/kubernetes-node/${name}`, shown('/etc/containerd/config.toml', major));
  });

  test('tells containerd 1.x where hosts.toml files are', () => {
    expect(parseToml(shown('/etc/containerd/config.toml', 1))).toMatchObject({
      version: 2,
      plugins: {
        'io.containerd.grpc.v1.cri': {
          registry: { config_path: '/etc/containerd/certs.d' },
          max_concurrent_downloads: 20,
          containerd: { runtimes: { runc: { options: { SystemdCgroup: true } } } },
        },
      },
    });
  });

  test('tells containerd 2.x where hosts.toml files are', () => {
    expect(parseToml(shown('/etc/containerd/config.toml', 2))).toMatchObject({
      version: 3,
      plugins: {
        'io.containerd.cri.v1.images': {
          registry: { config_path: '/etc/containerd/certs.d' },
          max_concurrent_downloads: 20,
        },
        'io.containerd.cri.v1.runtime': {
          containerd: { runtimes: { runc: { options: { SystemdCgroup: true } } } },
        },
      },
    });
  });

  test('gives pods 310 seconds to end, the kubelet and logind more', () => {
    const { shutdownGracePeriodByPodPriority: grace } = parseYaml(shown(dropIn)) as {
      shutdownGracePeriodByPodPriority: { shutdownGracePeriodSeconds: number }[];
    };
    expect(grace.reduce((sum, row) => sum + row.shutdownGracePeriodSeconds, 0)).toBe(310);
    expect(shown('/etc/systemd/logind.conf.d/99-registry-consolidation.conf')).toBe(
      '[Login]\nInhibitDelayMaxSec=480s\n',
    );
    expect(shown('/etc/systemd/system/kubelet.service.d/20-registry-consolidation.conf')).toContain(
      'TimeoutStopSec=420s\n',
    );
  });

  test('asks the split horizon for the names on its pull paths alone', () => {
    expect(shown('/etc/systemd/resolved.conf.d/10-registry-consolidation.conf')).toBe(
      '[Resolve]\nDNS=10.0.20.1\nDomains=~forgejo.viktorbarzin.me ~registry-vm.viktorbarzin.me\n',
    );
  });

  test('is restarted in no more than what changed', () => {
    expect(nodeEffectCommands(['none', 'none'])).toEqual([]);
    expect(nodeEffectCommands(['kubelet', 'containerd', 'none', 'kubelet'])).toEqual([
      ['systemctl', 'restart', 'containerd'],
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'restart', 'kubelet'],
      expect.arrayContaining(['curl', 'http://127.0.0.1:10248/healthz']),
    ]);
  });

  test('is not restarted for a hosts.toml', () => {
    const effects = kubernetesNode(estate).files.flatMap(({ path, effect }) =>
      path.endsWith('/hosts.toml') ? [effect] : [],
    );
    expect(effects).toHaveLength(8);
    expect(new Set(effects)).toEqual(new Set(['none']));
  });
});
