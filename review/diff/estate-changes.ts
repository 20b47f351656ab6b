import type { App, Pull } from '../../estate/apps';
import { requiredClaims } from '../../estate/derived/claims';
import { legacySpellings, presentLegacy } from '../../estate/derived/legacy-registry';
import { imageOf, pulledReference, targetReferences } from '../../estate/derived/references';
import { asksForLogin } from '../../estate/derived/registries';
import type { Estate } from '../../estate/estate';
import { factsHash } from '../../estate/evidence';
import { formatImageReference } from '../../estate/image-reference';
import { isAtLeast } from '../../estate/phases';
import type { Duty } from '../../estate/tokens';
import { factChanges, factInWords, type FactChange } from './fact-changes';

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
    ['images', images],
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
      return {
        title,
        lines: ['not compared: the base holds these facts in another shape; read the objects below'],
      };
    }
  });
}

interface Pulled {
  /** `stack/image`. */
  readonly key: string;
  readonly app: App;
  readonly pull: Pull;
  readonly reference: string;
}

const pulled = (estate: Estate): Pulled[] =>
  estate.apps.flatMap((app: App) =>
    app.pulls.map((pull) => ({
      key: `${app.stack}/${pull.image}/${pull.folder}`,
      app,
      pull,
      reference: formatImageReference(pulledReference(estate, app, pull)),
    })),
  );

const consumers = ({ app, pull }: Pulled): string =>
  `${app.stack} (${pull.workloads.map(({ kind, name }) => `${kind} ${name}`).join(', ')})`;

function unpullable(before: Estate, after: Estate): string[] {
  const gone = presentLegacy(before) !== undefined && presentLegacy(after) === undefined;
  const hosts = legacySpellings(after);
  const all = pulled(after);
  const left = all.filter(({ reference }) => hosts.some((host) => reference.startsWith(`${host}/`)));
  const were = new Map(pulled(before).map((one) => [one.key, one]));
  const hadSecret = (one: Pulled, name: string): boolean =>
    were.get(one.key)?.pull.workloads.find((workload) => workload.name === name)?.hasPullSecret !== false;
  const bare = all.flatMap((one) => {
    const host = one.reference.split('/')[0] ?? '';
    const moved = were.get(one.key)?.reference.split('/')[0] !== host;
    return asksForLogin(after, host)
      ? one.pull.workloads
          .filter(({ name, hasPullSecret }) => !hasPullSecret && (moved || hadSecret(one, name)))
          .map(
            ({ kind, name }) =>
              `${one.reference}: ${kind} ${name} of ${one.app.stack} names no pull Secret, and ${host} asks for a login`,
          )
      : [];
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
  const claims = now.flatMap(({ name, facts: about, because }) => {
    const hash = factsHash(about);
    if (old.get(name) === hash) return [];
    const measured = after.evidence.find((one) => one.claim === name && one.facts === hash);
    const stands = measured === undefined ? 'nobody has measured it' : `measured ${measured.measuredAt}`;
    return [`rests on evidence "${name}", because ${because.replace(/,$/u, '')}: ${stands}`];
  });
  const names = new Set(now.map(({ name }) => name));
  return [
    ...(before.phase === after.phase
      ? []
      : [`phase goes ${backwards ? 'back ' : ''}from "${before.phase}" to "${after.phase}"`]),
    ...claims,
    ...[...old.keys()]
      .filter((name) => !names.has(name))
      .map((name) => `evidence "${name}" is not asked for any more`),
  ];
}

function images(before: Estate, after: Estate): string[] {
  const were = new Map(pulled(before).map((one) => [one.key, one]));
  const now = pulled(after);
  const keys = new Set(now.map(({ key }) => key));
  const lines = now.flatMap((one) => {
    const old = were.get(one.key);
    if (old === undefined) return [`${consumers(one)} newly pulls ${one.reference}`];
    const changed = factChanges(`${one.app.stack}: ${one.pull.image}`, old.pull, one.pull).map(
      (change) => consumerInWords(old, one, change) ?? factInWords(change),
    );
    if (old.reference === one.reference) return changed;
    const digest = sameDigest(before, after, one);
    return [
      `${consumers(one)} pulls ${one.reference} instead of ${old.reference}; same digest: ${digest}${setElsewhere(old, one)}`,
      ...changed,
    ];
  });
  const unused = [...were.values()].filter(({ key }) => !keys.has(key));
  const rows = factChanges('images', before.images, after.images);
  return [
    ...lines,
    ...unused.map((one) => `${consumers(one)} pulls ${one.reference} no more`),
    ...rows.map(factInWords),
  ];
}

/** A workload that comes or goes, said as a whole app's is; undefined for a change within one. */
function consumerInWords(old: Pulled, now: Pulled, { path, before, after }: FactChange): string | undefined {
  if (!/\.workloads\.[^.]+$/u.test(path) || (before !== undefined && after !== undefined)) return undefined;
  const [side, of] = after === undefined ? [old, before] : [now, after];
  const { kind, name } = of as Pull['workloads'][number];
  const who = `${side.app.stack} (${kind} ${name})`;
  return after === undefined
    ? `${who} pulls ${side.reference} no more`
    : `${who} newly pulls ${side.reference}`;
}

/** A tag that this estate only repeats changes nothing that runs. */
function setElsewhere(old: Pulled, { reference, pull }: Pulled): string {
  const path = (text: string): string => text.replace(/(?::[^/:@]*)?(?:@.*)?$/u, '');
  if (path(old.reference) !== path(reference)) return '';
  const others = pull.workloads.filter(({ imageSetBy }) => imageSetBy !== 'terraform');
  return [
    ...(pull.tagIs === 'literal'
      ? []
      : [`; the tag that runs is written in ${pull.folder} of the tree: change it there too`]),
    ...others.map(({ kind, name, imageSetBy }) => `; ${kind} ${name} runs what its ${imageSetBy} sets`),
  ].join('');
}

function sameDigest(before: Estate, after: Estate, { pull }: Pulled): string {
  const [old, now] = [imageOf(before, pull), imageOf(after, pull)];
  if (old.digest !== undefined && now.digest !== undefined)
    return old.digest === now.digest ? 'yes, by its digest' : 'no';
  if (old.tag !== now.tag) return 'not known, it is another tag';
  const measured = [after, before].flatMap((side) => {
    const claim = requiredClaims(side).find(({ name }) => name === `image-present/${now.name}`);
    return side.evidence.filter((one) => one.claim === claim?.name && one.facts === factsHash(claim.facts));
  })[0];
  return measured === undefined
    ? 'not known, nobody has measured it'
    : `yes, measured ${measured.measuredAt}`;
}

function retention(before: Estate, after: Estate): string[] {
  const { mode } = after.retention;
  const kept = new Set(targetReferences(after));
  const inUse = new Set(pulled(before).map(({ reference }) => reference.split('@')[0]));
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
          : `${reference}: the estate names it no more; retention may free it once no other rule keeps it`,
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
