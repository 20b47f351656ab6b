import { describe, expect, test } from '@jest/globals';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { estateFaults } from '../../estate/validate';
import { withLeaf } from '../support/leaves';

const base: Estate = estate;
const faultsOf = (path: string, value: string | number): readonly string[] =>
  estateFaults(withLeaf(base, path, value));

describe('a value that its reader would refuse, or read as another', () => {
  test.each([
    // A port would stand twice.
    ['legacyRegistry/host', 'registry.viktorbarzin.me:5050', 'is not a name without a port'],
    ['registryVm/pullName', 'registry-vm.viktorbarzin.me:5050', 'is not a name without a port'],
    ['registryVm/name', 'registry.lan:22', 'is not a name without a port'],
    ['pullThroughCaches/0/upstreamUrl', 'https://registry-1.docker.io/mirror', 'without a path'],
    // CoreDNS answers for cluster.local alone.
    ['hosts/traefikService', 'traefik.traefik.svc', 'is no full name of a Service'],
    ['hosts/traefikService', 'traefik.traefik.svc.k8s.lan', 'is no full name of a Service'],
    ['hosts/kubernetesApi', '10.0.20.100:1e3', 'is not an IPv4 address and a port'],
    ['hosts/kubernetesApi', '10.0.20.100: 6443', 'is not an IPv4 address and a port'],
    // `%` is a line's end to cron and a specifier to systemd; a shell reads the rest.
    ['registryVm/folder', '/opt/re%gistry', 'is not a plain absolute path'],
    ['registryVm/folder', '/opt/$(reboot)', 'is not a plain absolute path'],
    ['registryVm/folder', '/opt/registry/', 'is not a plain absolute path'],
    ['registryVm/breakGlass/folder', 'break;glass', 'is not a plain absolute path'],
    ['registryVm/breakGlass/secondCopy/name', 'vm', 'is the name of the first copy'],
    ['registryVm/ssh/user', 'no;body', 'is not the name of a login'],
    ['nodes/admin/name', 'Wizard User', 'is not the name of a login'],
    ['nodes/folders/0', 'sentinel', 'is not a plain absolute path'],
    ['nodes/apt/docker/source', 'https://download.docker.com', 'is not a line of sources.list'],
    ['nodes/apt/docker/keyid', '0EBFCD88', 'is not the full fingerprint of a key'],
    ['nodes/packages/0', 'kubelet kubeadm', 'is not the name of a package'],
    ['registryVm/packages/0', 'Agent', 'is not the name of a package'],
    ['nodes/swap/path', 'swap img', 'is not a plain absolute path'],
    ['nodes/swap/gibibytes', 0, 'is not a whole number from 1 up'],
    ['nodes/swap/swappiness', 300, 'is not a whole number from 0 to 200'],
    ['nodes/journald/maxUse', '500 MB', 'is not a size of journald'],
    ['nodes/journald/maxRetention', '7 moons', 'is not a time span of systemd'],
    // No kubelet starts with these.
    ['nodes/kubelet/evictionSoftGrace', '90', 'is not a duration'],
    ['nodes/kubelet/evictionSoft/nodefsAvailable', '120%', 'is not a quantity'],
    ['nodes/kubelet/containerLog/maxFiles', 1, 'is not a whole number from 2 up'],
    ['nodes/kubelet/shutdownGrace/0/seconds', 1.5, 'is not a number of whole seconds'],
    ['nodes/kubelet/shutdownGrace/0/priority', 5e9, 'is not the number of a priority'],
    ['nodes/kubelet/reserved/cpu', '0,2', 'is not a quantity of processors'],
    ['forgejo/cpuRequest', '15 m', 'is not a quantity of processors'],
    ['forgejo/quota/requestsCpu', 'four', 'is not a quantity of processors'],
    ['forgejo/memory', '6', 'is not a quantity of a mebibyte or more'],
    ['forgejo/tierLabel', '3 edge', 'is not the value of a label'],
    ['forgejo/storage/storageClass', 'A B', 'is not a lower-case DNS name'],
    ['forgejo/storage/claimName', '', 'is not a lower-case DNS name'],
    ['forgejo/registryIngress/transferSeconds', -1, 'is not a whole number from 1 up'],
    ['forgejo/registryIngress/maxBodySize', '9999999g', 'is not a number with k, m or g'],
    ['retention/timeZone', 'europe/sofia', 'is not an IANA time zone'],
    ['retention/timeZone', 'utc', 'is not an IANA time zone'],
  ])('%s %j is refused in words', (path, value, words) => {
    const said = faultsOf(path, value).join('\n');

    expect(said).toContain(words);
    expect(said).toMatch(/^estate[\w.[\]"/ -]*: .+, got ".*"; .+$/m);
  });

  test.each([
    ...['75 3 * * 0', '5 25 * * 0', '5 3 32 * 0', '5 3 0 * 0', '5 3 * 13 0', '5 3 * * 7', '5-1 3 * * 0'],
    ...[
      '2/7 3 * * 0',
      '*/0 3 * * 0',
      '*-5 3 * * 0',
      '5,75 3 * * 0',
      '5 3 * * SUN',
      '5 3  * * 0',
      '',
      '@daily',
    ],
  ])('a schedule %j is none, to cron and to Kubernetes alike', (schedule) => {
    for (const path of ['registryVm/breakGlass/schedule', 'retention/schedule'])
      expect(faultsOf(path, schedule).join('\n')).toContain('is not a cron schedule of five fields');
  });

  test.each([
    'legacyRegistry/runsOn/garbageCollection',
    'registryVm/breakGlass/schedule',
    'retention/schedule',
  ])('%s on a day that no month has never starts', (path) => {
    expect(faultsOf(path, '0 4 31 2,4 *').join('\n')).toContain('never starts, got "0 4 31 2,4 *"');
  });
});

test.each([
  ['registryVm/breakGlass/schedule', '7,9-31/11 1,13 */2 1-12 0-6'],
  ['retention/schedule', '0 4 1 * 6'],
  ['retention/timeZone', 'UTC'],
  ['retention/timeZone', 'Etc/GMT+2'],
  ['retention/timeZone', 'America/Argentina/Buenos_Aires'],
  ['forgejo/cpuRequest', '0.25'],
  ['forgejo/registryIngress/maxBodySize', '5368709120'],
  ['nodes/kubelet/evictionHard/nodefsAvailable', '7.5%'],
  ['nodes/kubelet/evictionSoftGrace', '90s'],
  ['nodes/journald/maxRetention', '1month'],
  ['nodes/apt/docker/source', 'deb http://mirror.example.net/docker noble stable'],
  ['forgejo/storage/storageClass', 'rook.ceph-block'],
])('%s %j is right', (path, value) => {
  expect(faultsOf(path, value)).toEqual([]);
});
