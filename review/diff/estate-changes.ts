import type { App } from '../../estate/apps';
import { requiredClaims } from '../../estate/derived/claims';
import { legacySpellings, presentLegacy } from '../../estate/derived/legacy-registry';
import { targetReferences } from '../../estate/derived/references';
import { asksForLogin } from '../../estate/derived/registries';
import type { Estate } from '../../estate/estate';
import { factsHash } from '../../estate/evidence';
import { describeOverride } from '../../estate/overrides';
import { isAtLeast } from '../../estate/phases';
import type { Duty } from '../../estate/tokens';
import { factChanges, factInWords } from './fact-changes';
import { consumers, imageChanges, pulled, pulledOnBothSides } from './image-changes';

/** A part of what a reviewer reads, in sentences; without any where nothing changes. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What changes between two estates, in the words of the domain. Every fact that differs is said in one of the sections. */
export function estateChanges(before: Estate, after: Estate): Section[] {
  const parts: readonly (readonly [string, (before: Estate, after: Estate) => string[]])[] = [
    ['becomes unpullable', unpullable],
    ['phase and evidence', phase],
    ['images', imageChanges],
    ['retention', retention],
    ['tokens', tokens],
    ['machines', facts(...machines)],
    ['paths', facts(...paths)],
    ['everything else', otherFacts],
  ];
  return parts.map(([title, part]) => {
    try {
      return { title, lines: part(before, after) };
    } catch (error) {
      // Facts of today compare with themselves: where they do not, the fault is here and not in the base.
      part(after, after);
      if (!(error instanceof TypeError)) throw error;
      const why = 'not compared: the base holds these facts in another shape; read the objects below';
      return { title, lines: [why] };
    }
  });
}

function unpullable(before: Estate, after: Estate): string[] {
  const gone = presentLegacy(before) !== undefined && presentLegacy(after) === undefined;
  const hosts = legacySpellings(after);
  const all = pulled(after);
  const left = all.filter(({ reference }) => hosts.some((host) => reference.startsWith(`${host}/`)));
  const bare = pulledOnBothSides(before, after).flatMap(([old, now]) => {
    const host = now?.reference.split('/')[0] ?? '';
    if (now === undefined || !asksForLogin(after, host)) return [];
    const had = old?.reference.startsWith(`${host}/`) === true ? old.pull.workloads : [];
    return now.pull.workloads
      .filter(({ hasPullSecret }) => !hasPullSecret)
      .filter(
        ({ kind, name }) =>
          had.find((one) => one.kind === kind && one.name === name)?.hasPullSecret !== false,
      )
      .map(
        ({ kind, name }) =>
          `${now.reference}: ${kind} ${name} of ${now.stack} names no pull Secret, and ${host} asks for a login`,
      );
  });
  return [
    ...(gone ? [`everything at ${hosts.join(', ')}: the legacy registry is removed`] : []),
    ...(gone ? left.map((one) => `${one.reference}: ${consumers(one)} still pulls it from there`) : []),
    ...bare,
  ];
}

function phase(before: Estate, after: Estate): string[] {
  const backwards = before.phase !== after.phase && isAtLeast(before.phase, after.phase);
  const old = new Map(requiredClaims(before).map(({ name, facts: about }) => [name, factsHash(about)]));
  const now = requiredClaims(after);
  const asked = now.filter(({ name, facts: about }) => old.get(name) !== factsHash(about));
  const claims = asked.map(({ name, facts: about, because }) => {
    const override = after.overrides.find((one) => one.claim === name);
    const measured = after.evidence.find((one) => one.claim === name && one.facts === factsHash(about));
    const stands = measured === undefined ? 'nobody has measured it' : `measured ${measured.measuredAt}`;
    return `rests on evidence "${name}", because ${because.replace(/,$/u, '')}: ${override === undefined ? stands : describeOverride(override)}`;
  });
  const names = new Set(now.map(({ name }) => name));
  const dates = ({ evidence }: Estate): object =>
    Object.fromEntries(
      evidence
        .filter(({ claim }) => !asked.some(({ name }) => name === claim))
        .map(({ claim, measuredAt }) => [claim, measuredAt]),
    );
  return [
    ...(before.phase === after.phase
      ? []
      : [`phase goes ${backwards ? 'back ' : ''}from "${before.phase}" to "${after.phase}"`]),
    ...claims,
    ...[...old.keys()]
      .filter((name) => !names.has(name))
      .map((name) => `evidence "${name}" is not asked for any more`),
    ...factChanges('evidence', dates(before), dates(after)).map(factInWords),
  ];
}

function retention(before: Estate, after: Estate): string[] {
  const { mode } = after.retention;
  const kept = new Set(targetReferences(after));
  const usedBy = (isWorkload: boolean): Set<string | undefined> =>
    new Set(
      pulled(before)
        .filter(({ pull }) => pull.workloads.length > 0 === isWorkload)
        .map(({ reference }) => reference.split('@')[0]),
    );
  const [inUse, inPipelines] = [usedBy(true), usedBy(false)];
  const collected = `${after.forgejo.host}/${after.forgejo.packages.owner}/`;
  const [was, is] = [before.forgejo.host, after.forgejo.host];
  // A name is no other server: its packages are where they were.
  const asCalledNow = (reference: string): string => reference.replace(`${was}/`, `${is}/`);
  const freed = targetReferences(before).filter((reference) => !kept.has(asCalledNow(reference)));
  return [
    ...(before.retention.mode === mode
      ? []
      : [mode === 'enforce' ? 'retention begins to delete' : 'retention stops deleting and only observes']),
    ...factChanges('retention', before.retention, after.retention).map(factInWords),
    ...(keepsLess(before.retention, after.retention)
      ? [
          `retention keeps less than before, of what neither runs nor is named here: ./registry retention --against https://${after.forgejo.host} lists what it would newly free`,
        ]
      : []),
    ...(was === is
      ? []
      : [
          `${was} is called ${is}: where that is another server, what lies at the first stays until a person deletes it`,
        ]),
    ...freed.map((reference) =>
      !asCalledNow(reference).startsWith(collected)
        ? `${reference}: the estate names it no more, and retention does not look there any more: what lies there stays until a person deletes it`
        : inUse.has(reference)
          ? `${reference}: the estate names it no more, and it is in use until the new one runs; retention keeps it while the cluster runs it or could roll back to it`
          : `${reference}: the estate names it no more; retention may free it once no other rule keeps it${inPipelines.has(reference) ? ', and does not see the pipelines, which name it until the tree is delivered' : ''}`,
    ),
  ];
}

function keepsLess(before: Estate['retention'], after: Estate['retention']): boolean {
  const lists = ['alwaysKeepTags', 'alwaysKeepPatterns'] as const;
  return (
    after.keepNewestTags < before.keepNewestTags ||
    after.graceHours < before.graceHours ||
    lists.some((list) => before[list].some((kept) => !after[list].includes(kept)))
  );
}

function tokens(before: Estate, after: Estate): string[] {
  return (Object.keys(after.tokens) as Duty[]).flatMap((duty) => {
    const changed = factChanges(`token to ${duty}`, before.tokens[duty], after.tokens[duty]).map(factInWords);
    const wider = after.tokens[duty].scopes.filter((scope) => !before.tokens[duty].scopes.includes(scope));
    return [...changed, ...wider.map((scope) => `token to ${duty} may newly do ${scope}`)];
  });
}

type Fact = keyof Estate;

const facts =
  (...keys: readonly Fact[]) =>
  (before: Estate, after: Estate): string[] =>
    keys.flatMap((key) => factChanges(key, before[key], after[key])).map(factInWords);

const machines = ['nodes', 'registryVm'] as const;
const paths = [
  ...(['hosts', 'resolvers', 'clientNetworks'] as const),
  ...(['pullPaths', 'pullThroughCaches', 'pullSecret'] as const),
];
const saidElsewhere: ReadonlySet<string> = new Set<Fact>([
  ...(['phase', 'evidence', 'evidenceFaults', 'images', 'retention', 'tokens'] as const),
  ...[...machines, ...paths],
]);

/** Of an app, what it pulls is said with the images. */
function otherFacts(before: Estate, after: Estate): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !saidElsewhere.has(key),
  ) as Fact[];
  return facts(...keys)(
    { ...before, apps: before.apps.map((app: App) => ({ ...app, pulls: [] })) },
    { ...after, apps: after.apps.map((app: App) => ({ ...app, pulls: [] })) },
  );
}
