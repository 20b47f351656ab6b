import { forgejoAlerts } from '../../monitoring/forgejo-alerts';
import { testRules, type AlertCase } from '../support/promtool';
import { describeLab } from './describe-lab';

const container = 'namespace="forge",container="forgejo"';
const limit = { [`container_spec_memory_limit_bytes{${container}}`]: '100x40' };
const held = (values: string, labels = container): Readonly<Record<string, string>> => ({
  ...limit,
  [`container_memory_working_set_bytes{${labels}}`]: values,
});
const alert = 'ForgejoNearMemoryLimit';

const cases: readonly AlertCase[] = [
  {
    title: 'more than nine tenths for ten minutes',
    series: held('95x40'),
    ...{ alert, at: '11m', fires: [{ namespace: 'forge', container: 'forgejo' }] },
  },
  { title: 'as much for a push of five minutes', series: held('95x5 50x35'), alert, at: '11m', fires: [] },
  { title: 'nine tenths', series: held('90x40'), alert, at: '30m', fires: [] },
  {
    title: 'another container of the namespace',
    series: held('99x40', 'namespace="forge",container="cleanup"'),
    ...{ alert, at: '30m', fires: [] },
  },
];

describeLab("promtool on Forgejo's alerts", () => {
  testRules(forgejoAlerts({ namespace: 'forge', runbookUrl: 'https://git.example/evidence.md' }), cases);
});
