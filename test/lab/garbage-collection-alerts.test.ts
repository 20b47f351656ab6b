import { garbageCollectionAlerts } from '../../monitoring/garbage-collection-alerts';
import { testRules, type AlertCase } from '../support/promtool';
import { describeLab } from './describe-lab';

const group = garbageCollectionAlerts({
  registries: ['dockerhub', 'private'].map((name) => ({ name, periodMinutes: 7 * 24 * 60 })),
  runbookUrl: 'https://git.example/registry-vm.md',
});
const series = (name: string, registry = 'private'): string => `registry_gc_${name}{registry="${registry}"}`;
const ofPrivate = { registry: 'private' };

const cases: readonly AlertCase[] = [
  {
    title: 'a failed collection alerts',
    series: { [series('exit_status')]: '1x60', [series('exit_status', 'dockerhub')]: '0x60' },
    alert: 'RegistryGarbageCollectionFailed',
    at: '16m',
    fires: [ofPrivate],
  },
  {
    title: 'a failed collection of a registry that is gone alerts nobody',
    series: { [series('exit_status', 'removed')]: '1x60' },
    alert: 'RegistryGarbageCollectionFailed',
    at: '16m',
    fires: [],
  },
  {
    title: 'a collection that began after the last one ended, hours ago, alerts',
    series: { [series('start_timestamp_seconds')]: '60x200', [series('end_timestamp_seconds')]: '30x200' },
    alert: 'RegistryGarbageCollectionUnfinished',
    at: '140m',
    fires: [ofPrivate],
  },
  {
    title: 'a first collection that never ended alerts',
    series: { [series('start_timestamp_seconds')]: '60x200' },
    alert: 'RegistryGarbageCollectionUnfinished',
    at: '140m',
    fires: [ofPrivate],
  },
  {
    title: 'a collection that goes on does not',
    series: { [series('start_timestamp_seconds')]: '60x200', [series('end_timestamp_seconds')]: '30x200' },
    alert: 'RegistryGarbageCollectionUnfinished',
    at: '100m',
    fires: [],
  },
  {
    title: 'a collection that ended does not',
    series: { [series('start_timestamp_seconds')]: '60x200', [series('end_timestamp_seconds')]: '90x200' },
    alert: 'RegistryGarbageCollectionUnfinished',
    at: '140m',
    fires: [],
  },
  {
    title: 'eight days without a success alert',
    series: { [series('last_success_timestamp_seconds')]: '0x200' },
    interval: '1h',
    alert: 'RegistryGarbageCollectionStale',
    at: '194h',
    fires: [ofPrivate],
  },
  {
    title: 'a week without one does not',
    series: { [series('last_success_timestamp_seconds')]: '0x200' },
    interval: '1h',
    alert: 'RegistryGarbageCollectionStale',
    at: '169h',
    fires: [],
  },
  {
    title: 'a collection that never began is absent, and only that one',
    series: { [series('start_timestamp_seconds', 'dockerhub')]: '0x200' },
    interval: '1h',
    alert: 'RegistryGarbageCollectionAbsent',
    at: '193h',
    fires: [ofPrivate],
  },
];

describeLab('the alerts of the collection of garbage', () => {
  testRules(group, cases, ['RegistryGarbageCollectionAbsent']);
});
