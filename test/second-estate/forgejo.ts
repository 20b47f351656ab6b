import type { ForgejoFacts } from '../../estate/forgejo';

export const forgejo: ForgejoFacts = {
  host: 'code.example.net',
  publicDns: { madeBy: 'others' },
  namespace: 'forge',
  tierLabel: 'important',
  image: 'codeberg.org/forgejo/forgejo:12.0.4',
  memory: '2500Mi',
  cpuRequest: '150m',
  quota: { requestsCpu: '3500m', requestsMemory: '5Gi', limitsMemory: '12Gi', pods: 17 },
  storage: {
    claimName: 'forge-data',
    initial: '21Gi',
    ceiling: '84Gi',
    increasePercent: 35,
    freeThresholdPercent: 12,
    storageClass: 'longhorn',
  },
  registryIngress: { maxBodySize: '7g', transferSeconds: 4321, bypasses: ['rate-limit'] },
  packages: { owner: 'acme', ownerIs: 'organization', writers: ['releaser', 'sweeper'] },
};
