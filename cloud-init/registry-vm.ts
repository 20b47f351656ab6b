import { legacyOnVm, presentLegacyOnVm } from '../estate/derived/legacy-registry';
import { breakGlassFolder } from '../estate/derived/registry-vm-paths';
import type { EstateWithVm } from '../estate/estate';
import { adminUser, sudoer } from './admin-user';
import { breakGlassFiles } from './break-glass';
import type { CloudConfig, User } from './cloud-config';
import { composeFile } from './compose';
import { fileFaults } from './file-faults';
import { collectGarbagePath, collectGarbageScript, garbageCollectionCron } from './garbage-collection';
import { managedFile, type ManagedFile, type ManagedMachine } from './managed-file';
import { printUnit } from './systemd-unit';
import { vmServices } from './vm-services';

/** What a changed file of the registry VM needs: see {@link vmSteps}. */
export type VmEffect = 'none' | 'daemon-reload' | 'compose-up' | `recreate ${string}`;

const unitName = 'docker-compose-registry.service';

/**
 * Everything that the registry VM holds in the estate's phase: the one list behind its cloud-config, its mounts, its
 * rollout, its sync pipeline and their verification.
 *
 * @throws Error with every fault of its files, one a line
 */
export function registryVm(estate: EstateWithVm): ManagedMachine<VmEffect> {
  const { folder } = estate.registryVm;
  const legacy = presentLegacyOnVm(estate);
  const services = vmServices(estate);
  const files: ManagedFile<VmEffect>[] = [
    ...services.flatMap(({ name, files: mounted = [] }) =>
      mounted.map(({ target: _, ...file }) => ({ ...file, effect: `recreate ${name}` as const })),
    ),
    managedFile(`${folder}/docker-compose.yml`, 'compose-up', composeFile(services)),
    managedFile(collectGarbagePath(estate), 'none', collectGarbageScript(estate), '0755'),
    managedFile('/etc/cron.d/registry-garbage-collection', 'none', garbageCollectionCron(estate)),
    ...breakGlassFiles(estate),
    managedFile(`/etc/systemd/system/${unitName}`, 'daemon-reload', composeUnit(folder)),
  ];
  const faults = fileFaults('registryVm.files', files);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const dataFolders = services.flatMap(({ folders = [] }) => folders.map(({ source }) => source));
  return {
    directories: [
      ...[folder, `${folder}/data`, ...dataFolders],
      ...(legacy === undefined ? [] : [`${folder}/tls`]),
      breakGlassFolder(estate),
    ],
    files,
    absent: [
      // Both repaired registries behind their back, and broke them (ADR 16).
      ...['cleanup-tags.sh', 'fix-broken-blobs.sh'].map((name) => `${folder}/${name}`),
      // Where the predecessor's sync put what nobody mounted (incident 12).
      `${folder}/nginx_registry.conf`,
      ...(legacy === undefined ? filesOfLegacy(estate) : []),
    ],
  };
}

function filesOfLegacy(estate: EstateWithVm): string[] {
  const legacy = legacyOnVm(estate);
  const names = legacy === undefined ? [] : [`config-${legacy.name}.yml`, 'htpasswd', 'tls'];
  return names.map((name) => `${estate.registryVm.folder}/${name}`);
}

/** What a new registry VM does at its first boot: the same files, then the services. */
export function registryVmCloudConfig(estate: EstateWithVm): CloudConfig {
  const { directories, files } = registryVm(estate);
  const { apt } = estate.nodes;
  const { packages, ssh } = estate.registryVm;
  return {
    users: usersOf(adminUser(estate), {
      ...sudoer(ssh.user),
      ssh_authorized_keys: [[{ vault: ssh.publicKey }]],
    }),
    aptSources: { 'docker.list': apt.docker },
    packages,
    write_files: files,
    runcmd: [
      ['mkdir', '-p', ...directories],
      ['systemctl', 'enable', '--now', 'qemu-guest-agent.service'],
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', '--now', unitName],
    ],
  };
}

/** One login of two owners takes both keys: of two users of one name cloud-init makes the first alone. */
function usersOf(admin: User, pipeline: User): readonly User[] {
  if (admin.name !== pipeline.name) return [admin, pipeline];
  return [{ ...admin, ssh_authorized_keys: [...admin.ssh_authorized_keys, ...pipeline.ssh_authorized_keys] }];
}

/** A command that makes changed files of one effect count. */
export interface VmStep {
  readonly when: VmEffect;
  readonly command: string;
}

/** Every command that any effect needs, in the order in which they must run. */
export function vmSteps(estate: EstateWithVm): readonly VmStep[] {
  const compose = `docker compose --project-directory ${estate.registryVm.folder}`;
  const step = (when: VmEffect, command: string): VmStep => ({ when, command });
  const recreated = vmServices(estate).filter(({ files = [] }) => files.length > 0);
  return [
    step('daemon-reload', 'systemctl daemon-reload'),
    step('daemon-reload', `systemctl enable ${unitName}`),
    // A configuration that nginx refuses would take every cache with it, so it is read before it counts.
    step('recreate nginx', `${compose} run --rm --no-deps -T nginx nginx -t`),
    step('compose-up', `${compose} up -d --remove-orphans`),
    // A container goes on reading the file that it was started with.
    ...recreated.map(({ name }) =>
      step(`recreate ${name}`, `${compose} up -d --no-deps --force-recreate ${name}`),
    ),
  ];
}

/** The commands that make changed files count, in the order in which they must run. */
export function vmEffectCommands(estate: EstateWithVm, effects: readonly string[]): readonly string[] {
  return vmSteps(estate)
    .filter(({ when }) => effects.includes(when))
    .map(({ command }) => command);
}

/** What the registry VM must show when it works, asked on the VM itself: no DNS needs to know the name of a URL. */
export type VmCheck =
  | {
      readonly kind: 'answer';
      readonly url: string;
      /** HTTP statuses that show that the right server answers. */
      readonly statuses: readonly number[];
      readonly curlOptions: readonly string[];
    }
  /** Root's crontab has no line that matches: a file of /etc/cron.d does this work now. */
  | { readonly kind: 'crontab'; readonly pattern: string };

/** A request for each port that the VM publishes; the legacy registry asks for a login. */
export function vmChecks(estate: EstateWithVm): readonly VmCheck[] {
  const { legacyRegistry, pullThroughCaches, registryVm: vm } = estate;
  const answer = (url: string, status: number): VmCheck => {
    const { hostname, port } = new URL(url);
    return {
      kind: 'answer',
      url,
      statuses: [status],
      curlOptions: [
        // Its containers may still be starting.
        ...['--retry', '15', '--retry-delay', '2', '--retry-all-errors'],
        ...['--resolve', `${hostname}:${port}:${vm.address}`],
      ],
    };
  };
  const at = (port: number, path: string): string => `http://${vm.address}:${port}${path}`;
  const legacy = presentLegacyOnVm(estate);
  return [
    ...pullThroughCaches.map(({ port }) => answer(at(port, '/v2/'), 200)),
    ...(legacy === undefined ? [] : [answer(`https://${legacyRegistry.host}:${legacy.port}/v2/`, 401)]),
    answer(at(vm.ui.port, '/'), 200),
    answer(at(vm.metrics.port, '/metrics'), 200),
    { kind: 'crontab', pattern: 'garbage-collect|cleanup-tags|fix-broken-blobs' },
  ];
}

function composeUnit(folder: string): string {
  return printUnit({
    Unit: {
      Description: 'Pull-through caches',
      Requires: 'docker.service',
      After: 'docker.service network-online.target',
      Wants: 'network-online.target',
    },
    Service: {
      Type: 'oneshot',
      RemainAfterExit: 'yes',
      WorkingDirectory: folder,
      ExecStart: '/usr/bin/docker compose up -d --remove-orphans',
      ExecStop: '/usr/bin/docker compose down',
      TimeoutStartSec: '300',
    },
    Install: { WantedBy: 'multi-user.target' },
  });
}
