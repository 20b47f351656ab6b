import { publishedPorts } from '../derived/published-ports';
import { hasRegistryVm } from '../estate';
import type { Rule } from './rule';

/**
 * What the registry VM publishes derives from its services, so a port without a listener (5020, 5030 and 5040 for
 * months, incident 13) has no place to be written. Two services on one port still have.
 */
export const publishedPort: Rule = (estate) => {
  const published = hasRegistryVm(estate) ? publishedPorts(estate) : [];
  return published.flatMap(({ where, port }, index) => {
    const first = published.findIndex((other) => other.port === port);
    const taken = published[first];
    return taken === undefined || first === index
      ? []
      : [`${where}: is published by "${taken.where}" too, got ${port}; give it a port of its own`];
  });
};
