import { resolve4 } from 'node:dns/promises';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Group } from '../../clients/pushgateway';
import { pushedSamples } from '../../clients/pushed-samples';
import { breakGlassFolder } from '../../estate/derived/registry-vm-paths';
import { imageAt } from '../../estate/derived/references';
import { hasRegistryVm, type Estate } from '../../estate/estate';
import { daySeconds, lastDays, lookAtDays } from '../../evidence/daily';
import { lookAtCluster, whatNamesLegacy } from '../../evidence/legacy-unused';
import type { Look } from '../../evidence/measured';
import type { Sources } from '../../evidence/sources';
import { digestOf, missingParts } from '../../evidence/whole-image';
import { asRoot, type SshAccess } from '../../rollout/machine-command';
import type { Run } from '../../rollout/run-command';
import { referenceFinder } from '../../scan/find-references';
import { retiredOf } from '../../scan/retired';
import { formatBytes } from '../../terminal/quantities';
import { said } from '../../terminal/said';

export interface DecommissionProps {
  readonly estate: Estate;
  /** What can be asked from here; what was not named is left to a person. */
  readonly sources: Pick<Sources, 'prometheus' | 'kubernetes' | 'tree' | 'target' | 'nowMs'>;
  readonly pushgateway?: string;
  /** The registry VM. @default it is not asked */
  readonly ssh?: { readonly access: SshAccess; readonly run: Run };
  /** @default the names that this machine's resolver knows */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** What was seen; `undefined` where nobody could be asked. */
export type Seen = Pick<Look, 'holds' | 'saw'> | undefined;

const alertFreeDays = 7;
/** Names of the alerts that would say so if it were missed. */
const watching = /^(?:Registry|Forgejo).+/u;

async function onMachine(
  { estate, ssh }: DecommissionProps,
  script: string,
  path = '',
): Promise<string | undefined> {
  if (ssh === undefined || estate.registryVm === undefined) return undefined;
  const ran = await ssh.run(asRoot(ssh.access, estate.registryVm.name, script, [path]));
  if (ran.code === 0) return ran.stdout.trim();
  throw new Error(`${estate.registryVm.name}: could not be asked, got ${said(ran)}; log in by hand`);
}

export async function askContainer(name: string, props: DecommissionProps): Promise<Seen> {
  const names = await onMachine(props, "docker ps --all --format '{{.Names}}'");
  if (names === undefined) return undefined;
  const isThere = names.split('\n').includes(name);
  return { holds: !isThere, saw: isThere ? `${name} is there` : `${names.split('\n').length} others` };
}

/** Bytes of the folder, and names in it that look like what repairs the cluster when no registry serves. */
const lookIntoFolder = `test -d "$1" || { echo gone; exit 0; }
du -s --block-size=1 "$1" | cut -f 1
find "$1" -maxdepth 3 '(' -iname '*break*glass*' -o -name '*.tar' -o -name '*.tar.gz' ')'`;

export async function askFolder(path: string, props: DecommissionProps): Promise<Seen> {
  const { estate, sources } = props;
  const kept = hasRegistryVm(estate) ? breakGlassFolder(estate) : undefined;
  if (kept !== undefined && `${kept}/`.startsWith(`${path}/`))
    return { holds: false, saw: `${kept} lies in it, which is never removed; move it first` };
  const [bytes, ...recovery] = (await onMachine(props, lookIntoFolder, path))?.split('\n') ?? [];
  if (bytes === undefined) return undefined;
  if (bytes === 'gone') return { holds: true, saw: 'it is gone' };
  const size = `${formatBytes(Number(bytes))} to be freed`;
  if (recovery.length > 0)
    return {
      holds: false,
      saw: `${size}, and ${recovery.join(', ')} in it, which is never removed; move it first`,
    };
  if (sources.prometheus === undefined)
    return { holds: false, saw: `${size}; whether an alert fired was not asked` };
  const days = lastDays(alertFreeDays, sources.nowMs);
  const alerts = await lookAtDays(
    sources.prometheus,
    {
      what: 'no alert fired',
      query: `count(count_over_time(ALERTS{alertname=~"${watching.source}",alertstate="firing"}[1d]))`,
      isMet: (value) => value === 0,
      absenceIsMet: true,
    },
    days,
  );
  const data = await sources.prometheus.range({
    ...{ query: 'count(count_over_time(up[1d]))', stepSeconds: daySeconds },
    ...{ from: days.from + daySeconds, to: days.from + days.count * daySeconds },
  });
  // Days before it went out of use say nothing of who misses it.
  const unused = estate.evidence.find(({ claim }) => claim === 'legacy-unused')?.measuredAt;
  const isLong = Date.parse(unused ?? '') <= days.from * 1000;
  // An alert whose rule is not loaded never fires.
  const rules = [...(await sources.prometheus.alertNames())].filter((name) => watching.test(name));
  const why = !isLong
    ? `it was seen out of use ${unused ?? 'never'}`
    : data.size < alertFreeDays
      ? `Prometheus has ${data.size} of ${alertFreeDays} days`
      : rules.length === 0
        ? 'Prometheus has no rule that watches a registry'
        : alerts.holds
          ? undefined
          : alerts.saw;
  const says = why === undefined ? `no alert for ${alertFreeDays} days, so it may go` : `not yet, ${why}`;
  return { holds: false, saw: `${size}: ${says}` };
}

export async function askPushgateway(group: Group, { pushgateway }: DecommissionProps): Promise<Seen> {
  if (pushgateway === undefined) return undefined;
  const pushed = await pushedSamples({ url: pushgateway, group, prefix: 'push_time_seconds' });
  return { holds: pushed.length === 0, saw: pushed.length === 0 ? 'no such group' : `its last push is left` };
}

export async function askWorkloads({ estate, sources: { kubernetes } }: DecommissionProps): Promise<Seen> {
  if (kubernetes === undefined) return undefined;
  const looks = await lookAtCluster(estate, kubernetes);
  return { holds: looks.every(({ holds }) => holds), saw: looks.map(({ saw }) => saw).join(', ') };
}

const leadingKinds = [
  { kind: 'Ingress', path: '/apis/networking.k8s.io/v1/ingresses' },
  { kind: 'Service', path: '/api/v1/services' },
  { kind: 'IngressRoute', path: '/apis/traefik.io/v1alpha1/ingressroutes' },
] as const;

export async function askIngresses({ estate, sources: { kubernetes } }: DecommissionProps): Promise<Seen> {
  if (kubernetes === undefined) return undefined;
  const { found, objects } = await whatNamesLegacy(estate, kubernetes, leadingKinds);
  return {
    holds: found.length === 0 && objects > 0,
    saw: found.join(', ') || `${objects} objects, none of them`,
  };
}

export async function askName({ estate, resolve = resolve4 }: DecommissionProps): Promise<Seen> {
  const { host } = estate.legacyRegistry;
  const addresses = await resolve(host).catch((error: unknown) => {
    if (['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw new Error(`${host}: could not be resolved, got ${String(error)}; ask again`);
  });
  return { holds: addresses.length === 0, saw: addresses.join(', ') || 'no address' };
}

export async function askSeries(
  query: string,
  { sources: { prometheus, nowMs } }: DecommissionProps,
): Promise<Seen> {
  if (prometheus === undefined) return undefined;
  const now = Math.floor(nowMs / 1000);
  const [count] = (await prometheus.range({ query, from: now, to: now, stepSeconds: 60 })).values();
  return { holds: count === 0, saw: count === undefined ? 'no answer' : `${count} series` };
}

/** A dual push may be dropped once a build was seen whole at Forgejo; what names the old registry still pushes there. */
export async function askBuilds({ estate, sources: { tree, target } }: DecommissionProps): Promise<Seen> {
  if (tree === undefined) return undefined;
  const { find } = referenceFinder({ ...retiredOf(estate), hubNames: [] });
  const folder = join(tree, '.woodpecker');
  const pushing = readdirSync(folder).filter(
    (name) => /\.ya?ml$/u.test(name) && find(readFileSync(join(folder, name), 'utf8')).length > 0,
  );
  const seen: string[] = [];
  let whole = true;
  for (const { name } of estate.projects.filter(({ move }) => move === 'stays in infra')) {
    const image = estate.images.find((row) => row.name === name);
    if (image === undefined) continue;
    const { repository } = imageAt(estate, image, 'forgejo');
    const digest = await digestOf(target, repository, image.tag);
    const isWhole = digest !== undefined && (await missingParts(target, repository, digest)).length === 0;
    whole &&= isWhole;
    seen.push(`${repository}:${image.tag} is ${isWhole ? 'whole' : 'not whole'} at Forgejo`);
  }
  const left =
    pushing.length === 0
      ? 'no pipeline names it'
      : `${pushing.join(', ')} still ${pushing.length === 1 ? 'names' : 'name'} it`;
  const advice = pushing.length > 0 ? (whole ? '; drop it there' : '; keep it until a build is') : '';
  return { holds: pushing.length === 0 && whole, saw: [...seen, left + advice].join(', ') };
}
