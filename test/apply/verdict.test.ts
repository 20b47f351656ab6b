import { describe, expect, test } from '@jest/globals';
import { judgePlan } from '../../apply/verdict';
import { planJson, type PlanJson } from '../../delivery/planned-changes';

const plan = (more: object): PlanJson =>
  planJson(JSON.stringify({ format_version: '1.2', planned_values: {}, resource_changes: null, ...more }));
const change = (address: string, actions: readonly string[], more: object = {}): object => ({
  ...{ address, change: { actions, before: null, after: null } },
  ...more,
});
const judged = (...changes: readonly object[]): ReturnType<typeof judgePlan> =>
  judgePlan(plan({ resource_changes: changes }));

describe('a plan', () => {
  test.each([
    ['null', { resource_changes: null, output_changes: null, action_invocations: null }],
    ['nothing', { resource_changes: undefined }],
    ['what stays', { resource_changes: [change('a.b', ['no-op']), change('data.a.b', ['read'])] }],
    ['an output that stays', { output_changes: { x: { actions: ['no-op'] }, y: { actions: null } } }],
  ])('of %s changes nothing', (_, more) => {
    expect(judgePlan(plan(more))).toEqual({ changes: false, objectsChange: false, stops: [] });
  });

  test('that moves addresses, or changes an output, is applied and is no drift', () => {
    const moved = change('a.new', ['no-op'], { previous_address: 'a.old' });
    expect(judged(moved)).toEqual({ changes: true, objectsChange: false, stops: [] });
    expect(judgePlan(plan({ output_changes: { x: { actions: ['update'] } } }))).toEqual({
      ...{ changes: true, objectsChange: false, stops: [] },
    });
    const stays = change('a.b', ['no-op'], { previous_address: null, action_reason: null });
    expect(judged(stays).changes).toBe(false);
  });

  test('that imports alone is applied, or the import would never be done', () => {
    const imported = (importing: unknown): boolean =>
      judged({ address: 'a.b', change: { actions: ['no-op'], before: {}, after: {}, importing } }).changes;
    expect([imported({ id: 'x' }), imported(null), imported(undefined)]).toEqual([true, false, false]);
  });

  test('that creates, changes or forgets is drift, and may be applied', () => {
    for (const action of ['create', 'update', 'forget'])
      expect(judged(change('a.b', [action]))).toEqual({ changes: true, objectsChange: true, stops: [] });
  });

  test('that destroys or replaces stops, whatever it is, but for what holds nothing', () => {
    const namespace = 'module.a["x.y"].module.b.kubernetes_namespace.forgejo';
    expect(judged(change(namespace, ['delete'])).stops).toEqual([
      `${namespace}: would be destroyed, and is protected; apply it by hand, if it is meant`,
    ]);
    for (const type of ['helm_release', 'kubernetes_persistent_volume_claim', 'nobody_knows'])
      expect(judged(change(`${type}.a`, ['create', 'delete'])).stops).toHaveLength(1);
    const cronJob = 'module.monitoring.kubernetes_cron_job_v1.a[0]';
    expect(judged(change(cronJob, ['delete', 'create'])).stops).toEqual([]);
  });

  test('that forgets what is protected and makes it anew stops as a replacement does', () => {
    for (const actions of [
      ['forget', 'create'],
      ['create', 'forget'],
    ])
      expect(judged(change('helm_release.a', actions)).stops).toEqual([
        'helm_release.a: would be replaced, and is protected; apply it by hand, if it is meant',
      ]);
    expect(judged(change('kubernetes_job_v1.a', ['forget', 'create'])).stops).toEqual([]);
  });

  test('whose checks fail, with ephemeral values and reads put off, is judged by its changes', () => {
    const more = {
      checks: [{ status: 'fail' }],
      resource_drift: [change('a.b', ['update'])],
      deferred_changes: [],
      relevant_attributes: null,
    };
    expect(judgePlan(plan(more))).toEqual({ changes: false, objectsChange: false, stops: [] });
    const read = change('data.a.b', ['read'], { action_reason: 'read_because_config_unknown' });
    expect(judged(read).changes).toBe(false);
  });

  test('that destroys a deposed object, or one whose action has a reason, stops', () => {
    const deposed = change('helm_release.a', ['delete'], { deposed: '0123', action_reason: 'anything' });
    expect(judged(change('helm_release.a', ['no-op']), deposed).stops).toHaveLength(1);
  });

  test('that does what nobody here knows stops', () => {
    expect(judged(change('a.b', ['transmute'])).stops).toEqual([
      'a.b: nobody here knows what happens to it, got "transmute"; apply it by hand',
    ]);
    expect(judgePlan(plan({ action_invocations: [{}] })).stops).toHaveLength(1);
    expect(judgePlan(plan({ errored: true })).stops).toHaveLength(1);
    expect(judgePlan(plan({ complete: false })).stops).toHaveLength(1);
  });

  test.each([
    ['of the next format', '{"format_version":"2.0","planned_values":{}}', 'version "2.0"'],
    ['of a format without a number', '{"format_version":1,"planned_values":{}}', 'version "1"'],
    ['that is null', 'null', 'cannot be read'],
    ['cut short', '{"format_version":"1.2","resource_chan', 'cannot be read'],
    ['with a change that is null', '{"format_version":"1.2","resource_changes":[null]}', 'cannot be read'],
    ['without actions', '{"format_version":"1.2","resource_changes":[{"address":"a.b"}]}', 'cannot be read'],
    ['that is a list', '{"format_version":"1.2","resource_changes":{}}', 'cannot be read'],
    ['of an empty state', '{"format_version":"1.0"}', 'cannot be read'],
    ['of a state, which plans nothing', '{"format_version":"1.0","values":{}}', 'cannot be read'],
    ['of a wrapper alone', 'Fetching credentials\n{"level":"info"}', 'cannot be read'],
  ])('%s is not guessed', (_, text, told) => {
    expect(() => planJson(text)).toThrow(told);
  });
});
