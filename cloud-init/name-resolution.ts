import { pullPathsOf } from '../estate/derived/pull-paths';
import type { Estate } from '../estate/estate';
import type { ClientClass } from '../estate/pull-paths';
import { managedFile, type ManagedFile } from './managed-file';
import { printUnit } from './systemd-unit';

/**
 * What tells a machine's resolver to ask the split horizon for the names on its pull paths, and for no others: the
 * servers that the machine was made with may be public ones, which answer with an address that does not work from
 * inside. `~` routes a name without making it a search domain (resolved.conf(5)).
 */
export function resolvedDropIn(estate: Estate, client: ClientClass): ManagedFile<'resolved'> {
  const servers = estate.clientNetworks[client].resolvers.flatMap((name) => {
    const address = estate.resolvers[name]?.address;
    return address === undefined ? [] : [address];
  });
  const domains = namesOnPaths(estate, client).map((name) => `~${name}`);
  return managedFile(
    '/etc/systemd/resolved.conf.d/10-registry-consolidation.conf',
    'resolved',
    printUnit({ Resolve: { DNS: servers.join(' '), Domains: domains.join(' ') } }),
  );
}

/** The names that a class of client looks up in order to pull, each once, in order. */
function namesOnPaths(estate: Estate, client: ClientClass): readonly string[] {
  const names = pullPathsOf(estate)
    .filter((path) => path.client === client && path.isPresent)
    .flatMap(({ dials, realm = dials }) => [dials, realm])
    .map((host) => host.replace(/:\d+$/, ''))
    .filter((host) => /[a-z]/.test(host));
  return [...new Set(names)].sort();
}
