import { PrometheusApi } from '../../clients/prometheus';
import { claimsAhead } from '../../estate/derived/claims';
import { cutoverOrder } from '../../estate/derived/cutover-order';
import { legacySpellings, presentLegacy } from '../../estate/derived/legacy-registry';
import { pullPathsOf, type PullPath } from '../../estate/derived/pull-paths';
import { imageAt } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import { describeOverride, overrideFault } from '../../estate/overrides';
import { phases, type Phase } from '../../estate/phases';
import type { Duty, Token } from '../../estate/tokens';
import { estateFaults } from '../../estate/validate';
import { claimStates, type ClaimState } from '../../estate/derived/claim-states';
import { measurementsOf, type Measurements, type ReadingGroup } from './measurements';

/** What moves, and where its images come from now. */
export interface MoverRow {
  readonly name: string;
  readonly moved: boolean;
  /** Registries, by the name of their row. */
  readonly from: readonly string[];
  /** `host/repository:tag` */
  readonly images: readonly string[];
}

export interface TokenRow extends Token {
  readonly duty: Duty;
  readonly heldBy: string;
}

/** A claim, and what it stands on now. */
export interface GateRow {
  readonly claim: string;
  readonly holds: boolean;
  readonly state: string;
  readonly because: string;
  readonly command: string;
}

/** Something to do; without a command it is for a person to decide. */
export interface NextStep {
  readonly what: string;
  readonly command?: string;
}

/** The estate and what is known about it at one moment: what the page and the status print, each in its own form. */
export interface Overview {
  readonly takenAt: string;
  readonly nowMs: number;
  readonly phase: Phase;
  /** What keeps the estate from being synthesized. */
  readonly faults: readonly string[];
  readonly movers: readonly MoverRow[];
  readonly registries: readonly { readonly host: string; readonly role: string }[];
  /** The one of them to which everything goes. */
  readonly target: string;
  readonly pullPaths: readonly PullPath[];
  readonly tokens: readonly TokenRow[];
  /** What the present state rests on. */
  readonly gates: readonly GateRow[];
  /** What the next phase rests on besides. */
  readonly ahead: readonly GateRow[];
  readonly overrides: readonly string[];
  /** Bytes at which the volume is no longer grown, in words. */
  readonly storageCeiling: string;
  readonly measured: Measurements | undefined;
  readonly next: readonly NextStep[];
}

/** A person waits for each answer, once; one that does not come is said in its place. */
const timeoutMs = 15_000;

/** The estate as it is in the work tree, with what Prometheus says where its address is given. */
export async function takeOverview(
  estate: Estate,
  prometheus: string | undefined,
  nowMs: number,
): Promise<Overview> {
  if (prometheus === undefined) return overviewOf(estate, nowMs);
  const api = new PrometheusApi({ url: prometheus, timeoutMs, retries: 0 });
  return overviewOf(estate, nowMs, await measurementsOf(estate, api, nowMs));
}

/** @param measured by default nobody was asked */
export function overviewOf(estate: Estate, nowMs: number, measured?: Measurements): Overview {
  const faults = estateFaults(estate);
  const gates = gateRows(claimStates(estate, nowMs));
  const ahead = gateRows(claimStates(estate, nowMs, { claims: claimsAhead(estate) }));
  return {
    ...{ nowMs, phase: estate.phase, faults, gates, ahead, measured },
    takenAt: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
    movers: moverRows(estate),
    ...{ registries: registryRows(estate), target: estate.forgejo.host },
    pullPaths: pullPathsOf(estate).filter(({ isPresent }) => isPresent),
    tokens: tokenRows(estate),
    overrides: estate.overrides.map(
      (each) => `${each.claim}: ${overrideFault(each, nowMs) ?? describeOverride(each)}`,
    ),
    storageCeiling: estate.forgejo.storage.ceiling,
    next: [
      ...resultsThat({ measured, nowMs }, 'not so').map(({ title, whats, command }) => ({
        what: `${title}: look closer before anything else, not as it should be: ${whats.join(', ')}`,
        command,
      })),
      ...nextSteps(estate, faults, gates, ahead),
    ],
  };
}

function moverRows(estate: Estate): readonly MoverRow[] {
  return cutoverOrder(estate).map(({ name, cutOver, images }) => {
    const rows = estate.images.filter((image) => images.includes(image.name));
    const at = rows.map((image) => ({
      ...imageAt(estate, image, cutOver ? 'forgejo' : 'source'),
      tag: image.tag,
    }));
    return {
      ...{ name, moved: cutOver, from: [...new Set(at.map(({ host }) => registryOf(estate, host)))] },
      images: at.map(({ host, repository, tag }) => `${host}/${repository}:${tag}`),
    };
  });
}

/** Spellings of one registry are one row. */
function registryRows(estate: Estate): Overview['registries'] {
  const { forgejo, images } = estate;
  const [legacy = '', ...others] = legacySpellings(estate);
  const sources = images.map((image) => registryOf(estate, imageAt(estate, image, 'source').host));
  const spelled = others.length === 0 ? '' : `, also spelled ${others.join(' and ')}`;
  const gone = presentLegacy(estate) === undefined ? ', which this phase has removed' : '';
  const roles: Readonly<Record<string, string>> = {
    [legacy]: `the legacy registry${spelled}${gone}`,
    [forgejo.host]: "Forgejo's registry: where everything goes",
  };
  const hosts = [...new Set([...sources, forgejo.host])];
  return hosts.map((host) => ({ host, role: roles[host] ?? 'a public registry' }));
}

/** The name of the registry that a reference's host spells. */
function registryOf(estate: Estate, host: string): string {
  const spellings = legacySpellings(estate);
  return spellings.includes(host) ? (spellings[0] ?? host) : host;
}

function tokenRows({ tokens, pullSecret, forgejo }: Estate): readonly TokenRow[] {
  const heldBy: Readonly<Record<Duty, string>> = {
    pull: `every node, by the Secret "${pullSecret.name}", and the integrity probe`,
    push: 'the pipelines, by the sync of CI secrets',
    delete: `the retention job in the namespace "${forgejo.namespace}"`,
  };
  const rows = Object.entries(tokens) as [Duty, Token][];
  return rows.map(([duty, token]) => ({ ...token, duty, heldBy: heldBy[duty] }));
}

function gateRows(states: readonly ClaimState[]): readonly GateRow[] {
  return states.map(({ name, because, standing, state, command }) => ({
    ...{ claim: name, holds: standing !== 'open', state, command },
    because: because.replace(/,$/u, ''),
  }));
}

const decommission = './registry decommission --tree ../infra';

/** In the order in which they are done: nothing waits for what comes after it. */
function nextSteps(
  estate: Estate,
  faults: readonly string[],
  gates: readonly GateRow[],
  ahead: readonly GateRow[],
): readonly NextStep[] {
  const missing = gates.filter(({ holds }) => !holds);
  if (missing.length > 0)
    return [
      ...missing.map(({ claim, state, command }) => ({ what: `${claim}: ${state}`, command })),
      faults.length > 0
        ? { what: 'until then no stack is synthesized; or step back to the phase before' }
        : { what: 'until then preflight and cutover refuse' },
    ];
  if (faults.length > 0)
    return [{ what: 'the estate is refused; each fault says what to do', command: 'make synth' }];
  const mover = cutoverOrder(estate).find(({ cutOver }) => !cutOver);
  if (estate.phase === 'decommission')
    return [{ what: 'see that nothing is left of the legacy registry', command: decommission }];
  const open = ahead.filter(({ holds }) => !holds);
  if (estate.phase === 'cutover' && mover !== undefined)
    return [
      ...open
        .filter(({ claim }) => mover.images.some((image) => claim === `image-present/${image}`))
        .map(({ claim, command }) => ({ what: `measure ${claim}`, command })),
      {
        what: `move ${mover.name}, the next in order`,
        command: `./registry cutover ${mover.name} --into ../infra`,
      },
    ];
  const phase = phases[phases.indexOf(estate.phase) + 1] ?? estate.phase;
  const ofPhase = open.filter(({ claim }) => !claim.startsWith('image-present/'));
  const ready = 'see that accounts, tokens, keys and names are in place';
  return [
    ...(estate.phase === 'prepare' ? [{ what: ready, command: './registry preflight' }] : []),
    ...ofPhase.map(({ claim, command }) => ({
      what: `measure ${claim}, which "${phase}" rests on`,
      command,
    })),
    { what: `enter the phase "${phase}" in estate/index.ts`, command: 'make synth' },
  ];
}

/** The groups that have results which are not as they should be, or which nobody knows. */
export function resultsThat(
  { measured, nowMs }: Pick<Overview, 'measured' | 'nowMs'>,
  are: 'not so' | 'unknown',
): readonly (ReadingGroup & { readonly whats: readonly string[] })[] {
  return (measured?.groups ?? []).flatMap((group) => {
    const those = group.readings.filter(({ value, isWell: judge }) =>
      value === undefined ? are === 'unknown' : are === 'not so' && judge?.(value, nowMs) === false,
    );
    return those.length === 0 ? [] : [{ ...group, whats: those.map(({ what }) => what) }];
  });
}
