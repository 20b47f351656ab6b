import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { ThisEstate } from '../../estate';
import type { App } from '../../estate/apps';
import type { Estate } from '../../estate/estate';
import { projectBuild, projectPipeline, type ProjectBuildProps } from '../../pipelines/project-build';
import { substitute } from '../../pipelines/substitution';
import { pipelineSecrets, printPipeline, type WoodpeckerPipeline } from '../../pipelines/woodpecker-pipeline';
import { githubBuildTree } from '../../trees/github-builds';
import { projectBuildTree } from '../../trees/project-builds';
import { estateAt } from '../support/estates';
import { expectGolden, goldensIn } from '../support/golden';

const props: ProjectBuildProps = {
  path: '.woodpecker.yml',
  branch: 'main',
  images: { build: 'buildx', clone: 'git', verify: 'alpine' },
  pushgateway: 'http://pushgateway.example:9091',
  targets: [
    {
      ...{ host: 'one.example:5050', repository: 'app', username: 'pusher' },
      password: { key: 'one_password' },
    },
    {
      ...{ host: 'two.example', repository: 'owner/app', username: { key: 'two_user' } },
      password: { key: 'two_password' },
    },
  ],
};
const sha = '8f3c0a1d99e4b7c6a5d4e3f2a1b0c9d8e7f6a5b4';

/** The others render as these do: see the last case here. */
const changes = ['prepare', 'dual-push', 'decommission'] as const;

describe.each(changes)('the builds of the projects at %s', (phase) => {
  const estate = estateAt(phase);
  const trees = estate.projects.map((project) => ({
    ...project,
    files: projectBuildTree(estate, project),
  }));

  test('are what a person has read', () => {
    for (const { name, files } of trees)
      if (files.length > 0) expectGolden(`pipelines/${phase}/${name}.yml`, files.at(-1)?.text ?? '');

    expect(goldensIn(`pipelines/${phase}`).map(({ path }) => path)).toEqual(
      trees
        .filter(({ files }) => files.length > 0)
        .map(({ name }) => `pipelines/${phase}/${name}.yml`)
        .sort(),
    );
  });

  test('read back every registry that they push to, and never push a floating tag alone', () => {
    for (const { files } of trees) {
      const read = parse(files.at(-1)?.text ?? '{steps: []}') as {
        steps: { settings?: { repo: string[]; tags: string[] }; commands?: string[] }[];
      };
      const [build, ...verify] = read.steps;

      expect(verify.map(({ commands = [] }) => commands.at(-1))).toEqual(
        (build?.settings?.repo ?? []).map((repo) => `sh ci/verify-push.sh https://${repo.replace('/', ' ')}`),
      );
      expect(build?.settings?.tags[0] ?? '${CI_COMMIT_SHA:0:8}').toBe('${CI_COMMIT_SHA:0:8}');
    }
  });
});

/** Of what GitHub builds, where its repository stands: beside a phase only what moves changes, and that is above. */
test('the builds and deploys of GitHub are what a person has read', () => {
  const estate = estateAt('prepare');
  const golden = estate.githubProjects.flatMap((project) =>
    githubBuildTree(estate, project)
      .filter(({ path }) => path.endsWith('.yml'))
      .map(({ path, text }) => ({ path: `pipelines/github/${project.repository}/${basename(path)}`, text })),
  );
  for (const { path, text } of golden) expectGolden(path, text);

  expect(goldensIn('pipelines/github').map(({ path }) => path)).toEqual(
    golden.map(({ path }) => path).sort(),
  );
});

test.each(['12345678', '00000012', '1e345678'])(
  'a commit that begins with %s is a tag and no number',
  (head) => {
    const text = projectBuild(props).at(-1)?.text ?? '';
    const read = parse(substitute(text, { CI_COMMIT_SHA: head + sha.slice(8) })) as unknown;

    expect(read).toMatchObject({ steps: [{ settings: { tags: [head] } }, {}, {}] });
  },
);

test.each(['${CI_COMMIT_BRANCH}', 'echo ${CI_COMMIT_MESSAGE}', '${CI_COMMIT_SHA:-x}'])(
  'a pipeline that says %s is refused with what to do',
  (command) => {
    const pipeline: WoodpeckerPipeline = {
      when: [{ event: 'manual' }],
      steps: [{ name: 'x', image: 'alpine', commands: [command] }],
    };

    expect(() => printPipeline('.woodpecker/x.yml', pipeline)).toThrow(
      /^\.woodpecker\/x\.yml: Woodpecker would substitute before it parses, got ".*"; read the variable in a script/,
    );
  },
);

test('names each secret that it needs of the server once', () => {
  expect(pipelineSecrets(projectPipeline(props))).toEqual(['one_password', 'two_password', 'two_user']);
});

test.each(['bake', 'cutover'] as const)('%s pushes as dual-push does', (phase) => {
  const text = (at: ThisEstate): readonly string[] =>
    at.projects.flatMap((project) => projectBuildTree(at, project).map((file) => file.text));

  expect(text(estateAt(phase))).toEqual(text(estateAt('dual-push')));
});

test('a build that pushes nowhere is refused', () => {
  expect(() => projectBuild({ ...props, targets: [] })).toThrow(
    '.woodpecker.yml: pushes nowhere, got no target',
  );
});

test('a build that a person starts runs where no deploy is asked for, and reads back every registry', () => {
  const { when, clone, steps } = projectPipeline({ ...props, isFallback: true });
  const byPerson = [{ event: 'manual', evaluate: 'DEPLOY != "true"' }];

  expect(when).toEqual([{ event: 'manual', branch: 'main' }]);
  expect([...(clone ?? []), ...steps].map(({ name, when: rows }) => [name, rows])).toEqual([
    ['git', byPerson],
    ['build-and-push', byPerson],
    ['verify-one-example-5050', byPerson],
    ['verify-two-example', byPerson],
  ]);
});

test('what CI owns the tag of is deployed once every registry has it, and nobody else’s container is', () => {
  const estate = estateAt('dual-push');
  const owned = (image: string): boolean => image === 'job-hunter';
  const subject: Estate = {
    ...estate,
    images: estate.images.map((row) => (owned(row.name) ? { ...row, tagOwner: 'ci' } : row)),
    apps: estate.apps.map((app: App) => ({
      ...app,
      pulls: app.pulls.map((pull) => ({
        ...pull,
        workloads: pull.workloads.map((each) => (owned(pull.image) ? { ...each, imageSetBy: 'ci' } : each)),
      })),
    })),
  };
  const [deployed = [], other = []] = ['job-hunter', 'payslip-ingest'].map((name) =>
    subject.projects.filter((row) => row.name === name).flatMap((row) => projectBuildTree(subject, row)),
  );
  const { steps } = parse(deployed.at(-1)?.text ?? '') as WoodpeckerPipeline;

  expect(deployed.map(({ path }) => path)).toEqual(['ci/verify-push.sh', 'ci/deploy.sh', '.woodpecker.yml']);
  expect(steps.map(({ name }) => name.replace(/-(registry|forgejo)-.*/, '')).slice(-4)).toEqual([
    ...['verify', 'verify', 'deploy', 'notify'],
  ]);
  expect(steps.at(-2)).toMatchObject({
    commands: [
      'sh ci/deploy.sh set job-hunter/job-hunter/alembic-migrate,job-hunter=registry.viktorbarzin.me/job-hunter',
    ],
    when: [
      { event: 'push', branch: 'main' },
      { event: 'manual', branch: 'main' },
    ],
  });
  expect(other.map(({ path }) => path)).toEqual(['ci/verify-push.sh', '.woodpecker.yml']);
});
