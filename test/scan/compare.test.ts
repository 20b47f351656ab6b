import { expect, test } from '@jest/globals';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { compareWithEstate } from '../../scan/compare';
import { retiredOf } from '../../scan/retired';
import { referenceFinder } from '../../scan/find-references';
import { scanText } from '../../scan/scan-text';
import { secondEstate } from '../second-estate';

const finder = (of: Estate) => referenceFinder(retiredOf(of));
const differences = (of: Estate, files: Readonly<Record<string, string>>): string[] => {
  const references = Object.entries(files).flatMap(([path, text]) =>
    scanText({ path, text, kind: 'hcl', known: new Map() }, finder(of)),
  );
  return compareWithEstate(of, references).map(({ where, what }) => `${where}: ${what}`);
};
/** One reference in the folder of every pull. */
const whole: Record<string, string> = {};
for (const { pulls } of estate.apps) {
  for (const { folder, image } of pulls) {
    const source = estate.images.find(({ name }) => name === image)?.source;
    const host = source?.registry === 'legacy' ? 'registry.viktorbarzin.me/' : '';
    whole[`${folder}/main.tf`] =
      `${whole[`${folder}/main.tf`] ?? ''}image = "${host}${source?.repository ?? ''}:v1"\n`;
  }
}

test('nothing is said of a tree that holds what the estate says', () => {
  expect(differences(estate, whole)).toEqual([]);
});

test('a consumer that the estate does not know is named, and so is one that is not found', () => {
  const { 'stacks/wealthfolio/main.tf': gone, ...rest } = whole;

  expect(gone).toContain('wealthfolio-sync');
  expect(
    differences(estate, {
      ...rest,
      'stacks/other/main.tf': 'image = "registry.viktorbarzin.me:5050/infra-ci"',
    }),
  ).toEqual([
    'stacks/other/main.tf:1: pulls infra-ci, which the estate does not know',
    'stacks/wealthfolio: no reference to wealthfolio-sync was found',
  ]);
});

test('the pipelines of the estate are known', () => {
  const steps = { '.woodpecker/default.yml': 'image: registry.viktorbarzin.me/infra-ci:latest' };

  expect(differences(estate, { ...whole, ...steps })).toEqual([]);
});

test('what an app that has moved left behind is named', () => {
  const moved: Estate = {
    ...estate,
    apps: estate.apps.map((app) => (app.stack === 'freedify' ? { ...app, cutOver: true } : app)),
  };

  expect(differences(moved, whole)).toEqual([
    'stacks/freedify/factory/main.tf:1: pulls freedify from where it was, and the estate says that freedify has moved',
  ]);
});

test('another estate looks for its own hosts alone', () => {
  const { hosts } = retiredOf(secondEstate);
  const { find } = finder(secondEstate);

  expect(hosts).toContain(secondEstate.legacyRegistry.host);
  expect(find('registry.viktorbarzin.me/app')).toEqual([]);
  expect(find(`${secondEstate.legacyRegistry.host}/app:v1`)).toHaveLength(1);
});

test('an image of Docker Hub is known by each of its hosts, and by way of a cache', () => {
  const { registryVm, pullThroughCaches } = estate;
  const cache = pullThroughCaches.find(({ upstream }) => upstream === 'docker.io');
  for (const host of ['docker.io', 'INDEX.docker.io', `${registryVm.address}:${cache?.port ?? 0}`])
    expect(
      differences(estate, {
        ...whole,
        'stacks/other/main.tf': `image = "${host}/viktorbarzin/claude-memory-mcp:17"`,
      }),
    ).toEqual(['stacks/other/main.tf:1: pulls claude-memory-mcp, which the estate does not know']);
});
