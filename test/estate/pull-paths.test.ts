import { describe, expect, test } from '@jest/globals';
import { publishedPorts } from '../../estate/derived/published-ports';
import { pullPathsOf } from '../../estate/derived/pull-paths';
import { hasRegistryVm } from '../../estate/estate';
import { phases } from '../../estate/phases';
import { secondEstate } from '../second-estate';
import { estateAt } from '../support/estates';

describe.each([...phases.map(estateAt), secondEstate].map((estate) => [estate.phase, estate] as const))(
  'a pull path at %s',
  (_, estate) => {
    const paths = pullPathsOf(estate).filter(({ isPresent }) => isPresent);
    const [machine, published] = hasRegistryVm(estate)
      ? [estate.registryVm.pullName, publishedPorts(estate).map(({ port }) => port)]
      : ['', []];

    test('dials no bare address where an ingress routes by name', () => {
      const routed = paths.filter(({ frontDoor }) => frontDoor !== 'registry-vm');
      expect(routed.length).toBeGreaterThan(4);
      expect(routed.filter(({ dials, host }) => dials !== host || /^[\d.:]+$/.test(dials))).toEqual([]);
    });

    test('dials no port of the registry VM where nothing listens (incident 13)', () => {
      const dialled = paths.map(({ dials }) => dials.split(':')).filter(([name]) => name === machine);
      expect(dialled.filter(([, port]) => !published.includes(Number(port)))).toEqual([]);
    });
  },
);
