import { stringify } from 'yaml';
import { unless } from './file-faults';
import type { ManagedFile } from './managed-file';

/** A file that this project manages, and where the container sees it, read-only. */
export interface FileMount extends Pick<ManagedFile, 'path' | 'mode' | 'content'> {
  readonly target: string;
}

/** A folder of the machine, or a volume by its name, that the container writes. */
interface FolderMount {
  readonly source: string;
  readonly target: string;
}

export interface ComposeService {
  readonly name: string;
  /** @default the name */
  readonly containerName?: string;
  readonly image: string;
  /** Published ports, host to container. @default none */
  readonly ports?: readonly { readonly host: number; readonly container: number }[];
  /** The files come with what they hold, so that none can be named that is not on the machine. @default none */
  readonly files?: readonly FileMount[];
  readonly folders?: readonly FolderMount[];
  readonly volumes?: readonly FolderMount[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Services that are started before it; it does not wait for them. @default none */
  readonly startsAfter?: readonly string[];
  /** Exits 0 when the service works. */
  readonly healthcheck: readonly string[];
}

/**
 * The text of a compose file.
 *
 * @throws Error when two services publish one port or have one name
 * @see https://github.com/compose-spec/compose-spec/blob/main/spec.md
 */
export function composeFile(services: readonly ComposeService[]): string {
  const faults = composeFaults(services);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const volumes = services.flatMap((service) => service.volumes ?? []);
  const object = {
    services: Object.fromEntries(services.map((service) => [service.name, serviceObject(service)])),
    networks: { registry: { driver: 'bridge' } },
    ...(volumes.length > 0 && { volumes: Object.fromEntries(volumes.map(({ source }) => [source, {}])) }),
  };
  // Compose substitutes `$name` and `${name}` everywhere.
  return stringify(object, { lineWidth: 0 }).replaceAll('$', '$$$$');
}

function serviceObject(service: ComposeService): object {
  const { environment, files = [], folders = [], ports = [], startsAfter = [], volumes = [] } = service;
  const mounts = [
    // A missing source is an error; the short form would make an empty folder in its place.
    ...files.map(({ path, target }) => ({ type: 'bind', source: path, target, read_only: true })),
    ...folders.map(({ source, target }) => ({ type: 'bind', source, target })),
    ...volumes.map(({ source, target }) => ({ type: 'volume', source, target })),
  ];
  return {
    image: service.image,
    container_name: service.containerName ?? service.name,
    restart: 'always',
    networks: ['registry'],
    ...(ports.length === 0 ? {} : { ports: ports.map(({ host, container }) => `${host}:${container}`) }),
    ...(environment === undefined ? {} : { environment }),
    ...(mounts.length === 0 ? {} : { volumes: mounts }),
    ...(startsAfter.length === 0 ? {} : { depends_on: startsAfter }),
    healthcheck: {
      test: service.healthcheck,
      ...{ interval: '30s', timeout: '10s', retries: 3, start_period: '15s' },
    },
  };
}

function composeFaults(services: readonly ComposeService[]): string[] {
  const names = services.map(({ name }) => name);
  const ports = services.flatMap((service) => (service.ports ?? []).map(({ host }) => host));
  const after = services.flatMap(({ name, startsAfter = [] }) =>
    startsAfter.map((other) => [name, other] as const),
  );
  return [
    ...repeated(names).map(
      (name) => `compose: two services have one name, got "${name}"; rename one of them`,
    ),
    ...repeated(ports).map((port) => `compose: a port is published twice, got "${port}"; change one of them`),
    ...after.flatMap(([name, other]) =>
      unless(
        names.includes(other),
        `compose["${name}"]: starts after a service that is not there, got "${other}"; add it or leave it out`,
      ),
    ),
  ];
}

function repeated<T>(values: readonly T[]): T[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
