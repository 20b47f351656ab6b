import type { Estate } from '../estate';
import { isAtLeast, phases } from '../phases';
import { cutoverOrder, withCutOver } from './cutover-order';
import { legacySpellings, presentLegacy } from './legacy-registry';
import { imageAt, targetTags } from './references';

/** A claim that the estate's present state rests on, with the facts it is about and why it is needed. */
export interface Claim {
  readonly name: string;
  readonly facts: unknown;
  readonly because: string;
  /** What measures it and writes its evidence. */
  readonly command: string;
}

const collects = (name: string, options = ''): { readonly name: string; readonly command: string } => ({
  name,
  command: `./registry evidence collect ${name}${options}`,
});
const asksPrometheus = ' --prometheus http://127.0.0.1:9090';

/** Everything that must have been measured for this estate to be allowed to stand as it is; docs/architecture.md says how each is. */
export function requiredClaims(estate: Estate): Claim[] {
  return [
    ...smoke(estate),
    ...imagesPresent(estate),
    ...dualPush(estate),
    ...bakeComplete(estate),
    ...legacyUnused(estate),
    ...retentionObserved(estate),
  ];
}

/** What the next phase, or the next app that moves, will rest on besides. */
export function claimsAhead(estate: Estate): Claim[] {
  const phase = phases[phases.indexOf(estate.phase) + 1] ?? estate.phase;
  const moved = cutoverOrder(estate).reduce((each, { name }) => withCutOver(each, name, true), estate);
  const known = new Set(requiredClaims(estate).map(({ name }) => name));
  return requiredClaims({ ...moved, phase }).filter(({ name }) => !known.has(name));
}

/** The name of every claim that some state of the estate rests on, and of what the order of the cutover waits for. */
export function everyClaim(estate: Estate): readonly string[] {
  const moved = cutoverOrder(estate).reduce((each, { name }) => withCutOver(each, name, true), estate);
  const last: Estate = {
    ...moved,
    phase: 'decommission',
    retention: { ...moved.retention, mode: 'enforce' },
  };
  return [
    ...requiredClaims(last).map(({ name }) => name),
    ...cutoverOrder(estate).map(({ name }) => `cutover-order/${name}`),
  ];
}

/** Whether the bake begins with it: the last project that was seen to push to both, or where nobody pushes, the smoke test. */
export function beginsBake({ projects }: Estate, claim: string): boolean {
  return projects.length === 0 ? claim === 'smoke' : claim.startsWith('dual-push/');
}

function smoke(estate: Estate): Claim[] {
  return isAtLeast(estate.phase, 'dual-push')
    ? [{ ...smokeClaim(estate), because: `phase is "${estate.phase}"`, command: './registry smoke' }]
    : [];
}

/** What `./registry smoke` measures, in any phase. */
export function smokeClaim({ forgejo, pullSecret, tokens }: Estate): Omit<Claim, 'because' | 'command'> {
  const { host, packages } = forgejo;
  return { name: 'smoke', facts: { host, packages, tokens, pullSecret: pullSecret.name } };
}

function imagesPresent(estate: Estate): Claim[] {
  return estate.images.flatMap((image) => {
    const movers = cutoverOrder(estate).filter(
      ({ cutOver, images }) => cutOver && images.includes(image.name),
    );
    if (movers.length === 0) return [];
    return [
      {
        ...collects(`image-present/${image.name}`),
        facts: {
          target: imageAt(estate, image, 'forgejo'),
          source: imageAt(estate, image, 'source'),
          tags: targetTags(image),
        },
        because: `${movers.map(({ kind, name }) => (kind === 'app' ? `app "${name}"` : `"${name}" of the pipelines`)).join(' and ')} pulls from Forgejo`,
      },
    ];
  });
}

function dualPush(estate: Estate): Claim[] {
  if (!isAtLeast(estate.phase, 'bake')) return [];
  return estate.projects.map((project) => ({
    ...collects(`dual-push/${project.name}`),
    facts: {
      project,
      ...{ legacy: estate.legacyRegistry.host, forgejo: estate.forgejo.host },
      owner: estate.forgejo.packages.owner,
    },
    because: `phase is "${estate.phase}", and the bake begins when the last project pushes to both,`,
  }));
}

function bakeComplete(estate: Estate): Claim[] {
  if (!isAtLeast(estate.phase, 'cutover')) return [];
  return [
    {
      ...collects('bake-complete', asksPrometheus),
      facts: { host: estate.forgejo.host, image: estate.forgejo.image, owner: estate.forgejo.packages.owner },
      because: `phase is "${estate.phase}"`,
    },
  ];
}

function legacyUnused(estate: Estate): Claim[] {
  if (presentLegacy(estate) !== undefined) return [];
  return [
    {
      ...collects('legacy-unused', ' --cluster http://127.0.0.1:8001 --tree ../infra'),
      facts: {
        spellings: legacySpellings(estate),
        apps: estate.apps,
        steps: estate.pipelineSteps,
        pipelineImages: estate.pipelineImages,
      },
      because: `phase is "${estate.phase}"`,
    },
  ];
}

function retentionObserved(estate: Estate): Claim[] {
  const { mode, ...policy } = estate.retention;
  if (mode === 'observe') return [];
  return [
    {
      ...collects('retention-observed', asksPrometheus),
      facts: { policy, owner: estate.forgejo.packages.owner },
      because: `retention is "${mode}"`,
    },
  ];
}
