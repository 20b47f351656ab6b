import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { planPipelineImages } from '../../delivery/pipeline-images';
import { pipelineImagesDeliverable } from '../../delivery/deliverables';
import type { StackPlan } from '../../delivery/change';
import { withCutOver } from '../../estate/derived/cutover-order';
import { estateAt } from '../support/estates';
import { memoryTree } from './memory-tree';

const moved = estateAt('cutover');
const staying = withCutOver(moved, 'infra-ci', false);
const rendered = [{ path: '.woodpecker/registry-config-sync.yml', text: '' }];

/** The pipelines as the tree has them, their notes and layout included. */
const tree = {
  'default.yml': `# registry.viktorbarzin.me/infra-ci has terragrunt
when:
  event: push
steps:
  - name: apply
    image: registry.viktorbarzin.me/infra-ci:latest   # pulled afresh
    pull: true
    commands:
      - 'docker pull registry.viktorbarzin.me/infra-ci:latest || true'
  - name: "notify"
    image: plugins/slack
`,
  'drift-detection.yml': `variables:
  - &ci "registry.viktorbarzin.me:5050/infra-ci:latest"

steps:
    detect-drift:
        image: *ci
`,
  'build-ci-image.yml': `steps:
  - name: build-and-push
    image: woodpeckerci/plugin-docker-buildx
    settings:
      repo:
        - registry.viktorbarzin.me:5050/infra-ci
        - forgejo.viktorbarzin.me/viktor/infra-ci
      tags: [ "latest", "\${CI_COMMIT_SHA:0:8}" ]
  - {name: break-glass, image: 'registry.viktorbarzin.me/infra-ci:latest'}
`,
  'build-cli.yml': `steps:
  - name: build-image
    image: woodpeckerci/plugin-docker-buildx
    settings: { repo: [viktorbarzin/infra, 'registry.viktorbarzin.me:5050/infra'] }
`,
  'registry-config-sync.yml': 'steps: [{ name: sync, image: registry.viktorbarzin.me/infra-ci:latest }]\n',
};
const steps = [
  ...moved.pipelineSteps,
  { file: '.woodpecker/build-ci-image.yml', step: 'break-glass', image: 'infra-ci' },
];

function plan(estate: typeof moved, files: Readonly<Record<string, string>> = tree): StackPlan {
  const [images] = pipelineImagesDeliverable({ ...estate, pipelineSteps: steps }, rendered);
  if (images === undefined) throw new Error('the estate has pipelines');
  return planPipelineImages(
    memoryTree(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`.woodpecker/${name}`, text])),
    ),
    images,
  );
}
const linesOf = ({ changes }: StackPlan): string[] =>
  changes.flatMap(({ path, before = '', after = '' }) => {
    const was = before.split('\n');
    return after.split('\n').flatMap((line, index) => (line === was[index] ? [] : [`${path}: ${line}`]));
  });

describe('the images that pipelines run in', () => {
  test('move in every file that runs in one, and not a letter besides', () => {
    const { changes, notes } = plan(moved);

    expect(linesOf({ stack: '', changes, notes })).toEqual([
      ".woodpecker/build-ci-image.yml:   - {name: break-glass, image: 'forgejo.viktorbarzin.me/viktor/infra-ci:latest'}",
      '.woodpecker/default.yml:     image: forgejo.viktorbarzin.me/viktor/infra-ci:latest   # pulled afresh',
      '.woodpecker/drift-detection.yml:   - &ci "forgejo.viktorbarzin.me/viktor/infra-ci:latest"',
    ]);
    for (const { after = '' } of changes) expect(() => parse(after) as unknown).not.toThrow();
    expect(notes).toEqual([
      '.woodpecker/build-ci-image.yml:6: pushes to "registry.viktorbarzin.me:5050/infra-ci"; that stays',
      '.woodpecker/build-ci-image.yml:7: pushes to "forgejo.viktorbarzin.me/viktor/infra-ci"; that stays',
    ]);
  });

  test('stay where they are before, in whatever spelling, and go back', () => {
    expect(plan(staying).changes).toEqual([]);
    const after = Object.fromEntries(
      plan(moved).changes.map(({ path, after: text = '' }) => [path.replace('.woodpecker/', ''), text]),
    );

    expect(linesOf(plan(staying, { ...tree, ...after }))).toContain(
      '.woodpecker/default.yml:     image: registry.viktorbarzin.me/infra-ci:latest   # pulled afresh',
    );
    expect(plan(moved, { ...tree, ...after }).changes).toEqual([]);
  });

  test.each([
    ['a tag of the run', 'registry.viktorbarzin.me/infra-ci:${CI_COMMIT_SHA:0:8}'],
    ['a tag of the matrix', '"registry.viktorbarzin.me:5050/infra-ci:$TAG"'],
    ['another case of the host', 'Registry.ViktorBarzin.me/infra-ci'],
  ])('move with %s', (_, image) => {
    const [change] = plan(moved, { 'default.yml': `steps:\n  apply:\n    image: ${image}\n` }).changes;
    expect(change?.after).toBe(
      `steps:\n  apply:\n    image: ${image.replace(/registry[^/]*/iu, 'forgejo.viktorbarzin.me/viktor')}\n`,
    );
  });

  test.each(['registry.viktorbarzin.me/infra-ci${ARCH}:latest', '${MIRROR}/infra-ci:latest'])(
    'are refused where nobody can tell what %s is',
    (image) => {
      expect(() => plan(moved, { 'default.yml': `steps:\n  apply:\n    image: ${image}\n` })).toThrow(
        '.woodpecker/default.yml:3: the ',
      );
      expect(plan(staying, { 'default.yml': `steps:\n  apply:\n    image: ${image}\n` }).changes).toEqual([]);
    },
  );

  test('are told of where estate and tree differ about who runs in them; a cutover is refused there', () => {
    const more = { 'tls.yml': 'steps: [{ name: renew, image: "registry.viktorbarzin.me/infra-ci" }]\n' };
    const { 'drift-detection.yml': _, ...less } = tree;
    const differences = [
      '.woodpecker/drift-detection.yml: step "detect-drift" should run in infra-ci, got none that does; correct its row in estate.pipelineSteps',
      '.woodpecker/tls.yml: step "renew" runs in an image of ours, got no row of the estate; add it to estate.pipelineSteps',
    ];

    expect(plan(moved, { ...less, ...more }).notes).toEqual(expect.arrayContaining(differences));
    expect(plan(moved, { ...tree, ...more }).changes.map(({ path }) => path)).toContain(
      '.woodpecker/tls.yml',
    );
    expect(plan(staying, { ...less, ...more })).toMatchObject({ changes: [], notes: [] });
  });

  test('are refused in a file that is not YAML, by its line', () => {
    expect(() =>
      plan(moved, { ...tree, 'default.yml': `steps:\n  a: [\n  image: registry.viktorbarzin.me/infra-ci\n` }),
    ).toThrow(/^\.woodpecker\/default\.yml:\d: is not YAML, got ".*"; repair it first/u);
  });
});
