import type { Estate } from '../../estate/estate';
import { vault, woodpecker } from './ci';
import { forgejo } from './forgejo';
import { nodes } from './nodes';

/**
 * Another homelab: an organization owns the packages, DNS is a cloud provider's, there is no registry VM with caches
 * and no Kyverno, and the registry that Forgejo takes over from runs in the cluster. None of its names is the first
 * estate's, so that one which stands in the code shows.
 */
export const secondEstate: Estate = {
  phase: 'prepare',
  stacks: {
    form: 'cdktf',
    branch: 'mainline',
    tier0: [],
    shared: {
      'pull-secrets': { folder: 'stacks/pulling', address: '' },
      monitoring: { folder: 'stacks/observing', address: '' },
      infra: { folder: 'stacks/machines', address: '' },
      vault: { folder: 'stacks/secrets', address: '' },
      woodpecker: { folder: 'stacks/pipelines', address: '' },
    },
    dnsFolder: 'stacks/machines/names',
    documents: { runbooks: 'handbook', pages: { services: 'handbook/services.md' }, retired: [] },
    appliedRecord: 'terraform/applied',
    drift: { schedule: '10 4 * * 1-6', deadlineMinutes: 95, leastStacks: 7 },
    variables: { tls_secret_name: 'example-wildcard' },
  },
  hosts: {
    rootDomain: 'example.net',
    traefikLoadBalancer: '198.51.100.20',
    traefikService: 'traefik.edge.svc.cluster.local',
    kubernetesApi: '192.0.2.10:16443',
    vaultAddress: 'https://secrets.example.net:8200',
    runbooks: 'https://docs.example.net/registry/runbooks',
    annotationPrefixes: {},
    websecure: { readTimeoutSeconds: 0, writeTimeoutSeconds: 0 },
  },
  legacyRegistry: {
    host: 'images.example.net',
    credential: {
      user: { path: 'distribution/reader', key: 'reader_login' },
      password: { path: 'distribution/phrase', key: 'reader_phrase' },
    },
    runsOn: { machine: 'cluster', namespace: 'stockroom', service: 'distribution', port: 15000 },
  },
  pullThroughCaches: [],
  resolvers: {
    kubedns: {
      configuredAs: 'corefile',
      answers: [{ nameOf: 'forgejo', frontDoor: 'traefik-service' }],
      forwardsTo: 'cloud',
    },
    cloud: {
      configuredAs: 'others',
      address: '203.0.113.53',
      answers: [
        { nameOf: 'forgejo', frontDoor: 'traefik-load-balancer' },
        { nameOf: 'legacy-registry', frontDoor: 'traefik-load-balancer' },
      ],
    },
  },
  clientNetworks: {
    kubelet: { resolvers: ['cloud'], reaches: ['traefik-load-balancer'] },
    pod: { resolvers: ['kubedns'], reaches: ['traefik-service', 'traefik-load-balancer'] },
    vm: { resolvers: ['cloud'], reaches: ['traefik-load-balancer'] },
    workstation: { resolvers: ['cloud'], reaches: ['traefik-load-balancer'] },
    'ci-runner': { resolvers: ['cloud'], reaches: ['traefik-load-balancer'] },
  },
  pullPaths: [
    { client: 'kubelet', registry: 'forgejo', by: 'dns', frontDoor: 'traefik-load-balancer' },
    { client: 'pod', registry: 'forgejo', by: 'dns', frontDoor: 'traefik-service' },
    { client: 'vm', registry: 'forgejo', by: 'dns', frontDoor: 'traefik-load-balancer' },
    { client: 'workstation', registry: 'forgejo', by: 'dns', frontDoor: 'traefik-load-balancer' },
    { client: 'ci-runner', registry: 'forgejo', by: 'dns', frontDoor: 'traefik-load-balancer' },
    { client: 'kubelet', registry: 'legacy', by: 'dns', frontDoor: 'traefik-load-balancer' },
  ],
  nodes,
  tokens: {
    pull: { owner: 'puller', scopes: ['read:package'], vault: { path: 'forge/pull', key: 'puller_key' } },
    push: {
      owner: 'releaser',
      scopes: ['write:package'],
      vault: { path: 'forge/push', key: 'releaser_key' },
    },
    delete: {
      owner: 'sweeper',
      scopes: ['write:package'],
      vault: { path: 'forge/sweep', key: 'sweeper_key' },
    },
  },
  images: [
    {
      name: 'shop',
      source: { registry: 'legacy', repository: 'emporium/till' },
      tag: '3.1.4',
      otherTags: ['3.1.3'],
      tagOwner: 'terraform',
    },
    {
      name: 'blog',
      source: { registry: 'ghcr.io', repository: 'acme-labs/blog' },
      tag: '27.18.28',
      digest: `sha256:${'ab'.repeat(32)}`,
      tagOwner: 'ci',
    },
  ],
  apps: [
    {
      stack: 'emporium-shop',
      cutOver: false,
      pulls: [
        {
          image: 'shop',
          folder: 'stacks/emporium-shop',
          tagIs: 'literal',
          workloads: [
            {
              kind: 'StatefulSet',
              name: 'checkout',
              containers: ['cashier'],
              initContainers: ['ledger'],
              hasPullSecret: true,
              imageSetBy: 'terraform',
            },
          ],
        },
      ],
    },
    {
      stack: 'gazette',
      cutOver: false,
      pulls: [
        {
          image: 'blog',
          folder: 'stacks/gazette',
          tagIs: 'expression',
          workloads: [
            {
              kind: 'Deployment',
              name: 'journal',
              namespace: 'gazette-live',
              containers: ['columnist'],
              hasPullSecret: false,
              imageSetBy: 'ci',
            },
          ],
        },
      ],
    },
  ],
  projects: [
    {
      ...{ name: 'shop', move: 'push', pipeline: '.woodpecker/assemble.yml' },
      ...{ branch: 'shelf', dockerfile: 'till/Containerfile', context: 'till/' },
      ...{ onlyFor: ['till/**'], floatingTags: ['newest'] },
    },
  ],
  githubProjects: [
    { repository: 'weblog', image: 'blog', deployTrigger: 'rendered' },
    {
      ...{ repository: 'storefront', image: 'acme/window', deployTrigger: 'rendered' },
      deploys: [{ namespace: 'arcade', name: 'display', containers: ['glazier'] }],
    },
  ],
  githubActions: {
    runner: 'ubuntu-22.04',
    branches: ['principal'],
    checkout: 'acme/clones@0123456789abcdef0123456789abcdef01234567',
    dockerHub: { username: 'hub_login', token: 'hub_phrase' },
    woodpeckerToken: 'PICUS_TOKEN',
  },
  woodpeckerRepositoryIds: { storefront: 5, weblog: 17 },
  woodpeckerOnlyRepositories: [],
  pipelineImages: [],
  pipelineSteps: [],
  woodpecker,
  vault,
  forgejo,
  programs: { image: 'docker.io/library/node:24.11.1-bookworm-slim' },
  retention: {
    schedule: '40 2 * * 6',
    timeZone: 'Europe/Sofia',
    deadlineMinutes: 95,
    mode: 'observe',
    keepNewestTags: 6,
    alwaysKeepTags: ['stable'],
    alwaysKeepPatterns: ['/release/'],
    graceHours: 71,
    observeDays: 16,
    maxDeletionsPerRun: 23,
    maxDeletedShareOfPackage: 0.2,
  },
  integrityProbe: {
    namespace: 'probing',
    schedule: '*/20 * * * *',
    timeZone: 'Europe/Berlin',
    rereadDays: 9,
    deployedRereadDays: 2,
    maxBytesPerRun: 1_234_567_890,
    maxConcurrentRequests: 5,
    canary: 'shop',
  },
  pullSecret: { name: 'acme-pull', copiedBy: 'terraform', namespaces: ['retail', 'newsroom'] },
  pushgateway: { service: 'gateway', namespace: 'observability', port: 19091 },
  evidence: [],
  overrides: [],
  evidenceFaults: [],
};
