import { stringify } from 'smol-toml';
import { pullPathsOf } from '../estate/derived/pull-paths';
import type { Estate } from '../estate/estate';
import { managedFile, type ManagedFile } from './managed-file';

/** How long containerd waits for a mirror to accept a connection; its own default keeps each request for 30 s. */
const mirrorDialTimeout = '3s';

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
  return hostsTomls(estate).map(({ registry, toml }) =>
    managedFile(
      `${estate.nodes.containerd.hostsDirectory}/${hostsTomlFolder(registry)}/hosts.toml`,
      'none',
      stringify(toml),
    ),
  );
}

/**
 * Folders of registries that have no hosts.toml in the phase. An earlier one still leads there: those of May 2026
 * dial addresses that are Traefik's no more, and switch verification off.
 */
export function absentHostsTomlFolders(estate: Estate): readonly string[] {
  const kept = new Set(hostsTomls(estate).map(({ registry }) => registry));
  return pullPathsOf(estate)
    .filter(({ client, host }) => client === 'kubelet' && !kept.has(host))
    .map(({ host }) => `${estate.nodes.containerd.hostsDirectory}/${hostsTomlFolder(host)}`);
}

/** As containerd's docs/hosts.md has them. */
function hostsTomls(estate: Estate): readonly { readonly registry: string; readonly toml: object }[] {
  const capabilities = ['pull', 'resolve'];
  const address = estate.registryVm?.address ?? '';
  const caches = estate.pullThroughCaches.map(({ upstream, upstreamUrl, port }) => {
    const mirror = { capabilities, dial_timeout: mirrorDialTimeout };
    return {
      registry: upstream,
      toml: { server: upstreamUrl, host: { [`http://${address}:${port}`]: mirror } },
    };
  });
  const redirected = pullPathsOf(estate).filter(
    ({ client, by, isPresent }) => client === 'kubelet' && by === 'redirect' && isPresent,
  );
  const redirects = redirected.map(({ host, dials }) => {
    const server = `https://${dials}`;
    return { registry: host, toml: { server, capabilities, host: { [server]: { capabilities } } } };
  });
  return [...caches, ...redirects];
}
