import { describe, expect, test } from '@jest/globals';
import { rolloutAnnotation, type Cordon } from '../../rollout/node';
import { surveyNodes } from '../../rollout/survey-nodes';
import { access, activation, answering, machine } from './fixture';

const asked = async (cordon: Cordon, ready: 'True' | 'False'): Promise<readonly string[]> => {
  const item = {
    metadata: {
      ...{ name: 'node1', resourceVersion: '7' },
      annotations: cordon === 'ours' ? { [rolloutAnnotation]: 'cordoned' } : {},
    },
    spec: { unschedulable: cordon !== 'none' },
    status: {
      conditions: [{ type: 'Ready', status: ready, message: 'container runtime is down' }],
      nodeInfo: { containerRuntimeVersion: 'containerd://2.0.1' },
    },
  };
  const run = answering({
    'get nodes': { stdout: JSON.stringify({ items: [item] }) },
    'get pods': { stdout: '{"items":[]}' },
    'get poddisruptionbudgets': { stdout: '{"items":[]}' },
    ssh: { stdout: 'end\n' },
  });
  const props = {
    machineOf: () => machine,
    checksOf: () => [],
    activation,
    access,
    drainTimeoutSeconds: 600,
  };
  return surveyNodes({ ...props, run }).then(
    (targets) => targets.flatMap(({ steps }) => steps.map(({ kind }) => kind)),
    (error: unknown) => [(error as Error).message],
  );
};

describe('a node that is not Ready', () => {
  test.each(['none', 'foreign'] as const)('is refused, its cordon being %s', async (cordon) => {
    expect((await asked(cordon, 'False')).join()).toContain('node1: it is not Ready, got "');
    expect((await asked(cordon, 'True')).join()).not.toContain('not Ready');
  });

  test('is finished when this rollout left it closed, for it may be down because of it', async () => {
    expect(await asked('ours', 'False')).toEqual(expect.arrayContaining(['write-file', 'uncordon']));
  });
});
