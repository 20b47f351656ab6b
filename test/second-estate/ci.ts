import type { VaultFacts } from '../../estate/vault';
import type { WoodpeckerFacts } from '../../estate/woodpecker';

/** Pipelines that have a ServiceAccount each from the start, and secrets that single repositories have. */
export const woodpecker: WoodpeckerFacts = {
  host: 'builds.example.net',
  namespace: 'assembly',
  server: { service: 'picus', port: 8088, podPort: 18000 },
  images: {
    build: 'docker.io/acme/assembles:8.9.1',
    clone: 'docker.io/woodpeckerci/plugin-git:2.8.1',
    verify: 'docker.io/acme/proofreads:6.7.1',
    deploy: 'docker.io/acme/rolls-out:5.6.1',
  },
  deploy: {
    credentials: 'kubernetes/creds/releaser',
    rolloutMinutes: 13,
    slackWebhook: 'chat_hook',
  },
  secretSync: {
    schedule: '25 */4 * * *',
    timeZone: 'Europe/Athens',
    deadlineMinutes: 19,
    globalPath: 'builds/shared',
    repositoryPaths: { storefront: 'builds/storefront' },
    apiToken: { path: 'builds/admin', key: 'picus_token' },
    events: ['push', 'release'],
    filters: { shop_token: { events: ['release'], images: ['docker.io/acme/publish-plugin'] } },
  },
};

export const vault: VaultFacts = {
  service: 'bao',
  namespace: 'bao-system',
  port: 18200,
  kubernetesAuth: 'cluster-one',
  consumers: {
    apply: {
      role: 'terraformer',
      serviceAccount: 'applies',
      tokenDays: 2,
      rights: [{ path: 'secret/data/infrastructure', capabilities: ['read'] }],
      otherPolicies: ['state-reader'],
    },
    secretSync: {
      role: 'ci-mirror',
      serviceAccount: 'mirrors-secrets',
      tokenDays: 3,
      rights: [],
      otherPolicies: [],
      formerly: {
        serviceAccounts: ['all-builds'],
        rights: [{ path: 'secret/data/builds/*', capabilities: ['read'] }],
        narrowed: false,
      },
    },
    deploy: {
      role: 'releaser-role',
      serviceAccount: 'releases',
      tokenDays: 4,
      rights: [],
      otherPolicies: [],
    },
  },
};
