import { expect, test } from '@jest/globals';
import { ForgejoAdministration } from '../../clients/forgejo/administration';
import type { Repository } from '../../clients/forgejo/repositories';
import type { Project } from '../../estate/projects';
import type { Observed, ObserveProps } from '../../onboarding/observe';
import { faultsOf } from '../../onboarding/plan';
import { estateAt } from '../support/estates';

const estate = estateAt('dual-push');
const { owner } = estate.forgejo.packages;
const commit = '8f3c0a1d99e4b7c6a5d4e3f2a1b0c9d8e7f6a5b4';

const faults = (
  seen: Partial<Observed> & { readonly isPrivate: boolean },
  move: Project['move'] = 'push',
) => {
  const project = { name: 'app', move, pipeline: '.woodpecker.yml', branch: 'main' } as const;
  const login = { user: 'a', password: 'b' };
  const props: ObserveProps = {
    ...{ estate, project, files: [], source: commit, woodpecker: { url: 'http://ci.lab', token: 'c' } },
    forgejo: new ForgejoAdministration({ url: 'http://forge.lab', ...login }),
  };
  const repository: Repository = {
    ...{ id: 1, full_name: `${owner}/app`, archived: false, mirror: false, empty: true },
    private: seen.isPrivate,
  };
  return faultsOf(props, {
    ...{ repository, tip: undefined, hasSource: true, files: new Map(), readInstead: [], workflows: [] },
    ...{ registration: undefined, missingSecrets: [], builds: [] },
    ...seen,
  });
};

test('a history goes into no repository that everybody reads', () => {
  expect(faults({ isPrivate: true })).toEqual([]);
  expect(faults({ isPrivate: false })).toEqual([
    `forgejo repository "${owner}/app": would show its history to everybody, got a public one; make it private in its settings, or push there by hand`,
  ]);
});

test('what is public already stays so', () => {
  expect(faults({ isPrivate: false, tip: commit })).toEqual([]);
  expect(faults({ isPrivate: false, tip: commit }, 'already there')).toEqual([]);
});
