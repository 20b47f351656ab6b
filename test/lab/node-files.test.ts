import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { renderCloudConfig } from '../../cloud-init/cloud-config';
import { contentText } from '../../cloud-init/content';
import { kubernetesNode } from '../../cloud-init/kubernetes-node';
import { kubernetesNodeCloudConfig } from '../../cloud-init/kubernetes-node-cloud-config';
import type { Content } from '../../cloud-init/managed-file';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { run } from '../../terminal/run';
import { secondEstate } from '../second-estate';
import { estateAt } from '../support/estates';
import { formatReaders } from '../support/format-readers';
import { describeLab } from './describe-lab';

const dropIn = '/etc/kubernetes/kubelet.conf.d/10-registry-consolidation.conf';

/** What stands in Vault, as far as a reader of these files could tell. */
const secrets: Readonly<Record<string, string>> = {
  ssh_public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB wizard@lab',
  vm_wizard_password: '$6$salt$hash',
  k8s_join_command:
    'kubeadm join 10.0.20.100:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:00',
};
const withSecrets = (content: Content): string =>
  contentText(content, ({ vault }) => secrets[vault.key] ?? '');

describeLab('what a node receives, read by what reads it', () => {
  const { root, put, read, pathOf } = formatReaders([
    ...(['cloud-init', 'containerd', 'containerd-2', 'kubelet', 'shellcheck', 'systemd-analyze'] as const),
  ]);
  const textOf = (path: string, major: 1 | 2 = 2, subject: Estate = estate): string =>
    withSecrets(kubernetesNode(subject, major).files.find((file) => file.path === path)?.content ?? []);

  it.each([
    ['this estate in prepare', estateAt('prepare')],
    ['this estate in decommission', estateAt('decommission')],
    ['the second estate', secondEstate],
  ])('cloud-init accepts the cloud-config of %s', async (name, subject) => {
    const text = renderCloudConfig(kubernetesNodeCloudConfig(subject), withSecrets);
    const file = put(`${name}/user-data`, text);
    const { code, stdout } = await read('cloud-init', 'schema', '--config-file', file);
    expect(stdout).toContain('Valid cloud-config');
    expect(code).toBe(0);
  });

  it('cloud-init finds in its files what stands there, line ends of Unicode and all', async () => {
    const texts = [
      'a\u2028b',
      'a\u2029b',
      'a\u0085b\n',
      '\ufeffa',
      'a\u009bb',
      'a\uffffb',
      'é\n',
      'on',
      ' \n a',
    ];
    const config = kubernetesNodeCloudConfig(estate);
    const files = texts.map((content, index) => ({
      ...{ path: `/srv/${index}`, mode: '0644' as const, effect: 'none' as const },
      content: [content],
    }));
    const script = put(
      'unicode/read.py',
      `import json, sys
from cloudinit import util
from cloudinit.config.cc_write_files import canonicalize_extraction, extract_contents
files = util.load_yaml(open(sys.argv[1], "rb").read())["write_files"]
read = lambda file: extract_contents(file["content"], canonicalize_extraction(file.get("encoding")))
print(json.dumps([util.decode_binary(read(file)) for file in files]))
`,
    );
    const userData = put(
      'unicode/user-data',
      renderCloudConfig({ ...config, write_files: files }, withSecrets),
    );
    const env = {
      ...process.env,
      PYTHONPATH: join(dirname(pathOf('cloud-init')), 'usr/lib/python3/dist-packages'),
      PYTHONWARNINGS: 'ignore',
    };
    const { stdout, stderr } = await run('/usr/bin/python3', [script, userData], { cwd: root, env });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(texts);
  });

  it('cloud-init would not accept a command that is no command', async () => {
    const text = renderCloudConfig(kubernetesNodeCloudConfig(estate)).replace('runcmd:', 'runcmd: true\nx:');
    const { code, stdout, stderr } = await read(
      ...(['cloud-init', 'schema', '--config-file', put('wrong/user-data', text)] as const),
    );
    expect(stdout + stderr).toContain("runcmd: True is not of type 'array'");
    expect(code).not.toBe(0);
  });

  it.each([
    ['containerd', 1, { config_path: 'plugins."io.containerd.grpc.v1.cri".registry' }],
    ['containerd-2', 2, { config_path: "plugins.'io.containerd.cri.v1.images'.registry" }],
    // An upgraded containerd goes on with the file of the one before it, until the next rollout.
    ['containerd-2', 1, { config_path: "plugins.'io.containerd.cri.v1.images'.registry" }],
  ] as const)('%s takes the config.toml for %i.x as its own', async (tool, major, { config_path }) => {
    const file = put(`${tool}-${major}/config.toml`, textOf('/etc/containerd/config.toml', major));
    const { code, stdout, stderr } = await read(tool, '--config', file, 'config', 'dump');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const table = stdout.slice(stdout.indexOf(`[${config_path}]`));
    expect(table).toMatch(/^.*\n\s+config_path = ["']\/etc\/containerd\/certs\.d["']\n/);
    expect(stdout).toMatch(/max_concurrent_downloads = 20\n/);
    expect(stdout).toMatch(/SystemdCgroup = true\n/);
    expect(stdout).toMatch(/["']registry\.k8s\.io\/pause:3\.10["']/);
  });

  const kubelet = async (folder: string, text: string): Promise<string> => {
    const main = put(
      `${folder}/config.yaml`,
      JSON.stringify({
        ...{ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' },
        containerRuntimeEndpoint: `unix://${join(root, 'nothing.sock')}`,
        authentication: { anonymous: { enabled: false }, webhook: { enabled: false } },
        authorization: { mode: 'AlwaysAllow' },
      }),
    );
    const { stderr } = await read(
      ...(['kubelet', '--config', main, '--config-dir', dirname(put(join(folder, dropIn), text))] as const),
      ...['--root-dir', join(root, folder, 'root'), '-v=5'],
    );
    return stderr;
  };

  it('the kubelet merges its drop-in, and stops only for want of a runtime', async () => {
    const said = await kubelet('kubelet', textOf(dropIn));
    expect(said).toContain('failed to run Kubelet: validate service connection');
    for (const merged of ['"maxParallelImagePulls": 50', '"failSwapOn": false', '"cgroupDriver": "systemd"'])
      expect(said.toLowerCase()).toContain(merged.toLowerCase());
  });

  it('containerd and the kubelet take those of the second estate', async () => {
    const file = put(
      'second/config.toml',
      textOf('/etc/containerd/config.toml', secondEstate.nodes.containerd.major, secondEstate),
    );
    const { code, stdout } = await read('containerd', '--config', file, 'config', 'dump');
    expect([code, stdout]).toEqual([0, expect.stringContaining('max_concurrent_downloads = 7\n')]);
    expect(await kubelet('second-kubelet', textOf(dropIn, 1, secondEstate))).toContain(
      'failed to run Kubelet: validate service connection',
    );
  });

  it('the kubelet would refuse parallel pulls that are serialized', async () => {
    const wrong = textOf(dropIn).replace('serializeImagePulls: false', 'serializeImagePulls: true');
    expect(await kubelet('wrong-kubelet', wrong)).toContain('maxParallelImagePulls cannot be larger than 1');
  });

  /** What systemd says about the kubelet's unit, as kubeadm's package has it, with our drop-in. */
  const verifyUnit = async (folder: string, text: string): Promise<string> => {
    const unit = [
      '[Unit]\nDefaultDependencies=no\n[Service]',
      'Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"',
      'ExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS\n',
    ];
    put(`${folder}/etc/systemd/system/kubelet.service`, unit.join('\n'));
    put(`${folder}/etc/systemd/system/kubelet.service.d/20-registry-consolidation.conf`, text);
    // Some versions want the program to be there, and none reads it.
    put(`${folder}/usr/bin/kubelet`, '');
    const { stdout, stderr } = await read(
      ...(['systemd-analyze', 'verify', `--root=${join(root, folder)}`, 'kubelet.service'] as const),
    );
    return stdout + stderr;
  };
  const unitDropIn = textOf('/etc/systemd/system/kubelet.service.d/20-registry-consolidation.conf');

  it('systemd ignores nothing of the drop-in for its unit', async () => {
    expect(await verifyUnit('unit', unitDropIn)).not.toContain('ignoring');
    expect(await verifyUnit('wrong-unit', unitDropIn.replace('420s', '420 moons'))).toContain(
      'Failed to parse time value, ignoring: 420 moons',
    );
  });

  it('shellcheck has nothing to say about the script that joins', async () => {
    const script = kubernetesNodeCloudConfig(estate).write_files.at(-1);
    const file = put('script/join-cluster', withSecrets(script?.content ?? []));
    const { code, stdout } = await read('shellcheck', file);
    expect(stdout).toBe('');
    expect(code).toBe(0);
  });
});
