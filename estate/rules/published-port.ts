import type { Rule } from './rule';

/** Three caches were published for months without anything listening: 5020, 5030, 5040 (incident 13). */
export const publishedPort: Rule = ({ registryVm, pullThroughCaches, phase }) => {
  const listeners = [...pullThroughCaches.map(({ name }) => name), ...registryVm.services];
  const gone = registryVm.publishedPorts.filter(({ until }) => until === phase);
  const published = registryVm.publishedPorts.filter((port) => !gone.includes(port));
  return [
    ...published
      .filter(({ listener }) => !listeners.includes(listener))
      .map(
        ({ port, listener }) =>
          `estate.registryVm.publishedPorts: nothing listens on ${port}, got listener "${listener}"; add it to services or pullThroughCaches, or publish no such port`,
      ),
    ...published
      .filter(({ port }, index) => published.findIndex((other) => other.port === port) !== index)
      .map(
        ({ port, listener }) =>
          `estate.registryVm.publishedPorts: port ${port} is published twice, got listener "${listener}"; give it a port of its own`,
      ),
    ...pullThroughCaches
      .filter(({ name, port }) => !published.some((row) => row.listener === name && row.port === port))
      .map(
        ({ name, port }) =>
          `estate.pullThroughCaches["${name}"]: its port is not published, got ${port}; add it to registryVm.publishedPorts`,
      ),
  ];
};
