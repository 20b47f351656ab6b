import { stringify } from 'smol-toml';
import { pullPathsOf } from '../estate/derived/pull-paths';
import type { Estate } from '../estate/estate';
import type { ManagedFile } from './managed-file';

/** How long containerd waits for a mirror to accept a connection; its own default keeps each request for 30 s. */
const mirrorDialTimeout = '3s';

const pullOnly = ['pull', 'resolve'] as const;

/** The folder in which containerd looks for a registry's hosts.toml: a port stands between underscores. */
export function hostsTomlFolder(registry: string): string {
  return registry.replace(/:(\d+)$/, '_$1_');
}

/**
 * The hosts.toml files of the phase. A registry without one is asked under its own name, which is how nodes reach
 * Forgejo where its path is by `dns`.
 *
 * A cache comes before its upstream, because containerd goes on to the next host after any answer but a good one. A
 * redirect makes what it dials the `server`, so that nothing stands behind it and a dead one is seen at once. It is
 * named as a `host` as well: containerd 1.6 passes over a file without one, with no more than a line in its log.
 */
export function hostsTomlFiles(estate: Estate): readonly ManagedFile<'none'>[] {
  return hostsTomls(estate).map(({ registry, toml }) => ({
    path: `${estate.nodes.containerd.hostsDirectory}/${hostsTomlFolder(registry)}/hosts.toml`,
    mode: '0644',
    content: [stringify(toml)],
    effect: 'none',
  }));
}

/**
 * Folders of registries that have no hosts.toml in the phase. An earlier one still leads there: those of May 2026
 * dial addresses that are Traefik's no more, and switch verification off.
 */
export function absentHostsTomlFolders(estate: Estate): readonly string[] {
  const kept = hostsTomls(estate).map(({ registry }) => hostsTomlFolder(registry));
  const known = pullPathsOf(estate)
    .filter(({ client }) => client === 'kubelet')
    .map(({ host }) => hostsTomlFolder(host));
  return known
    .filter((folder) => !kept.includes(folder))
    .map((folder) => `${estate.nodes.containerd.hostsDirectory}/${folder}`);
}

/** A hosts.toml as containerd's docs/hosts.md has it: the keys that this project uses. */
interface HostsToml {
  readonly server: string;
  readonly capabilities?: readonly Capability[];
  readonly host: Readonly<Record<string, Host>>;
}

interface Host {
  readonly capabilities: readonly Capability[];
  readonly dial_timeout?: string;
}

type Capability = 'pull' | 'resolve';

function hostsTomls(estate: Estate): readonly {
  readonly registry: string;
  readonly toml: HostsToml;
}[] {
  const caches = estate.pullThroughCaches.map(({ upstream, upstreamUrl, port }) => ({
    registry: upstream,
    toml: {
      server: upstreamUrl,
      host: {
        [`http://${estate.registryVm?.address ?? ''}:${port}`]: {
          capabilities: pullOnly,
          dial_timeout: mirrorDialTimeout,
        },
      },
    },
  }));
  const redirected = pullPathsOf(estate).filter(
    ({ client, by, isPresent }) => client === 'kubelet' && by === 'redirect' && isPresent,
  );
  const redirects = redirected.map(({ host, dials }) => {
    const server = `https://${dials}`;
    return {
      registry: host,
      toml: { server, capabilities: pullOnly, host: { [server]: { capabilities: pullOnly } } },
    };
  });
  return [...caches, ...redirects];
}
