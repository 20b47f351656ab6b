import { describe, expect, test } from '@jest/globals';
import { planMachine } from '../../rollout/machine-plan';
import { planNode } from '../../rollout/node-plan';
import type { Node } from '../../rollout/node';
import { performMachine } from '../../rollout/perform-machine';
import { access, activation, answering, emptyMachine, machine } from './fixture';

const steps = (cordon: Node['cordon']): ReturnType<typeof planNode> =>
  planNode(
    { name: 'node1', resourceVersion: '7', controlPlane: false, cordon, runtime: '' },
    planMachine({ machine, observed: emptyMachine, activation, checks: [], access, host: 'node1' }),
    600,
  );
const failing = async (
  answers: Parameters<typeof answering>[0],
  cordon: Node['cordon'] = 'none',
  before = (): Promise<void> => Promise.resolve(),
): Promise<{ message: string; asked: readonly string[] }> => {
  const run = answering(answers);
  const told = await performMachine(
    { name: 'node1', steps: steps(cordon), notes: [] },
    {
      run,
      before,
      secrets: ['s3cret'],
      out: () => undefined,
      signal: new AbortController().signal,
    },
  ).then(
    () => 'nothing',
    (error: unknown) => (error as Error).message,
  );
  return { message: told, asked: run.asked };
};

describe('a step that fails', () => {
  test('opens the node again when nothing was changed on it', async () => {
    const { message, asked } = await failing({ drain: { code: 1, stderr: 'timed out' } });
    expect(message).toBe(
      'node1: drain failed, got "timed out"; move the pod away by hand or give it more time with --drain-timeout <seconds>\nnode1: nothing was changed on it, and it is uncordoned again',
    );
    expect(asked).toHaveLength(3);
    expect(asked[2]).toContain('"value":false');
  });

  test('leaves the node closed once something was begun on it', async () => {
    const { message, asked } = await failing({
      'mkdir -p "$1"': { code: 1, stderr: 'No space left on device' },
    });
    expect(message).toContain('node1: it stays cordoned until a rollout finishes it');
    expect(asked).toHaveLength(3);
  });

  test('leaves a node closed that an earlier rollout had closed', async () => {
    const { message } = await failing({ drain: { code: 1 } }, 'ours');
    expect(message).toContain('node1: it stays cordoned until a rollout finishes it');
  });

  test('says that a node which somebody else had closed is as it was', async () => {
    const { message } = await failing({ drain: { code: 1 } }, 'foreign');
    expect(message).toContain('node1: nothing was changed on it');
  });

  test('repeats no secret that it was fed', async () => {
    const { message } = await failing({ 'config.toml': { code: 1, stderr: 'cat: s3cret: write error' } });
    expect(message).toContain('got "cat: …: write error"');
  });

  test('is not begun when the rollout may not go on', async () => {
    let calls = 0;
    const { message, asked } = await failing({}, 'none', () => {
      calls += 1;
      return calls < 3 ? Promise.resolve() : Promise.reject(new Error('stopped by its operator'));
    });
    expect(message).toBe(
      'stopped by its operator\nnode1: nothing was changed on it, and it is uncordoned again',
    );
    expect(asked).toHaveLength(3);
  });
});
