import type { Estate } from '../estate/estate';
import { spellingsOf } from '../estate/derived/references';
import type { Reference } from './scan-text';

/** Where a tree and the estate say different things about who pulls what. */
export interface Difference {
  /** `stacks/x/main.tf:3`, or a folder in which nothing was found. */
  readonly where: string;
  readonly what: string;
  readonly todo: string;
}

/** Live references that no row of the estate explains, and rows whose reference is nowhere. */
export function compareWithEstate(estate: Estate, references: readonly Reference[]): readonly Difference[] {
  const live = references
    .filter(({ use }) => use === 'live')
    .map((found) => ({ found, image: imageOf(estate, found) }));
  const pulls = estate.apps.flatMap(({ stack, cutOver, pulls: all }) =>
    all.map((pull) => ({ stack, cutOver, ...pull })),
  );
  const builds = estate.projects.map(({ name, pipeline }) => ({ image: name, file: pipeline }));
  const steps = [...builds, ...estate.pipelineSteps];
  const unknown = live.flatMap(({ found, image }): Difference[] => {
    const where = `${found.path}:${found.line}`;
    if (image === undefined) return [];
    if (steps.some((step) => step.image === image && step.file === found.path)) return [];
    const known = pulls.find((pull) => pull.image === image && within(found.path, pull.folder, pull.stack));
    if (known === undefined)
      return [
        {
          where,
          what: `pulls ${image}, which the estate does not know`,
          todo: `add the pull to its row in estate/apps.ts`,
        },
      ];
    return known.cutOver
      ? [
          {
            where,
            what: `pulls ${image} from where it was, and the estate says that ${known.stack} has moved`,
            todo: `deliver the stack ${known.stack} again`,
          },
        ]
      : [];
  });
  const absent = pulls
    .filter(
      ({ cutOver, image, folder, stack }) =>
        !cutOver &&
        !live.some(({ found, image: other }) => other === image && within(found.path, folder, stack)),
    )
    .map(({ folder, image }): Difference => ({
      where: folder,
      what: `no reference to ${image} was found`,
      todo: 'correct folder or image in estate/apps.ts, or scan the whole tree',
    }));
  return [...unknown, ...absent];
}

const within = (path: string, folder: string, stack: string): boolean =>
  path.startsWith(`${folder}/`) || path.startsWith(`stacks/${stack}/`);

function imageOf(estate: Estate, { reference }: Reference): string | undefined {
  const name = reference.replace(/@sha256:.*$/u, '').replace(/:[^/]*$/u, '');
  const { host, path } = /^(?<host>[^/]+)\/(?<path>.+)$/u.exec(name)?.groups ?? {};
  const spelled = `${host?.toLowerCase().replace(/\.$/u, '') ?? ''}/${path ?? ''}`;
  return estate.images.find((image) =>
    spellingsOf(estate, image).some((one) => one === spelled || one === name),
  )?.name;
}
