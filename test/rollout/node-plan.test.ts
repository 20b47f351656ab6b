import { describe, expect, test } from '@jest/globals';
import { planMachine } from '../../rollout/machine-plan';
import { inOrder, parseNode, type Node } from '../../rollout/node';
import { planNode } from '../../rollout/node-plan';
import { access, activation, emptyMachine, machine, wholeMachine } from './fixture';

const node: Node = { name: 'node1', resourceVersion: '7', controlPlane: false, cordon: 'none', runtime: '' };
const of = (observed: typeof emptyMachine, mustVerify = false): ReturnType<typeof planMachine> =>
  planMachine({ machine, observed, activation, checks: [], access, host: 'node1', mustVerify });
const kinds = (cordon: Node['cordon'], observed = emptyMachine, mustVerify = false): string[] =>
  planNode({ ...node, cordon }, of(observed, mustVerify), 600).map(({ kind }) => kind);

describe('the plan of a node', () => {
  test('is empty when its machine needs nothing', () => {
    expect(kinds('none', wholeMachine)).toEqual([]);
  });

  test('cordons first, drains before anything is changed, and uncordons after the checks', () => {
    expect(kinds('none')).toEqual([
      ...['cordon', 'drain', 'make-directory', 'write-file', 'write-file', 'write-file'],
      ...['activate', 'activate', 'remove', 'wait-ready', 'settle', 'uncordon'],
    ]);
  });

  test('drains nothing when nothing restarts', () => {
    const observed = { ...wholeMachine, directories: new Set<string>() };
    expect(kinds('none', observed)).toEqual([
      ...['cordon', 'make-directory', 'wait-ready', 'settle', 'uncordon'],
    ]);
  });

  test('leaves the cordon of somebody else alone, at both ends', () => {
    expect(kinds('foreign')).not.toEqual(expect.arrayContaining(['cordon']));
    expect(kinds('foreign')).not.toEqual(expect.arrayContaining(['uncordon']));
    expect(kinds('foreign')).toContain('drain');
  });

  test('ends its own cordon of an earlier run once the node is Ready, which it may have stopped for', () => {
    expect(kinds('ours', wholeMachine, true)).toEqual(['wait-ready', 'settle', 'uncordon']);
  });

  test('never forces an eviction', () => {
    const lines = planNode(node, of(emptyMachine), 30).map(({ command }) => command.shown);
    expect(lines[1]).toBe('kubectl drain node1 --ignore-daemonsets --delete-emptydir-data --timeout=30s');
    expect(lines.join('\n')).not.toMatch(/--force|--disable-eviction|--grace-period/);
  });

  test('cordons and marks in one request that fails when the node has changed', () => {
    expect(planNode(node, of(emptyMachine), 30)[0]?.command.args.at(-1)).toBe(
      '{"metadata":{"resourceVersion":"7","annotations":{"registry-consolidation/rollout":"cordoned"}},"spec":{"unschedulable":true}}',
    );
  });
});

describe('a node', () => {
  const object = (unschedulable: boolean, annotations = {}): Parameters<typeof parseNode>[0] => ({
    metadata: { name: 'n', resourceVersion: '1', annotations },
    spec: { unschedulable },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });

  test('is ours only when the mark and the cordon are both there', () => {
    const mark = { 'registry-consolidation/rollout': 'cordoned' };
    expect(parseNode(object(true, mark)).cordon).toBe('ours');
    expect(parseNode(object(true)).cordon).toBe('foreign');
    expect(parseNode(object(false, mark)).cordon).toBe('none');
  });

  test('without a Ready condition is not Ready', () => {
    expect(parseNode({ metadata: { name: 'n', resourceVersion: '1' } }).notReady).toBe('no condition');
  });

  test('comes after those with smaller numbers, and the control plane last', () => {
    const named = (name: string, controlPlane = false): Node => ({ ...node, name, controlPlane });
    const order = inOrder([named('master', true), named('node10'), named('node2')]);
    expect(order.map(({ name }) => name)).toEqual(['node2', 'node10', 'master']);
  });
});
