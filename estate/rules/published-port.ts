import { publishedPorts } from '../derived/published-ports';
import { hasRegistryVm } from '../estate';
import type { Rule } from './rule';

/** Ports derive from services, so that none lacks a listener (incident 13); two services on one port could still be written. */
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
