import { kubectl } from './machine-command';
import type { MachinePlan } from './machine-plan';
import { rolloutAnnotation, type Node } from './node';
import type { MachineStep } from './machine-step';

const mark = 'cordoned';

/**
 * A machine's plan with what keeps pods out of its way. Every change happens behind a cordon, so that no new pod meets
 * a node before its pull has been tried; pods leave only when the container runtime restarts. The cordon and its mark
 * are one request: a node that carries both is this project's, and a cordon of somebody else stays as it is.
 */
export function planNode(
  { name, resourceVersion, cordon }: Node,
  { steps, needsDrain }: MachinePlan,
  drainTimeoutSeconds: number,
): readonly MachineStep[] {
  if (steps.length === 0) return [];
  const checks = steps.findIndex(({ kind }) => kind === 'verify' || kind === 'settle');
  const close: MachineStep = {
    kind: 'cordon',
    title: 'cordon, marked as of this rollout',
    command: kubectl([
      ...['patch', 'node', name, '--type=merge', '-p'],
      JSON.stringify({
        metadata: { resourceVersion, annotations: { [rolloutAnnotation]: mark } },
        spec: { unschedulable: true },
      }),
    ]),
    advice: 'somebody else changed the node meanwhile; run it again',
  };
  const empty: MachineStep = {
    kind: 'drain',
    title: 'drain',
    command: kubectl([
      ...['drain', name, '--ignore-daemonsets', '--delete-emptydir-data'],
      `--timeout=${drainTimeoutSeconds}s`,
    ]),
    advice: 'move the pod away by hand or give it more time with --drain-timeout <seconds>',
  };
  const ready: MachineStep = {
    kind: 'wait-ready',
    title: 'wait until it is Ready',
    command: kubectl(['wait', '--for=condition=Ready', `node/${name}`, '--timeout=300s']),
    advice: 'read journalctl -u kubelet -u containerd on the machine',
  };
  return [
    ...(cordon === 'none' ? [close] : []),
    ...(needsDrain ? [empty] : []),
    ...steps.slice(0, checks),
    ready,
    ...steps.slice(checks),
    ...(cordon === 'foreign' ? [] : [reopen(name)]),
  ];
}

/** Ends this rollout's own cordon and its mark together; refused by the API server where the mark is gone. */
export function reopen(name: string): MachineStep {
  const annotation = `/metadata/annotations/${rolloutAnnotation.replace('/', '~1')}`;
  return {
    kind: 'uncordon',
    title: 'uncordon',
    command: kubectl([
      ...['patch', 'node', name, '--type=json', '-p'],
      JSON.stringify([
        { op: 'test', path: annotation, value: mark },
        { op: 'remove', path: annotation },
        { op: 'add', path: '/spec/unschedulable', value: false },
      ]),
    ]),
    advice: 'somebody else took the mark off; look at the node and uncordon it by hand',
  };
}
