import type { ToolName } from '../programs/tools';

/** What may exist before a lab, with the variables that say where it is and who may write there. */
const whereabouts = {
  kubernetes: { variables: ['KUBECONFIG'], programs: ['etcd', 'kube-apiserver'] },
  forge: { variables: ['FORGEJO_URL', 'FORGEJO_ADMIN_TOKEN'], programs: ['gitea'] },
  'legacy-registry': { variables: ['LEGACY_REGISTRY_URL'], programs: ['docker-registry'] },
  pushgateway: { variables: ['PUSHGATEWAY_URL'], programs: ['pushgateway'] },
  vault: { variables: ['VAULT_ADDR', 'VAULT_TOKEN'], programs: ['vault'] },
} as const satisfies Record<string, { variables: readonly string[]; programs: readonly ToolName[] }>;

export type ExistingServer = keyof typeof whereabouts;

export type Whereabouts<Server extends ExistingServer> = Readonly<
  Record<(typeof whereabouts)[Server]['variables'][number], string>
>;

/**
 * Where a server is that LAB_EXISTING names, undefined when a lab is to start its own. The ordinary
 * variables alone do nothing: a KUBECONFIG that happens to be set must never lead tests into a cluster.
 * @throws Error with every fault of LAB_EXISTING and its variables
 */
export function existing<Server extends ExistingServer>(
  server: Server,
  env: NodeJS.ProcessEnv = process.env,
): Whereabouts<Server> | undefined {
  if (!namedExisting(env).includes(server)) return undefined;
  const names: readonly string[] = whereabouts[server].variables;
  return Object.fromEntries(names.map((name) => [name, env[name] ?? ''])) as Whereabouts<Server>;
}

export function namedExisting(env: NodeJS.ProcessEnv = process.env): readonly ExistingServer[] {
  const named = (env['LAB_EXISTING'] ?? '').split(',').map((name) => name.trim());
  const faults = named.filter(Boolean).flatMap((name) => {
    if (!servers.includes(name as ExistingServer))
      return `LAB_EXISTING: no server that could run already, got "${name}"; there are: ${[...servers].sort().join(', ')}`;
    return missing(name as ExistingServer, env).map(
      (variable) => `LAB_EXISTING: names "${name}" without its whereabouts, got no ${variable}; set it`,
    );
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return servers.filter((server) => named.includes(server));
}

/** The servers whose variables all have a value. */
export function existingAmong(env: Readonly<Record<string, string>>): readonly ExistingServer[] {
  return servers.filter((server) => missing(server, env).length === 0);
}

/** Whether a program is needed beside the servers that LAB_EXISTING names. */
export function isNeeded(tool: ToolName): boolean {
  const programs: readonly ToolName[] = namedExisting().flatMap((server) => whereabouts[server].programs);
  return !programs.includes(tool);
}

/** Refuses what only a server can give that the lab has started itself: its files, its keys. */
export function notHeld(server: ExistingServer, what: string): never {
  throw new Error(
    `${server}: already ran before the lab, which has no hold of ${what}; take "${server}" out of LAB_EXISTING`,
  );
}

/** In the place of what ends or starts a server's process. */
export function processNotHeld(server: ExistingServer): () => Promise<never> {
  return () => Promise.resolve().then(() => notHeld(server, 'its process'));
}

const servers = Object.keys(whereabouts) as ExistingServer[];

function missing(server: ExistingServer, env: NodeJS.ProcessEnv): readonly string[] {
  return whereabouts[server].variables.filter((name) => (env[name] ?? '') === '');
}
