import { ServerError } from '../../clients/http/errors';
import type { TransportProps } from '../../clients/http/transport';
import { updateGroup } from '../../clients/pushgateway';
import { kubernetesLogin } from '../../clients/vault/kubernetes-login';
import { VaultKv } from '../../clients/vault/kv';
import { WoodpeckerRepositories } from '../../clients/woodpecker/repositories';
import { WoodpeckerSecrets, type ListedSecret, type SecretScope } from '../../clients/woodpecker/secrets';
import { EXIT, type ExitCode } from '../exit-code';
import { withGrace, WORK_GRACE_MS } from '../grace';
import { messageOf } from '../life';
import { tell } from '../tell';
import type { WoodpeckerSyncConfig } from './config';
import { gaugesOf, total, type RunReport } from './metrics';
import { syncScope } from './sync-scope';
import { wantedOf, type Wanted } from './wanted';

export interface RunOptions {
  readonly config: WoodpeckerSyncConfig;
  /** The token of the pod's ServiceAccount. */
  readonly jwt: string;
  readonly print: (line: string) => void;
  /** Ends the run, in any phase; what was done by then is still reported and pushed. */
  readonly signal: AbortSignal;
  /** How patient the run is with its servers. @default the transport's own */
  readonly patience?: Pick<TransportProps, 'retries' | 'retryDelayMs' | 'timeoutMs'>;
  /** @default Date.now */
  readonly now?: () => number;
}

/** One run, from its login to its metrics. Never throws. */
export async function run(options: RunOptions): Promise<ExitCode> {
  const { config, print, signal, now = Date.now } = options;
  const report: RunReport = { startedAtMs: now(), scopes: new Map() };
  let code: ExitCode;
  try {
    code = await withGrace(signal, WORK_GRACE_MS, () => sync(options, report));
  } catch (error) {
    print(messageOf(error));
    code = isRefusal(error) ? EXIT.refused : EXIT.failed;
  }
  print(
    `${config.instance}: ${total(report, 'written')} written, ${total(report, 'removed')} removed, ${total(report, 'failures')} left as they were`,
  );
  const group = { job: 'woodpecker-secret-sync', instance: config.instance };
  return tell({
    ...{ code, signal, print },
    push: (as, late) =>
      updateGroup({ url: config.pushgatewayUrl, group, signal: late }, gaugesOf(report, as, now())),
  });
}

async function sync(
  { config, jwt, patience, print, signal }: RunOptions,
  report: RunReport,
): Promise<ExitCode> {
  const limits = { ...patience, signal };
  const vault = { address: config.vaultUrl, ...limits };
  const role = { mount: config.vaultAuthMount, role: config.vaultRole, jwt };
  const kv = new VaultKv({
    ...{ ...vault, mount: config.vaultMount },
    token: await kubernetesLogin({ ...vault, ...role }),
  });
  try {
    const woodpecker = { url: config.woodpeckerUrl, token: await apiToken(kv, config), ...limits };
    const globals = await wantedAt(kv, config, config.globalPath);
    const syncOne = async (
      name: string,
      scope: SecretScope,
      wanting: () => Promise<Wanted | undefined>,
    ): Promise<void> => {
      const counts = { written: 0, removed: 0, failures: 0, shadows: 0 };
      report.scopes.set(name, counts);
      const complain = (line: string): void => {
        counts.failures += 1;
        print(`${name}: ${line}`);
      };
      try {
        const secrets = new WoodpeckerSecrets({ ...woodpecker, scope });
        const wanted = await wanting();
        wanted?.faults.forEach(complain);
        const listed =
          wanted === undefined
            ? await secrets.list()
            : await syncScope({ secrets, wanted, counts, complain, signal });
        for (const { own, global } of shadowsOf(globals, listed, wanted)) {
          counts.shadows += 1;
          const what =
            own === global ? 'hides the global one from' : `and the global "${global}" are one name to`;
          print(`${name}: its own secret "${own}" ${what} its pipelines`);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (scope === 'global' && isRefusal(error)) throw error;
        complain(messageOf(error));
      }
    };

    await syncOne('global', 'global', () => Promise.resolve(globals));
    const owners = new Map<number, string>();
    for (const { name, id, path } of config.repositories)
      await syncOne(name, { repositoryId: id }, async () => {
        const { org_id: organizationId, owner } = await new WoodpeckerRepositories(woodpecker).get(id);
        if (organizationId > 0) owners.set(organizationId, owner);
        return path === undefined ? undefined : wantedAt(kv, config, path);
      });
    for (const [organizationId, owner] of owners)
      await syncOne(`owner ${owner}`, { organizationId }, () => Promise.resolve(undefined));
    return total(report, 'failures') === 0 ? EXIT.done : EXIT.failed;
  } finally {
    // Its lease ends by itself too.
    await kv.revokeSelf().catch(() => undefined);
  }
}

/**
 * Secrets that pipelines may be given for a global one of the sync, which did not mean them: those of a repository or its
 * owner come first. Pipelines read no case, and of two that differ by it are given the global one, or either of two global ones (3.17).
 */
function shadowsOf(
  globals: Wanted,
  listed: readonly ListedSecret[],
  wanted: Wanted | undefined,
): readonly { readonly own: string; readonly global: string }[] {
  return listed.flatMap(({ name: own }) =>
    globals.write
      .filter(({ name }) => name.toLowerCase() === own.toLowerCase())
      .filter(({ name }) => name !== own || wanted?.names.has(own) !== true)
      .map(({ name: global }) => ({ own, global })),
  );
}

async function apiToken(
  kv: VaultKv,
  { vaultMount, apiTokenPath, apiTokenKey }: WoodpeckerSyncConfig,
): Promise<string> {
  const token = (await kv.values(apiTokenPath))[apiTokenKey];
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new Refusal(
    `woodpecker sync: no API token of Woodpecker, got ${token === undefined ? 'nothing' : 'what no header can carry'} at ${vaultMount}/${apiTokenPath} key "${apiTokenKey}"; take it from an administrator's settings in Woodpecker and store it there`,
  );
}

/** A path without keys is no wish to remove them all: somebody deleted it, or it is not the one that was meant. */
async function wantedAt(kv: VaultKv, config: WoodpeckerSyncConfig, path: string): Promise<Wanted> {
  const wanted = wantedOf(config, path, await kv.values(path));
  if (wanted.names.size > 0) return wanted;
  throw new Refusal(
    `woodpecker sync: nothing is written or removed because there is nothing to sync, got no keys at ${config.vaultMount}/${path}; bring them back (vault kv undelete, vault kv rollback), or correct the path`,
  );
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof Refusal || (error instanceof ServerError && (error.refused || error.status === 400))
  );
}

class Refusal extends Error {}
