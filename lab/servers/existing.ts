/** What may exist before a lab, with the variables that say where it is and who may write there. */
const whereabouts = {
  kubernetes: ['KUBECONFIG'],
  forge: ['FORGEJO_URL', 'FORGEJO_ADMIN_TOKEN'],
  'legacy-registry': ['LEGACY_REGISTRY_URL'],
  pushgateway: ['PUSHGATEWAY_URL'],
  vault: ['VAULT_ADDR', 'VAULT_TOKEN'],
} as const;

export type ExistingServer = keyof typeof whereabouts;

export type Whereabouts<Server extends ExistingServer> = Readonly<
  Record<(typeof whereabouts)[Server][number], string>
>;

/**
 * Where a server is that LAB_EXISTING names; undefined when a lab is to start its own: a KUBECONFIG that happens to be set
 * must never lead tests into a cluster. @throws Error with every fault of LAB_EXISTING and its variables
 */
export function existing<Server extends ExistingServer>(
  server: Server,
  env: NodeJS.ProcessEnv = process.env,
): Whereabouts<Server> | undefined {
  if (!namedExisting(env).includes(server)) return undefined;
  const names: readonly string[] = whereabouts[server];
  return Object.fromEntries(names.map((name) => [name, env[name] ?? ''])) as Whereabouts<Server>;
}

export function namedExisting(env: NodeJS.ProcessEnv = process.env): readonly ExistingServer[] {
  const named = (env['LAB_EXISTING'] ?? '').split(',').map((name) => name.trim());
  const faults = named.filter(Boolean).flatMap((name) => {
    if (!servers.includes(name as ExistingServer))
      return `LAB_EXISTING: no server that could run already, got "${name}"; there are: ${[...servers].sort().join(', ')}`;
    return whereabouts[name as ExistingServer]
      .filter((variable) => (env[variable] ?? '') === '')
      .map((variable) => `LAB_EXISTING: names "${name}" without its whereabouts, got no ${variable}; set it`);
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return servers.filter((server) => named.includes(server));
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
