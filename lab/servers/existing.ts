import type { ToolName } from '../programs/tools';

/** What may run already, with the variables that say where it is and who may write there. */
const reusable = {
  kubernetes: { variables: ['KUBECONFIG'], programs: ['etcd', 'kube-apiserver'] },
  forge: { variables: ['FORGEJO_URL', 'FORGEJO_ADMIN_TOKEN'], programs: ['gitea'] },
  'legacy-registry': { variables: ['LEGACY_REGISTRY_URL'], programs: ['docker-registry'] },
  pushgateway: { variables: ['PUSHGATEWAY_URL'], programs: ['pushgateway'] },
  vault: { variables: ['VAULT_ADDR', 'VAULT_TOKEN'], programs: ['vault'] },
} as const satisfies Record<string, { variables: readonly string[]; programs: readonly ToolName[] }>;

export type ReusableServer = keyof typeof reusable;

/** The variables of a server by their names. */
export type Whereabouts<Server extends ReusableServer> = Readonly<
  Record<(typeof reusable)[Server]['variables'][number], string>
>;

/**
 * Where a server is that LAB_EXISTING names, undefined when a lab is to start its own. The ordinary
 * variables alone do nothing: a KUBECONFIG that happens to be set must never lead tests into a cluster.
 * @throws Error with every fault of LAB_EXISTING and its variables
 */
export function existing<Server extends ReusableServer>(
  server: Server,
  env: NodeJS.ProcessEnv = process.env,
): Whereabouts<Server> | undefined {
  const named = namedServers(env);
  if (!named.includes(server)) return undefined;
  const names: readonly string[] = reusable[server].variables;
  return Object.fromEntries(names.map((name) => [name, env[name] ?? ''])) as Whereabouts<Server>;
}

/** The servers that LAB_EXISTING names. */
export function namedServers(env: NodeJS.ProcessEnv = process.env): readonly ReusableServer[] {
  const named = (env['LAB_EXISTING'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const faults = named.flatMap((name) => (isReusable(name) ? missingVariables(name, env) : [unknown(name)]));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return named.filter(isReusable);
}

/** The servers whose variables all have a value. */
export function reusableAmong(env: Readonly<Record<string, string>>): readonly ReusableServer[] {
  return Object.keys(reusable)
    .filter(isReusable)
    .filter((server) => missingVariables(server, env).length === 0);
}

/** Whether a program is needed beside the servers that LAB_EXISTING names. */
export function isNeeded(tool: ToolName): boolean {
  return !namedServers().some((server) => (reusable[server].programs as readonly ToolName[]).includes(tool));
}

/** Refuses what only a server can give that the lab has started itself: its files, its keys, its process. */
export function notLent(server: ReusableServer, what: string): never {
  throw new Error(
    `${server}: already ran before the lab, which has no hold of ${what}; take "${server}" out of LAB_EXISTING`,
  );
}

function isReusable(name: string): name is ReusableServer {
  return Object.hasOwn(reusable, name);
}

function unknown(name: string): string {
  const names = Object.keys(reusable).sort().join(', ');
  return `LAB_EXISTING: no server that could run already, got "${name}"; there are: ${names}`;
}

function missingVariables(
  server: ReusableServer,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return reusable[server].variables
    .filter((name) => (env[name] ?? '') === '')
    .map((name) => `LAB_EXISTING: names "${server}" without its whereabouts, got no ${name}; set it`);
}
