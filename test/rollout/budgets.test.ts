import { describe, expect, test } from '@jest/globals';
import { blockingBudgets } from '../../rollout/budgets';
import type { BudgetObject, LabelSelector, PodObject } from '../../rollout/cluster';

const pod = (change: Partial<PodObject> = {}): PodObject => ({
  metadata: { name: 'db-0', namespace: 'data', labels: { app: 'db' } },
  spec: { nodeName: 'node1' },
  status: { phase: 'Running' },
  ...change,
});
const budget = (
  selector: LabelSelector | undefined,
  spec: Partial<BudgetObject['spec']> = {},
  disruptionsAllowed = 0,
): BudgetObject => ({
  metadata: { name: 'db', namespace: 'data' },
  spec: { ...(selector && { selector }), ...spec },
  status: { disruptionsAllowed },
});
const blocked = (one: BudgetObject, pods = [pod()]): number => blockingBudgets('node1', pods, [one]).length;

describe('a PodDisruptionBudget stands in the way of a drain', () => {
  test.each<[string, LabelSelector]>([
    ['of equal labels', { matchLabels: { app: 'db' } }],
    ['of the whole namespace', {}],
    ['by a set', { matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'web'] }] }],
    [
      'by a set that it is not in',
      { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] },
    ],
    ['by a label that exists', { matchExpressions: [{ key: 'app', operator: 'Exists' }] }],
    ['by a label that does not', { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }],
  ])('for a pod %s', (_, selector) => {
    expect(blocked(budget(selector))).toBe(1);
  });

  test.each<[string, LabelSelector | undefined]>([
    ['other labels', { matchLabels: { app: 'web' } }],
    ['no selector', undefined],
    ['a set without it', { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] }],
    ['a label that it has', { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }],
  ])('not with %s', (_, selector) => {
    expect(blocked(budget(selector))).toBe(0);
  });

  test('not when it allows one', () => {
    expect(blocked(budget({}, {}, 1))).toBe(0);
  });

  test('always when its specification allows none, whatever its status says', () => {
    const [never] = blockingBudgets('node1', [pod()], [budget({}, { maxUnavailable: '0%' }, 5)]);
    expect(never).toEqual({ budget: 'data/db', pod: 'data/db-0', never: 'maxUnavailable 0%' });
    expect(blockingBudgets('node1', [pod()], [budget({}, { minAvailable: '100%' })])[0]?.never).toBe(
      'minAvailable 100%',
    );
  });

  test('not for pods that a drain leaves alone or that need no leave', () => {
    const owned = (kind: string): PodObject =>
      pod({ metadata: { ...pod().metadata, ownerReferences: [{ kind, controller: true }] } });
    const others = [
      owned('DaemonSet'),
      owned('Node'),
      pod({ status: { phase: 'Succeeded' } }),
      pod({ status: { phase: 'Pending' } }),
      pod({ spec: { nodeName: 'node2' } }),
      pod({ metadata: { ...pod().metadata, namespace: 'other' } }),
    ];
    expect(blocked(budget({}), others)).toBe(0);
    expect(blocked(budget({}), [...others, owned('StatefulSet')])).toBe(1);
  });
});
