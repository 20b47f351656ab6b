import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { expectedByLastRun } from '../../../programs/retention/last-run';
import { FakePushgateway } from '../../support/fake-pushgateway';

// Megabytes, on a machine that has other work too.
jest.setTimeout(60_000);

const packages = 'forgejo_retention_packages_expected';
const ours = 'instance="f",job="j",owner="o"';
let pushgateway: FakePushgateway;
beforeEach(async () => {
  pushgateway = await new FakePushgateway().start();
});
afterEach(() => pushgateway.stop());

it.each<[string, string, object]>([
  ['nothing', '', { packages: undefined, objects: undefined }],
  [
    'another group, whose other labels hold what ours do',
    `${packages}{instance="g",job="j",my_instance="f",owner="o"} 9\n${packages}{${ours}} 3\n`,
    { packages: 3 },
  ],
  [
    'a label that only looks so',
    `${packages}{instance="g",owner="o",x="\\",${ours}"} 9\n`,
    { packages: undefined },
  ],
  ['a longer name', `${packages}_total{${ours}} 9\n`, { packages: undefined }],
  ['the name within another one', `x_${packages}{${ours}} 9\n`, { packages: undefined }],
  ['an exponent', `${packages}{${ours}} 1.2e+01\n`, { packages: 12 }],
  ['what is no number', `${packages}{${ours}} NaN\n`, { packages: undefined }],
  ['another order of labels', `${packages}{owner="o",job="j",instance="f"} 5\n`, { packages: 5 }],
  ['no end of its last line', `${packages}{${ours}} 5`, { packages: 5 }],
  [
    'lines of 5,000 characters before',
    `${'x'.repeat(5_000)}{${ours}} 1\n${packages}{${ours}} 5\n`,
    { packages: 5 },
  ],
  [
    'more than 16 MiB',
    `${`y{z="${'y'.repeat(90)}"} 1\n`.repeat(180_000)}${packages}{${ours}} 5\n`,
    { packages: 5 },
  ],
  [
    'both figures',
    `${packages}{${ours}} 5\nforgejo_retention_cluster_objects_expected{${ours}} 7\n`,
    { packages: 5, objects: 7 },
  ],
])('a Pushgateway that holds %s is understood', async (_, served, expected) => {
  pushgateway.served = served;
  const group = { job: 'j', instance: 'f', owner: 'o' };
  expect(await expectedByLastRun(pushgateway.url, group, new AbortController().signal)).toMatchObject(
    expected,
  );
});
