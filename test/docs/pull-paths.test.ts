import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { estate } from '../../estate';
import { pullPathsOf } from '../../estate/derived/pull-paths';
import type { FrontDoor } from '../../estate/name-resolution';
import { clientNetworks } from '../../estate/pull-paths';
import { pullThroughCaches } from '../../estate/registries';
import { generatedTable } from '../support/generated-table';

const doors: Readonly<Record<FrontDoor, string>> = {
  'traefik-load-balancer': "Traefik's load balancer",
  'traefik-service': "Traefik's Service",
  'public-address': 'the public address',
  'registry-vm': 'the VM',
};

test('docs/pull-paths.md has the pull paths of the estate', () => {
  const rows = pullPathsOf(estate).map(({ client, dials, frontDoor, realm }) => {
    const [name = '', port] = dials.split(':');
    const until = realm === undefined ? ', until decommission' : '';
    return [
      client,
      clientNetworks[client].resolvers.map((resolver) => `\`${resolver}\``).join(', '),
      `\`${name}\``,
      `${doors[frontDoor]}${port === undefined ? '' : `, port ${port}`}${until}`,
      realm === undefined ? 'none: Basic' : `\`${realm}\``,
    ];
  });
  const ports = pullThroughCaches.map(({ port }) => port).join(', ');
  const { got, wanted } = generatedTable(
    join(__dirname, '../../docs/pull-paths.md'),
    'estate/pull-paths.ts',
    [
      ['client', 'asks', 'for', 'and arrives at', 'realm of the token'],
      ...new Map(rows.map((row) => [row.join(), row])).values(),
      [
        'kubelet',
        'nobody: an address',
        'the caches',
        `${doors['registry-vm']}, ports ${ports}`,
        'none: anonymous',
      ],
    ],
  );
  expect(got).toBe(wanted);
});
