import { describe, expect, test } from '@jest/globals';
import { estate } from '../../estate';
import type { App, Pull, Workload } from '../../estate/apps';
import type { Estate } from '../../estate/estate';
import type { Image } from '../../estate/images';
import { resolvers, type Resolver } from '../../estate/name-resolution';
import type { LegacyOnVm } from '../../estate/legacy-registry';
import { phases } from '../../estate/phases';
import type { Duty, Token } from '../../estate/tokens';
import { fieldTable } from '../../estate/rules/field-table';
import { valuesAt } from '../../estate/rules/fields';
import { validateEstate } from '../../estate/validate';
import type { RegistryVmFacts } from '../../estate/registry-vm';
import { secondEstate } from '../second-estate';
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
const token = (duty: Duty, change: Partial<Token>): Partial<Estate> => ({
  tokens: { ...estate.tokens, [duty]: { ...estate.tokens[duty], ...change } },
});
const vm = (change: Partial<Estate['registryVm']>): Partial<Estate> => ({
  registryVm: { ...estate.registryVm, ...change },
});
const path = (client: string, change: Partial<Estate['pullPaths'][number]>): Partial<Estate> => ({
  pullPaths: estate.pullPaths.map((row) =>
    row.client === client && row.registry === 'forgejo' ? { ...row, ...change } : row,
  ),
});
const resolver = (name: keyof typeof resolvers, change: Partial<Resolver>): Partial<Estate> => ({
  resolvers: { ...resolvers, [name]: { ...resolvers[name], ...change } },
});
const legacy = (change: Partial<LegacyOnVm>): Partial<Estate> => ({
  legacyRegistry: { ...estate.legacyRegistry, runsOn: { ...estate.legacyRegistry.runsOn, ...change } },
});
const kubelet = (change: Partial<Estate['nodes']['kubelet']>): Partial<Estate> => ({
  nodes: { ...estate.nodes, kubelet: { ...estate.nodes.kubelet, ...change } },
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
    'estate.tokens["delete"]: packages of "viktor" answer 403 to anyone else who would delete, got owner "ci-pusher"',
  ],
  [
    'a push token of another account',
    token('push', { owner: 'ci-pusher' }),
    'estate.tokens["push"]: packages of "viktor" answer 403',
  ],
  [
    'a pull token without a package scope',
    token('pull', { scopes: ['read:repository'] }),
    'estate.tokens["pull"]: needs the scope "read:package", got "read:repository"',
  ],
  [
    'a pull token of the account that owns the packages',
    token('pull', { owner: 'viktor' }),
    'estate.tokens["pull"]: its account may write the packages and every namespace receives the token, got owner "viktor"',
  ],
  [
    'a pull token of the owner in another spelling',
    token('pull', { owner: 'Viktor' }),
    'estate.tokens["pull"]: its account may write the packages and every namespace receives the token, got owner "Viktor"',
  ],
  [
    'a push token that may only read',
    token('push', { scopes: ['read:package'] }),
    'estate.tokens["push"]: needs the scope "write:package"',
  ],
  [
    'one key for two duties',
    token('delete', { vault: { path: 'ci/global', key: 'forgejo_push_token' } }),
    'estate.tokens["delete"]: shares its Vault key with another duty, got "secret/ci/global" key "forgejo_push_token"',
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
  [
    'a dual push without a smoke test',
    { phase: 'dual-push' },
    'got no claim "smoke"; ./registry smoke, or step back',
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
    vm({ breakGlass: { ...estate.registryVm.breakGlass, folder: '/opt/registry/data/private/_breakglass' } }),
    'estate.registryVm.breakGlass.folder: lies inside "/opt/registry/data/private", which is deleted, got "/opt/registry/data/private/_breakglass"',
  ],
  [
    'a cache inside a deleted folder',
    cache({ name: 'private' }),
    'estate.pullThroughCaches["private"]: lies inside "/opt/registry/data/private", which is deleted',
  ],
  [
    'two services of the registry VM on one port',
    cache({ port: 5001 }),
    'estate.registryVm.metrics.port: is published by "estate.pullThroughCaches["dockerhub"].port" too, got 5001; give it a port of its own',
  ],
  [
    'two collections of garbage at the same minute',
    cache({ garbageCollection: '*/5 3 * * 0' }),
    'estate.pullThroughCaches["ghcr"].garbageCollection: starts at a minute at which "estate.pullThroughCaches["dockerhub"].garbageCollection" starts, got "5 3 * * 0"; move one of them',
  ],
  [
    'a floating nginx on the registry VM',
    vm({ images: { ...estate.registryVm.images, nginx: 'docker.io/library/nginx:alpine' } }),
    'estate.registryVm.images.nginx: tag floats, so an updater may replace it, got "docker.io/library/nginx:alpine"',
  ],
  [
    'a short name on the registry VM',
    vm({ images: { ...estate.registryVm.images, registry: 'registry:2.8.3' } }),
    'estate.registryVm.images.registry: is not a full image reference, got "registry:2.8.3"',
  ],
  [
    'a page that lists no cache',
    vm({ ui: { ...estate.registryVm.ui, cache: 'docker' } }),
    'estate.registryVm.ui.cache: is not a pull-through cache, got "docker"; name a row of estate.pullThroughCaches',
  ],
  [
    'a cache that logs in as nobody',
    cache({ login: { user: '', password: { path: 'infra', key: 'dockerhub_registry_password' } } }),
    'estate.pullThroughCaches["dockerhub"].login.user: is empty, got ""; write the account, or leave login out',
  ],
  [
    'a password where its key belongs',
    cache({ login: { user: 'someone', password: { path: 'infra', key: 'dckr_pat_A1b2' } } }),
    'estate.pullThroughCaches["dockerhub"].login.password.key: is not a key of a KV secret',
  ],
  [
    'garbage collected by no schedule',
    legacy({ garbageCollection: 'weekly' }),
    'estate.legacyRegistry.runsOn.garbageCollection: is not a cron schedule of five fields, got "weekly"',
  ],
  [
    'files of the registry VM outside the tree',
    vm({ treeFolder: '../docker-registry' }),
    'estate.registryVm.treeFolder: is not a folder below the root of the tree, got "../docker-registry"',
  ],
  [
    'a DNS of the containers that is a name',
    vm({ container: { ...estate.registryVm.container, resolver: 'dns.example' } }),
    'estate.registryVm.container.resolver: is not an IPv4 address, got "dns.example"',
  ],
  [
    'a redirect of a client that reads no hosts.toml (incident 51)',
    path('pod', { by: 'redirect' }),
    'estate.pullPaths: "pod" to "forgejo": is redirected, but only containerd reads a hosts.toml, got by "redirect"; say "dns" and let its resolver answer',
  ],
  [
    'a name whose private answer is gone, so that the public one comes through (incident 51)',
    resolver('coredns', { answers: [] }),
    'estate.pullPaths: "pod" to "forgejo.viktorbarzin.me": "coredns" does not lead "forgejo.viktorbarzin.me" to "traefik-service", got "traefik-load-balancer"',
  ],
  [
    'a token service whose name leads to the public address (hairpin of 2026-06-10)',
    resolver('technitium', {
      answers: resolvers.technitium.answers.filter(({ frontDoor }) => frontDoor === 'registry-vm'),
    }),
    'estate.pullPaths: "kubelet" to "forgejo.viktorbarzin.me": its token service "forgejo.viktorbarzin.me" is out of reach by "pfsense", got "public-address"; containerd looks the realm up by DNS, whatever a mirror says',
  ],
  [
    'DNS servers that ask each other',
    resolver('technitium', { answers: [], forwardsTo: 'pfsense' }),
    '"pfsense" does not lead "forgejo.viktorbarzin.me" to "traefik-load-balancer", got "no answer"',
  ],
  [
    'a second DNS server that gives the public answer',
    {
      clientNetworks: {
        ...estate.clientNetworks,
        vm: { ...estate.clientNetworks.vm, resolvers: ['pfsense', 'public'] },
      },
    },
    'estate.pullPaths: "vm" to "forgejo.viktorbarzin.me": "public" does not lead "forgejo.viktorbarzin.me" to "traefik-load-balancer", got "public-address"; add the answer to estate.resolvers, or take the server from its resolvers',
  ],
  [
    'a front door that connections do not arrive at',
    path('workstation', { frontDoor: 'public-address' }),
    'estate.pullPaths: "workstation" to "forgejo.viktorbarzin.me": a connection of "workstation" does not arrive there, got frontDoor "public-address"; use one of "registry-vm", "traefik-load-balancer"',
  ],
  [
    'a class of client without a path',
    { pullPaths: estate.pullPaths.filter(({ client }) => client !== 'ci-runner') },
    'estate.pullPaths: "ci-runner" needs exactly one path to "forgejo", got 0',
  ],
  [
    'a legacy registry that nodes have no path to',
    { pullPaths: estate.pullPaths.filter(({ registry }) => registry !== 'legacy') },
    'estate.pullPaths: "kubelet" needs exactly one path to "legacy", got 0',
  ],
  [
    'two paths of one client to one host',
    { pullPaths: [...estate.pullPaths, ...estate.pullPaths.slice(0, 1)] },
    'estate.pullPaths: "kubelet" needs exactly one path to "forgejo", got 2',
  ],
  [
    'a cache of a registry that asks for credentials',
    cache({ upstream: 'forgejo.viktorbarzin.me' }),
    'estate.pullThroughCaches["dockerhub"]: serves a registry that asks for credentials over plain http, got upstream "forgejo.viktorbarzin.me" on port 5000; let nodes pull from it directly',
  ],
  [
    'a node whose shutdown outlasts logind',
    kubelet({ inhibitDelayMaxSeconds: 300 }),
    'estate.nodes.kubelet.inhibitDelayMaxSeconds: cuts a shutdown that takes 310 s, got 300; raise it above the sum of shutdownGrace',
  ],
  [
    'a node whose shutdown outlasts the unit',
    kubelet({ stopTimeoutSeconds: 90 }),
    'estate.nodes.kubelet.stopTimeoutSeconds: kills the kubelet in a shutdown that takes 310 s, got 90',
  ],
  [
    'a soft eviction threshold below the hard one',
    kubelet({ evictionSoft: { ...estate.nodes.kubelet.evictionSoft, memoryAvailable: '400Mi' } }),
    'estate.nodes.kubelet.evictionSoft.memoryAvailable: is not above the hard threshold of "500Mi", got "400Mi"',
  ],
  [
    'an ssh key by a name that is none (incident 47)',
    {
      nodes: { ...estate.nodes, admin: { ...estate.nodes.admin, sshPublicKey: { path: 'viktor', key: '' } } },
    },
    'estate.nodes.admin.sshPublicKey.key: is not a key of a KV secret, got ""',
  ],
  [
    'a package source with a short key id',
    {
      nodes: {
        ...estate.nodes,
        apt: { ...estate.nodes.apt, docker: { ...estate.nodes.apt.docker, keyid: '0EBFCD88' } },
      },
    },
    'estate.nodes.apt.docker.keyid: is not the full fingerprint of a key, got "0EBFCD88"',
  ],
  [
    'tags that collide in lower case',
    image({ tag: '4f70681d', otherTags: ['Latest', 'latest'] }),
    'estate.images["payslip-ingest"]: tags that differ in case alone become one in Forgejo, got "Latest" and "latest"',
  ],
  [
    'a GitHub build of what Woodpecker builds alone',
    { githubProjects: [{ repository: 'travel_blog', image: 'a/b', deployTrigger: 'rendered' }] },
    'estate.githubProjects["travel_blog"]: is built by Woodpecker alone, got "travel_blog"',
  ],
  [
    'a GitHub build of no image',
    { githubProjects: [{ repository: 'Website', image: 'A/b', deployTrigger: 'by hand' }] },
    'estate.githubProjects["Website"].image: is no owner and name, got "A/b"',
  ],
  [
    'an action by its tag',
    { githubActions: { ...estate.githubActions, checkout: 'actions/checkout@v4' } },
    'estate.githubActions.checkout: is not an action at a commit, got "actions/checkout@v4"',
  ],
  [
    'a deploy that is told twice',
    {
      githubProjects: [
        {
          repository: 'Website',
          image: 'job-hunter',
          deployTrigger: 'by hand',
          deploys: [{ namespace: 'a', name: 'b', containers: ['c'] }],
        },
      ],
    },
    'estate.githubProjects["Website"].deploys: says again what estate.apps says, got "job-hunter"',
  ],
  [
    'a GitHub pipeline for a repository without an id',
    { githubProjects: [{ repository: 'k8s-portal', image: 'a/b', deployTrigger: 'rendered' }] },
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
    'estate.apps["payslip-ingest"].pulls["payslip"].image: names an image that estate/images.ts does not have, got "payslip"',
  ],
  [
    'a project of an unknown image',
    {
      projects: [{ name: 'nothing', move: 'push', pipeline: '.woodpecker.yml', branch: 'main' }],
    },
    'estate.projects["nothing"].name: names an image',
  ],
  [
    'a pipeline where no secret of it is seen',
    { projects: estate.projects.map((row) => ({ ...row, pipeline: '.woodpecker.yaml' })) },
    'estate.projects["freedify"].pipeline: is not what Woodpecker reads, got ".woodpecker.yaml"; write ".woodpecker.yml", or a ".yml" of ".woodpecker/"',
  ],
  [
    'a floating tag with a space',
    { projects: estate.projects.map((row) => ({ ...row, floatingTags: ['the newest'] })) },
    'estate.projects["freedify"].floatingTags: tag "the newest" is not 1 to 128',
  ],
  [
    'a pipeline step of an unknown image',
    { pipelineSteps: [{ file: '.woodpecker/x.yml', step: 'x', image: 'nothing' }] },
    'estate.pipelineSteps[".woodpecker/x.yml"].image: names an image',
  ],
  [
    'two rows of one image',
    { images: [...estate.images, ...estate.images.slice(0, 1)] },
    'estate.images: has two rows of one name, got "payslip-ingest"',
  ],
  [
    'Forgejo outside of the root domain',
    hosts({ rootDomain: 'example.org' }),
    'estate.forgejo.host: is not below the root domain "example.org", got "forgejo.viktorbarzin.me"',
  ],
  [
    'a cache on a registry VM that is not there',
    { registryVm: undefined as unknown as RegistryVmFacts },
    'estate.pullThroughCaches["dockerhub"]: is on the registry VM, which estate.registryVm does not have, got none',
  ],
  [
    'a DNS server that is not there',
    resolver('pfsense', { forwardsTo: 'pihole' }),
    'estate.resolvers["pfsense"].forwardsTo: names a server that estate.resolvers does not have, got "pihole"',
  ],
  [
    'a probe at uneven intervals',
    { integrityProbe: { ...estate.integrityProbe, schedule: '*/7 * * * *' } },
    'estate.integrityProbe.schedule: does not start at even intervals of two minutes or more, got "*/7 * * * *"',
  ],
  [
    'retention that outlasts its period',
    retention({ schedule: '0 * * * *' }),
    'estate.retention.deadlineMinutes: outlasts the 60 minutes between two runs, got 60',
  ],
  [
    'retention on a day that no month has',
    retention({ schedule: '0 4 30 2 *' }),
    'estate.retention.schedule: never starts, got "0 4 30 2 *"',
  ],
  // field classes
  ['a phase that is none', { phase: 'done' as Estate['phase'] }, 'estate.phase: is not a phase, got "done"'],
  [
    'a host with a scheme',
    hosts({ kubernetesApi: 'https://10.0.20.100:6443' }),
    'estate.hosts.kubernetesApi: is not an IPv4 address and a port, got "https://10.0.20.100:6443"',
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
    image({ source: { registry: 'legacy', repository: 'https://registry.viktorbarzin.me/x' } }),
    'estate.images["payslip-ingest"].source.repository: path component "https:" is not lower-case',
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
    'estate.tokens["pull"].vault.key: is not a key of a KV secret, got "…"; write the key',
  ],
  [
    'a token of hexadecimal digits where its key belongs',
    token('pull', { vault: { path: 'viktor', key: 'f00d'.repeat(10) } }),
    'estate.tokens["pull"].vault.key: is not a key of a KV secret, got "…"; write the key',
  ],
  [
    'an account that would end at its colon',
    token('push', { owner: 'viktor:x' }),
    'estate.tokens["push"].owner: is not the name of an account, got "viktor:x"; write the account',
  ],
  [
    'a quantity in lower case',
    forgejo({ memory: '6gi' }),
    'estate.forgejo.memory: is not a quantity of a mebibyte or more, got "6gi"',
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
    vm({ folder: '/opt/registry/../data' }),
    'estate.registryVm.folder: is not a plain absolute path, got "/opt/registry/../data"',
  ],
  [
    'a chart version that floats',
    { pullSecret: { ...estate.pullSecret, chartVersion: '3.x' } },
    'estate.pullSecret.chartVersion: is not a full version, got "3.x"',
  ],
  [
    'another name of the Secret that is cloned',
    { pullSecret: { ...estate.pullSecret, name: 'pull' } },
    'estate.pullSecret: is not what the policy "sync-registry-credentials" was made for, and Kyverno lets nobody change its rule, got name "pull"',
  ],
  [
    'a sync of secrets that outlasts its period',
    secretSync({ deadlineMinutes: 360 }),
    'estate.woodpecker.secretSync.deadlineMinutes: outlasts the 360 minutes between two runs, got 360',
  ],
  [
    'secrets for no event',
    secretSync({ events: [] }),
    'estate.woodpecker.secretSync.events: is empty, got ""',
  ],
  [
    'an event that Woodpecker does not know',
    secretSync({ filters: { a: { events: ['breakfast'] } } }),
    'estate.woodpecker.secretSync.filters["a"].events: is not an event, got "breakfast"',
  ],
  [
    'secrets of a repository that the CI does not know',
    secretSync({ repositoryPaths: { nobody: 'ci/nobody' } }),
    'estate.woodpecker.secretSync.repositoryPaths["nobody"]: has no Woodpecker repository id, got none',
  ],
  [
    'a repository of the CI alone that the CI does not know',
    { woodpeckerOnlyRepositories: ['nobody'] },
    'estate.woodpeckerOnlyRepositories: has no Woodpecker repository id, got "nobody"',
  ],
  [
    'one ServiceAccount for two consumers of Vault',
    {
      vault: {
        ...estate.vault,
        consumers: {
          ...estate.vault.consumers,
          deploy: { ...estate.vault.consumers.deploy, serviceAccount: 'ci-apply' },
        },
      },
    },
    'estate.vault.consumers["deploy"].serviceAccount: is that of "apply" too, got "ci-apply"',
  ],
  [
    'a repository id that is none',
    { woodpeckerRepositoryIds: { ...estate.woodpeckerRepositoryIds, infra: 0 } },
    'estate.woodpeckerRepositoryIds["infra"]: is not a whole number from 1 up',
  ],
];

function secretSync(change: Partial<Estate['woodpecker']['secretSync']>): Partial<Estate> {
  const { woodpecker } = estate;
  return { woodpecker: { ...woodpecker, secretSync: { ...woodpecker.secretSync, ...change } } };
}

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

  test.each(fieldTable.map(([path]) => path))('or the second one has something at %s', (path) => {
    expect([estate, secondEstate].flatMap((each) => valuesAt(each, path))).not.toEqual([]);
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
