import { describe, expect, test } from '@jest/globals';
import { estate } from '../../estate';
import type { App, Pull, Workload } from '../../estate/apps';
import type { Estate } from '../../estate/estate';
import type { Image } from '../../estate/images';
import { phases } from '../../estate/phases';
import { validateEstate } from '../../estate/validate';
import { estateAt, withTestEvidence } from '../support/estates';

/** `<where>: <what is wrong>, got <value>; <what to do>` */
const messageForm = /^estate[\w.[\]"/ -]*: .+, got .+; .+$/;

const image = (change: Partial<Image>, name = 'payslip-ingest'): Partial<Estate> => ({
  images: estate.images.map((row) => (row.name === name ? { ...row, ...change } : row)),
});
const app = (change: Partial<App>, stack = 'payslip-ingest'): Partial<Estate> => ({
  apps: estate.apps.map((row) => (row.stack === stack ? { ...row, ...change } : row)),
});
const pulls = (change: Partial<Pull>): Partial<Estate> => {
  const row = estate.apps[0];
  return row === undefined ? {} : app({ pulls: row.pulls.map((pull) => ({ ...pull, ...change })) });
};
const workloads = (change: Partial<Workload>): Partial<Estate> => {
  const pull = estate.apps[0]?.pulls[0];
  return pull === undefined ? {} : pulls({ workloads: pull.workloads.map((row) => ({ ...row, ...change })) });
};
const forgejo = (change: Partial<Estate['forgejo']>): Partial<Estate> => ({
  forgejo: { ...estate.forgejo, ...change },
});
const storage = (change: Partial<Estate['forgejo']['storage']>): Partial<Estate> =>
  forgejo({ storage: { ...estate.forgejo.storage, ...change } });
const hosts = (change: Partial<Estate['hosts']>): Partial<Estate> => ({
  hosts: { ...estate.hosts, ...change },
});
const token = (duty: string, change: Partial<Estate['tokens'][number]>): Partial<Estate> => ({
  tokens: estate.tokens.map((row) => (row.duty === duty ? { ...row, ...change } : row)),
});
const vm = (change: Partial<Estate['registryVm']>): Partial<Estate> => ({
  registryVm: { ...estate.registryVm, ...change },
});
const retention = (change: Partial<Estate['retention']>): Partial<Estate> => ({
  retention: { ...estate.retention, ...change },
});
const cache = (change: Partial<Estate['pullThroughCaches'][number]>): Partial<Estate> => ({
  pullThroughCaches: estate.pullThroughCaches.map((row, index) =>
    index === 0 ? { ...row, ...change } : row,
  ),
});

/** What is wrong, how the real estate is changed to be so, and the message its owner reads. */
const wrongEstates: readonly (readonly [string, Partial<Estate>, string])[] = [
  // rules across facts
  [
    'a floating tag without an exception',
    image({ tag: 'latest' }),
    'estate.images["payslip-ingest"]: tag floats and two nodes may run different builds of it, got "latest"',
  ],
  [
    'a floating tag that an updater sees',
    image({ tag: '1', tagOwner: 'updater' }),
    'tag floats and the updater that owns it may replace it, got "1"',
  ],
  [
    'a floating tag that a cache sees',
    { images: estate.images.map(({ floating, ...row }: Image) => row) },
    'estate.images["claude-memory-mcp"]: tag floats and the cache of "docker.io" may serve a stale one, got "17"',
  ],
  [
    'a major version of Forgejo',
    forgejo({ image: 'codeberg.org/forgejo/forgejo:11' }),
    'estate.forgejo.image: tag floats, so an updater may replace it, got "codeberg.org/forgejo/forgejo:11"',
  ],
  [
    'a private image without the pull secret',
    workloads({ hasPullSecret: false }),
    'estate.apps["payslip-ingest"]: Deployment/payslip-ingest pulls from the private "registry.viktorbarzin.me" without the pull secret',
  ],
  [
    'a delete token of another account',
    token('delete', { owner: 'ci-pusher' }),
    'estate.tokens["cleanup"]: duty is "delete" but packages of "viktor" answer 403 to anyone else, got owner "ci-pusher"',
  ],
  [
    'a push token of another account',
    token('push', { owner: 'ci-pusher' }),
    'estate.tokens["push"]: duty is "push" but packages of "viktor" answer 403',
  ],
  [
    'a pull token without a package scope',
    token('pull', { scopes: ['read:repository'] }),
    'estate.tokens["pull"]: duty "pull" needs the scope "read:package", got "read:repository"',
  ],
  [
    'a pull token of the account that owns the packages',
    token('pull', { owner: 'viktor' }),
    'estate.tokens["pull"]: its account owns the packages and every namespace receives the token, got owner "viktor"',
  ],
  [
    'a push token that may only read',
    token('push', { scopes: ['read:package'] }),
    'estate.tokens["push"]: duty "push" needs the scope "write:package"',
  ],
  [
    'a duty without a token',
    { tokens: estate.tokens.filter(({ duty }) => duty !== 'delete') },
    'estate.tokens: duty "delete" needs exactly one token, got ""',
  ],
  [
    'one key for two duties',
    token('delete', { vault: { path: 'ci/global', key: 'forgejo_push_token' } }),
    'estate.tokens["cleanup"]: shares its Vault key with another duty, got "secret/ci/global" key "forgejo_push_token"',
  ],
  [
    'an app cut over before the cutover',
    app({ cutOver: true }),
    'estate.apps["payslip-ingest"]: is cut over in phase "prepare", got cutOver "true"',
  ],
  [
    'an app past cutover whose image is not known to be in the target',
    app({ cutOver: true }),
    'estate.evidence: app "payslip-ingest" pulls from Forgejo without its evidence, got no claim "image-present/payslip-ingest"',
  ],
  ["a bake without a project's dual push", { phase: 'bake' }, 'got no claim "dual-push/hmrc-sync"'],
  [
    'a cutover without a bake',
    { phase: 'cutover' },
    'estate.evidence: phase is "cutover" without its evidence, got no claim "bake-complete"',
  ],
  [
    'a decommission with an app left behind',
    { phase: 'decommission' },
    'estate.apps["wealthfolio"]: still pulls from the legacy registry in phase "decommission"',
  ],
  ['a decommission that nothing proves', { phase: 'decommission' }, 'got no claim "legacy-unused"'],
  [
    'retention enforced without clean observed runs',
    retention({ mode: 'enforce' }),
    'estate.evidence: retention is "enforce" without its evidence, got no claim "retention-observed"',
  ],
  [
    'a pod over the quota of its namespace',
    forgejo({ memory: '9Gi' }),
    'estate.forgejo.memory: is over the namespace quota\'s requestsMemory of "8Gi", got "9Gi"',
  ],
  [
    'two owners of one tag',
    workloads({ imageSetBy: 'updater' }),
    'estate.apps["payslip-ingest"]: Deployment/payslip-ingest has its image set by another than "terraform", which owns the tag of "payslip-ingest", got "updater"',
  ],
  [
    'a retained folder inside a deleted one',
    vm({ retainedPaths: ['/opt/registry/data/private/_breakglass'] }),
    'estate.registryVm.retainedPaths: lies inside "/opt/registry/data/private", which is deleted, got "/opt/registry/data/private/_breakglass"',
  ],
  [
    'a published port without a listener',
    vm({ services: ['registry-ui', 'metrics'] }),
    'estate.registryVm.publishedPorts: nothing listens on 5050, got listener "registry-private"',
  ],
  [
    'a port published twice',
    vm({ publishedPorts: [...estate.registryVm.publishedPorts, { port: 5000, listener: 'metrics' }] }),
    'estate.registryVm.publishedPorts: port 5000 is published twice',
  ],
  [
    'a cache that is not published',
    cache({ port: 5001 }),
    'estate.pullThroughCaches["dockerhub"]: its port is not published, got 5001',
  ],
  [
    'a name-routed host dialled by bare address',
    {
      pullPaths: [
        { client: 'kubelet', host: 'forgejo.viktorbarzin.me', dials: '10.0.20.200', nameRouted: true },
      ],
    },
    'estate.pullPaths: "kubelet" reaches "forgejo.viktorbarzin.me" through an ingress that routes by name, got the bare address "10.0.20.200"',
  ],
  [
    'a name-routed host dialled by bare IPv6 address',
    {
      pullPaths: [
        { client: 'pod', host: 'forgejo.viktorbarzin.me', dials: '2001:470:6e:43d::2', nameRouted: true },
      ],
    },
    'got the bare address "2001:470:6e:43d::2"',
  ],
  [
    'tags that collide in lower case',
    image({ tag: '4f70681d', otherTags: ['Latest', 'latest'] }),
    'estate.images["payslip-ingest"]: tags that differ in case alone become one in Forgejo, got "Latest" and "latest"',
  ],
  [
    'a GitHub pipeline for a repository without an id',
    { githubProjects: [{ repository: 'k8s-portal', deployTrigger: 'rendered' }] },
    'estate.githubProjects["k8s-portal"]: its deploy trigger needs a Woodpecker repository id, got none',
  ],
  [
    'a dual push through an entry point that cuts it',
    { phase: 'dual-push' },
    'estate.hosts.websecure.readTimeoutSeconds: cuts a transfer that may take 3600 s, got 60',
  ],
  [
    'a pull of an unknown image',
    pulls({ image: 'payslip' }),
    'estate.apps["payslip-ingest"]: names an image that estate/images.ts does not have, got "payslip"',
  ],
  [
    'a project of an unknown image',
    { projects: [{ name: 'nothing', move: 'push', pipeline: '.woodpecker.yml', pipelineIs: 'new' }] },
    'estate.projects["nothing"]: names an image',
  ],
  [
    'a pipeline step of an unknown image',
    { pipelineSteps: [{ file: '.woodpecker/x.yml', step: 'x', image: 'nothing' }] },
    'estate.pipelineSteps[".woodpecker/x.yml"]: names an image',
  ],
  [
    'two rows of one image',
    { images: [...estate.images, ...estate.images.slice(0, 1)] },
    'estate.images: has two rows of one name, got "payslip-ingest"',
  ],
  // field classes
  ['a phase that is none', { phase: 'done' as Estate['phase'] }, 'estate.phase: is not a phase, got "done"'],
  [
    'a host with a scheme',
    hosts({ kubernetesApi: 'https://10.0.20.100:6443' }),
    'estate.hosts.kubernetesApi: host "https://10.0.20.100:6443" is not a lower-case DNS name',
  ],
  [
    'an address with an octet too large',
    hosts({ traefikLoadBalancer: '10.0.20.256' }),
    'estate.hosts.traefikLoadBalancer: is not an IPv4 address, got "10.0.20.256"',
  ],
  [
    'a URL without a scheme',
    hosts({ vaultAddress: 'vault.viktorbarzin.me' }),
    'estate.hosts.vaultAddress: is not an http or https URL',
  ],
  [
    'seconds with a fraction',
    hosts({ websecure: { readTimeoutSeconds: 0.5, writeTimeoutSeconds: 0 } }),
    'estate.hosts.websecure.readTimeoutSeconds: is not a number of whole seconds, got "0.5"',
  ],
  [
    'a registry without a spelling',
    { registries: { ...estate.registries, forgejo: { ...estate.registries.forgejo, spellings: [] } } },
    'estate.registries["forgejo"].spellings: is empty',
  ],
  [
    'a port that is none',
    cache({ port: 0 }),
    'estate.pullThroughCaches["dockerhub"].port: is not a port, got "0"',
  ],
  [
    'an upper-case package name',
    image({ name: 'Payslip' }),
    'estate.images["Payslip"].name: path component "Payslip" is not lower-case',
  ],
  [
    'a tag with a space',
    image({ tag: 'a b' }),
    'estate.images["payslip-ingest"].tag: tag "a b" is not 1 to 128',
  ],
  [
    'a digest that is too short',
    image({ digest: 'sha256:12' }),
    'estate.images["payslip-ingest"].digest: digest "sha256:12" is not',
  ],
  [
    'a source with a scheme',
    image({ source: { registry: 'legacy', host: 'https://registry.viktorbarzin.me', repository: 'x' } }),
    'estate.images["payslip-ingest"].source.host: host',
  ],
  [
    'an exception without a date',
    image({ floating: { until: 'soon', why: 'it is fine' } }),
    'estate.images["payslip-ingest"].floating.until: is not a date, got "soon"',
  ],
  [
    'an exception without a reason',
    image({ floating: { until: '2026-12-31', why: '' } }),
    'estate.images["payslip-ingest"].floating.why: is not a reason',
  ],
  [
    'a stack name that is no folder',
    app({ stack: 'Payslip Ingest' }),
    'estate.apps["Payslip Ingest"].stack: is not a Kubernetes object name',
  ],
  [
    'a folder outside the stacks',
    pulls({ folder: '../secrets' }),
    'estate.apps["payslip-ingest"].pulls["payslip-ingest"].folder: is not a folder below stacks/',
  ],
  [
    'a pull without a workload',
    pulls({ workloads: [] }),
    'estate.apps["payslip-ingest"].pulls["payslip-ingest"].workloads: is empty',
  ],
  [
    'a workload without a container',
    workloads({ containers: [], initContainers: [] }),
    '.workloads["payslip-ingest"].containers: is empty',
  ],
  [
    'a container name with an underscore',
    workloads({ containers: ['payslip_ingest'] }),
    '.containers: is not a Kubernetes object name, got "payslip_ingest"',
  ],
  [
    "a Vault path with the mount's slash",
    token('pull', { vault: { path: '/viktor', key: 'forgejo_pull_token' } }),
    'estate.tokens["pull"].vault.path: is not a path of a KV secret, got "/viktor"',
  ],
  [
    'a token where its key belongs',
    token('pull', { vault: { path: 'viktor', key: 'GTxyz-0123' } }),
    'estate.tokens["pull"].vault.key: is not a key of a KV secret',
  ],
  [
    'a quantity in lower case',
    forgejo({ memory: '6gi' }),
    'estate.forgejo.memory: is not a quantity above zero, got "6gi"',
  ],
  [
    'a quota of no pods',
    forgejo({ quota: { ...estate.forgejo.quota, pods: 0 } }),
    'estate.forgejo.quota.pods: is not a whole number from 1 up',
  ],
  [
    'a threshold of used space',
    storage({ freeThresholdPercent: 80 }),
    'estate.forgejo.storage.freeThresholdPercent: is not a share of free space between 1 and 50 %, got "80"',
  ],
  [
    'growth by nothing',
    storage({ increasePercent: 0 }),
    'estate.forgejo.storage.increasePercent: is not a percentage',
  ],
  [
    'a ceiling below the floor',
    storage({ ceiling: '10Gi' }),
    'estate.forgejo.storage.ceiling: is below the initial "15Gi", got "10Gi"',
  ],
  [
    'a body size in words',
    forgejo({ registryIngress: { ...estate.forgejo.registryIngress, maxBodySize: '5 GB' } }),
    'estate.forgejo.registryIngress.maxBodySize: is not a number with k, m or g, got "5 GB"',
  ],
  [
    'a schedule of six fields',
    retention({ schedule: '0 0 4 * * *' }),
    'estate.retention.schedule: is not a cron schedule of five fields',
  ],
  [
    'a time zone that is none',
    retention({ timeZone: 'Mars/Base' }),
    'estate.retention.timeZone: is not an IANA time zone, got "Mars/Base"',
  ],
  [
    'a share above one',
    retention({ maxDeletedShareOfPackage: 30 }),
    'estate.retention.maxDeletedShareOfPackage: is not a share between 0 and 1, got "30"',
  ],
  [
    'a path with dots',
    vm({ deletedPaths: ['/opt/registry/../data'] }),
    'estate.registryVm paths: is not an absolute path, got "/opt/registry/../data"',
  ],
  [
    'a chart version that floats',
    { kyverno: { ...estate.kyverno, chartVersion: '3.x' } },
    'estate.kyverno.chartVersion: is not a full version, got "3.x"',
  ],
  [
    'a repository id that is none',
    { woodpeckerRepositoryIds: { ...estate.woodpeckerRepositoryIds, infra: 0 } },
    'estate.woodpeckerRepositoryIds["infra"]: is not a whole number from 1 up',
  ],
];

function faultsOf(change: Partial<Estate>): string[] {
  try {
    validateEstate({ ...estate, ...change });
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1);
  }
}

describe('an estate', () => {
  test('the real one obeys every rule', () => {
    expect(validateEstate(estate)).toBe(estate);
  });

  test.each(phases)('obeys every rule at %s with its evidence', (phase) => {
    expect(validateEstate(estateAt(phase)).phase).toBe(phase);
  });

  test.each(wrongEstates)('with %s is refused', (_, change, message) => {
    const faults = faultsOf(change);
    expect(faults.join('\n')).toContain(message);
    expect(faults.filter((fault) => !messageForm.test(fault))).toEqual([]);
  });

  test('has all its faults reported at once', () => {
    const faults = faultsOf({
      ...hosts({ vaultAddress: 'x' }),
      ...retention({ mode: 'enforce' }),
      ...image({ tag: 'latest' }),
    });
    expect(faults).toHaveLength(3);
  });

  test('enforces retention once its observed runs are evidence, about that policy alone', () => {
    const enforcing = withTestEvidence({ ...estate, ...retention({ mode: 'enforce' }) });
    expect(() => validateEstate(enforcing)).not.toThrow();
    expect(() =>
      validateEstate({ ...enforcing, retention: { ...enforcing.retention, keepNewestTags: 1 } }),
    ).toThrow('estate.evidence["retention-observed"]: was measured about other facts');
  });
});
