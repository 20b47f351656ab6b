import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { build } from 'esbuild';
import { startClusterNetwork, type ClusterNetwork } from '../../lab/network/cluster-network';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { startSshMachine, type SshMachine as Machine } from './ssh-machine';
import { run, runOk } from '../../terminal/run';
import { applyObjects } from '../../lab/servers/apply-objects';
import { contentText, secretPlaceholder } from '../../cloud-init/content';
import { kubernetesNode } from '../../cloud-init/kubernetes-node';
import { estate } from '../../estate';
import { RegistryClient } from '../../clients/oci/client';
import { rolloutNode } from '../support/rollout-node';
import { pushImage } from '../support/push-image';
import { legacySpellings } from '../../estate/derived/legacy-registry';

/** The cluster's pull login, and its line of htpasswd. */
const login = { username: 'cluster-puller', password: 'pull-password' };
const htpasswd = `${login.username}:$2b$05$abcdefghijklmnopqrstuuzN6p/Ww7Qzo8QXBQ7XjnndrNLHWr8.6\n`;

type Files = Readonly<Record<string, string>>;

/** What the predecessor had left on every node by the summer of 2026. */
const predecessor: Files = {
  '/etc/containerd/config.toml': 'version = 2\n',
  '/etc/containerd/certs.d/forgejo.viktorbarzin.me/hosts.toml':
    'server = "https://forgejo.viktorbarzin.me"\n[host."https://10.0.20.203"]\nskip_verify = true\n',
};

/**
 * What a node holds that misses one file only, beside the configuration and the leftover of the predecessor: as many
 * kinds of steps as from the predecessor's state, and fewer of each.
 */
export const nearlyThere: Files = {
  ...Object.fromEntries(
    kubernetesNode(estate, 1)
      .files.filter(({ path }) => !path.includes('/ghcr.io/'))
      .map(({ path, content }) => [path, contentText(content, secretPlaceholder)]),
  ),
  ...predecessor,
};

export interface RolloutLab {
  readonly lab: Lab<'kubernetes' | 'legacyRegistry' | 'vault'>;
  readonly network: ClusterNetwork;
  readonly machines: readonly Machine[];
  /** The registry VM, with a stand-in for docker, which cannot run here: it writes down what it is told. */
  readonly vm: Machine;
  /** The program of rollout-driver.ts. */
  readonly driver: string;
  /** For `--ssh-config`. */
  readonly sshConfig: string;
  /** The same, with a connection for each command, so that keys and logins are judged each time. */
  readonly sshConfigAlone: string;
  /** The environment in which the operator's programs run. */
  readonly environment: NodeJS.ProcessEnv;
  /** Gives a node these files alone, and its Node object two pods that a drain evicts. @default what the predecessor left */
  reset(machine: Machine, files?: Files): Promise<void>;
  stop(): Promise<void>;
}

/** Three nodes at the estate's own addresses, with its registries where the estate says that they are. */
export async function startRolloutLab(): Promise<RolloutLab> {
  const folder = mkdtempSync(join(tmpdir(), 'rollout-'));
  const lab = await startLab({ kubernetes: true, legacyRegistry: { htpasswd }, vault: true });
  const client = new RegistryClient({ url: lab.legacyRegistry.url, credentials: login });
  for (const repository of ['infra-ci', 'viktor/infra-ci'])
    await pushImage(client, repository, repository, 'latest');

  const { certFile, keyFile } = await lab.authority.issue({
    name: 'registries',
    hosts: [estate.registryVm.pullName, estate.forgejo.host, estate.legacyRegistry.host],
  });
  const registry = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (inner) => {
    const outer = connect(Number(new URL(lab.legacyRegistry.url).port), '127.0.0.1');
    inner.pipe(outer).pipe(inner);
    inner.on('error', () => outer.destroy());
    outer.on('error', () => inner.destroy());
  });
  const caches = createServer((_, response) => response.end('{}'));
  const [registryAt, cachesAt] = [await listening(registry), await listening(caches)];
  const network = await startClusterNetwork(lab, [
    { address: estate.registryVm.address, port: estate.legacyRegistry.runsOn.port, to: registryAt },
    { address: estate.hosts.traefikLoadBalancer, port: 443, to: registryAt },
    ...[...estate.pullThroughCaches, estate.registryVm.ui, estate.registryVm.metrics].map(({ port }) => ({
      address: estate.registryVm.address,
      port,
      to: cachesAt,
    })),
  ]);

  await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  const hostAliases = {
    [estate.registryVm.pullName]: estate.registryVm.address,
    [estate.forgejo.host]: estate.hosts.traefikLoadBalancer,
  };
  const authority = {
    'etc/ssl/certs/ca-certificates.crt': { text: readFileSync(lab.authority.caFile, 'utf8') },
  };
  const machine = {
    network,
    hostAliases,
    user: estate.nodes.admin.name,
    authorizedKeys: readFileSync(join(folder, 'key.pub'), 'utf8'),
  };
  const vm = await startSshMachine(lab, {
    ...machine,
    folders: (await rolloutNode()).folders,
    name: estate.registryVm.name,
    address: estate.registryVm.address,
    files: {
      ...authority,
      'usr/local/bin/docker': { text: '#!/bin/sh\necho "$*" >>/var/log/docker\n', mode: 0o755 },
      'usr/local/bin/systemctl': { text: '#!/bin/sh\n', mode: 0o755 },
    },
  });
  const machines = await Promise.all(
    ['k8s-node1', 'k8s-node2', 'k8s-node3'].map(async (name, at) => {
      const { files, folders } = await rolloutNode();
      return startSshMachine(lab, {
        ...{ ...machine, name, folders },
        address: `10.0.20.10${at + 1}`,
        files: { ...files, ...authority },
      });
    }),
  );
  const sshConfig = join(folder, 'ssh_config');
  const knownHosts = join(folder, 'known_hosts');
  const known = [...machines, vm];
  writeFileSync(knownHosts, known.map(({ hostKey }) => `${hostKey}\n`).join(''));
  const alone = [
    `IdentityFile ${join(folder, 'key')}`,
    `UserKnownHostsFile ${knownHosts}`,
    ...known.map(({ name, address }) => `Host ${name}\n  HostName ${address}`),
    '',
  ];
  // One connection a node, as an operator would have it; its keeper ends with the lab.
  const shared = ['ControlMaster auto', `ControlPath ${folder}/%h`, 'ControlPersist 300', ...alone];
  const sshConfigAlone = join(folder, 'ssh_config_alone');
  writeFileSync(sshConfig, shared.join('\n'));
  writeFileSync(sshConfigAlone, alone.join('\n'));
  await givePullSecret(lab);
  const driver = join(folder, 'driver.cjs');
  await build({
    entryPoints: [require.resolve('./rollout-driver')],
    bundle: true,
    platform: 'node',
    outfile: driver,
    plugins: [
      {
        name: 'files beside their code',
        setup: (build) => {
          build.onLoad({ filter: /\/(estate|cloud-init)\/.*\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replaceAll('__dirname', JSON.stringify(dirname(path))),
            loader: 'ts',
          }));
        },
      },
    ],
  });
  const environment = await operatorEnvironment(lab, network, folder);
  return {
    ...{ lab, network, machines, vm, driver, sshConfig, sshConfigAlone },
    environment,
    reset: (machine, files = predecessor) => reset(lab, machine, files),
    stop: async () => {
      for (const { name } of known)
        await run('ssh', ['-F', sshConfig, '-O', 'exit', name], { env: environment });
      await lab.stop();
      for (const server of [registry, caches]) server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** PATH with kubectl, and with an ssh that stands in the cluster's network as the operator's machine does. */
async function operatorEnvironment(
  { kubernetes }: Lab<'kubernetes'>,
  network: ClusterNetwork,
  folder: string,
): Promise<NodeJS.ProcessEnv> {
  const programs = join(folder, 'operator');
  mkdirSync(programs);
  const kubectl = await findTool('kubectl');
  const wrap = (name: string, line: string): void => {
    writeFileSync(join(programs, name), `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
  };
  wrap('kubectl', kubectl.path);
  wrap('ssh', `${network.enter.join(' ')} /usr/bin/ssh`);
  return {
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    KUBECONFIG: kubernetes.kubeconfig,
  };
}

/** The Secret that the kyverno stack keeps. */
async function givePullSecret({ kubernetes }: Lab<'kubernetes'>): Promise<void> {
  const { namespace, name } = estate.pullSecret;
  const hosts = [...legacySpellings(estate), estate.forgejo.host];
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  const config = { auths: Object.fromEntries(hosts.map((host) => [host, { auth }])) };
  await applyObjects(kubernetes, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify(config) },
    },
  ]);
}

async function reset(
  { kubernetes }: Lab<'kubernetes'>,
  { name, execute }: Machine,
  files: Files,
): Promise<void> {
  const words = Object.entries(files).flatMap(([path, text]) => [path, text]);
  const script = [
    'umask 022; rm -rf /etc/containerd /etc/kubernetes /sentinel /var/lib/registry-consolidation',
    'find /etc -name "*registry-consolidation.conf" -delete',
    'while [ $# -gt 0 ]; do mkdir -p "$(dirname "$1")"; printf %s "$2" >"$1"; shift 2; done',
    'systemctl restart containerd; : >/var/log/systemctl',
    'for image in $(ctr -n k8s.io images ls -q); do ctr -n k8s.io images rm --sync "$image"; done',
  ].join('\n');
  await execute('sh', '-c', script, 'reset', ...words);
  await kubernetes.kubectl(['delete', 'node', name, '--ignore-not-found']);
  await kubernetes.kubectl([
    ...['delete', 'pods', '--namespace', 'default', `--selector=node=${name}`],
    ...['--grace-period=0', '--force'],
  ]);
  await applyObjects(kubernetes, [
    { apiVersion: 'v1', kind: 'Node', metadata: { name } },
    ...['web', 'db'].map((app) => pod(app, name)),
  ]);
  for (const app of ['web', 'db'])
    await kubernetes.kubectl([
      ...['patch', 'pod', `${app}-${name}`, '--subresource=status', '--type=merge', '-p'],
      // A budget is asked only for a pod that runs and is ready.
      JSON.stringify({ status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
    ]);
  await kubernetes.kubectl([
    ...['patch', 'node', name, '--subresource=status', '--type=merge', '-p'],
    JSON.stringify({
      status: {
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
        nodeInfo: { containerRuntimeVersion: 'containerd://1.6.20' },
      },
    }),
  ]);
}

/** Of a ReplicaSet, so that a drain takes it, and with no grace, since no kubelet is there to say that it has ended. */
function pod(app: string, node: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${app}-${node}`,
      namespace: 'default',
      labels: { app, node },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: app,
          uid: '00000000-0000-0000-0000-000000000001',
          controller: true,
        },
      ],
    },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      containers: [{ name: app, image: 'registry.viktorbarzin.me/infra-ci:latest' }],
    },
  };
}
