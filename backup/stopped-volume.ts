import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Estate } from '../estate/estate';
import { Refused } from '../steps/refused';
import type { Ran } from '../terminal/run';
import { said } from '../terminal/said';
import { endings } from '../terminal/until-told';

/** Runs `kubectl`, until it is told to end; a volume's content passes as bytes. */
export type Kubectl = (
  args: readonly string[],
  how?: { readonly input?: string | Readable; readonly output?: Writable; readonly signal?: AbortSignal },
) => Promise<Ran>;

const pod = 'forgejo-volume';
const deployment = 'deploy/forgejo';
const stopSeconds = 300;
const startSeconds = 900;
/** The volume is in no state for Forgejo, which therefore stays stopped. */
export class LeftStopped extends Error {}

export interface OnStoppedVolumeProps {
  readonly estate: Estate;
  readonly kubectl: Kubectl;
  readonly tell: (line: string) => void;
}

type Exec = (
  script: 'save' | 'load',
  args: readonly string[],
  streams: Parameters<Kubectl>[1],
) => Promise<Ran>;

/** Mounts the volume in a pod of Forgejo's image, Forgejo being stopped; starts it again, unless it must not be. */
export async function onStoppedVolume<T>(
  { estate: { forgejo }, kubectl, tell }: OnStoppedVolumeProps,
  mayStart: (error: unknown) => boolean,
  use: (exec: Exec) => Promise<T>,
): Promise<T> {
  // Ctrl-C, or a terminal that closes, ends the kubectl that runs, and with it what is done here; nothing else would start
  // Forgejo again.
  const ended = new AbortController();
  let until: { readonly signal?: AbortSignal } = { signal: ended.signal };
  const end = (): void => {
    ended.abort();
  };
  for (const signal of endings) process.on(signal, end);
  const cluster = async (args: readonly string[], input?: string): Promise<string> => {
    const how = { ...until, ...(input === undefined ? {} : { input }) };
    const ran = await kubectl(['-n', forgejo.namespace, ...args], how);
    if (ran.code === 0) return ran.stdout;
    throw new Error(
      `kubectl: "${args.slice(0, 3).join(' ')}" failed, got ${said(ran)}; correct KUBECONFIG, or look at the cluster`,
    );
  };
  const drop = (): Promise<string> => cluster(['delete', 'pod', pod, '--ignore-not-found', '--timeout=120s']);
  const read = (field: string): Promise<string> => cluster(['get', deployment, '-o', `jsonpath={.${field}}`]);
  const generation = (): Promise<string> => read('metadata.generation');
  let [stopped, before] = ['', ''];
  const exec: Exec = async (script, args, streams) => {
    const ran = await kubectl(
      [
        ...['-n', forgejo.namespace, 'exec', ...(streams?.input === undefined ? [] : ['-i']), pod, '--'],
        ...['sh', '-c', readFileSync(join(__dirname, `${script}.sh`), 'utf8'), script, '/data', ...args],
      ],
      { ...until, ...streams },
    );
    // An apply, or another backup, scales it: then files changed while they were read or written.
    if (ran.code === 0 && (await generation()) !== stopped)
      throw new (script === 'load' ? LeftStopped : Error)(
        `${deployment}: was changed by somebody else meanwhile, got another generation; run it again when nothing applies`,
      );
    return ran;
  };
  let [began, start] = [false, true];
  try {
    await drop();
    before = await read('spec.replicas');
    began = true;
    tell('stopping Forgejo');
    await cluster(['scale', deployment, '--replicas=0']);
    const endMs = Date.now() + stopSeconds * 1000;
    // One that was evicted stays in the list, and holds no volume.
    const open = '--field-selector=status.phase!=Failed,status.phase!=Succeeded';
    while ((await cluster(['get', 'pods', '-l', 'app=forgejo', open, '-o', 'name'])).trim() !== '') {
      if (Date.now() > endMs)
        throw new Error(`${deployment}: its pod does not end, got ${stopSeconds} s of waiting; look at it`);
      await sleep(1000);
    }
    stopped = await generation();
    await cluster(['apply', '-f', '-'], JSON.stringify(podOf(forgejo)));
    await cluster(['wait', '--for=condition=Ready', `pod/${pod}`, `--timeout=${stopSeconds}s`]);
    return await use(exec);
  } catch (error) {
    // One that is refused has changed nothing, and a person may have stopped Forgejo for a reason.
    start = mayStart(error) && !(error instanceof Refused && before === '0');
    // What follows may fail too, and would hide it.
    tell(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    until = {};
    // A pod that does not go must not keep Forgejo from coming back; the next run removes it.
    await drop().catch((error: unknown) => {
      tell(error instanceof Error ? error.message : String(error));
    });
    if (!began) tell('Forgejo was left as it is');
    else if (start) {
      tell('starting Forgejo');
      await again(() => cluster(['scale', deployment, '--replicas=1']), tell);
      await cluster(['rollout', 'status', deployment, `--timeout=${startSeconds}s`]);
    } else tell('Forgejo stays stopped');
    for (const signal of endings) process.off(signal, end);
  }
}

/** Half a minute for an API server that is away for a moment: nothing else starts Forgejo. */
async function again(work: () => Promise<unknown>, tell: (line: string) => void): Promise<void> {
  for (let left = 10; ; left -= 1)
    try {
      await work();
      return;
    } catch (error) {
      if (left === 0) throw error;
      tell(error instanceof Error ? error.message : String(error));
      await sleep(3000);
    }
}

function podOf({ namespace, image, storage }: Estate['forgejo']): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'volume',
          image,
          command: ['sleep', '86400'],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: storage.claimName } }],
    },
  };
}
