const { default: Sequencer } = require('@jest/test-sequencer');

/** Where no run before told how long each suite takes, as in CI, these begin first: a long one begun last is waited for alone. */
const longest = [
  'lab/rehearsal',
  'lab/registry-config-sync',
  'lab/rollout',
  'lab/cutover',
  'lab/stacks',
  'lab/retention-contract',
  'lab/integrity-probe',
  'lab/recorded-probe',
  'lab/kyverno',
  'lab/bootstrap',
  'lab/retention-nights',
  'delivery/write',
  'apply/apply-stacks',
  'estate/leaves',
  'estate/second-leaves',
  'programs/retention/hostile',
  'delivery/phases',
  'programs/integrity-probe/memory',
].map((name) => `/test/${name}.test.ts`);

const place = ({ path, duration }) => {
  const at = longest.findIndex((name) => path.endsWith(name));
  return duration !== undefined || at === -1 ? longest.length : at;
};

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => place(one) - place(other));
  }
};
