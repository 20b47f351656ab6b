import { kubectl, type Command } from './machine-command';
import { Refused } from '../steps/refused';
import { said } from '../terminal/said';
import { read } from './read-cluster';
import type { Run } from './run-command';

const name = 'registry-consolidation-rollout';
const namespace = 'kube-system';
/** A lease that nobody renewed for so long is nobody's; long enough for clocks that differ. */
const leaseDurationSeconds = 300;

export interface LeaseProps {
  readonly run: Run;
  /** The machine and the process of this rollout. */
  readonly host: string;
  readonly pid: number;
  readonly now: () => Date;
  readonly isRunning: (pid: number) => boolean;
}

/** Renewed no more often than this. */
const renewAfterSeconds = 15;

/** The right to change nodes, held by one rollout at a time. */
export interface HeldLease {
  /** @throws Error when it was lost */
  renew(): Promise<void>;
  release(): Promise<void>;
}

interface LeaseObject {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string };
}

/**
 * Takes the cluster's Lease (coordination.k8s.io/v1), so that two rollouts never drain two nodes at once. One that was
 * left by a killed process of this machine, or that nobody renewed for five minutes, is taken over.
 * @throws {@link Refused} naming the holder
 */
export async function acquireLease(props: LeaseProps): Promise<HeldLease> {
  const { run, host, pid, now } = props;
  const holder = `${host}/${pid}`;
  const taken = (await read(run, [
    ...['get', 'lease', name, '--namespace', namespace],
    '--ignore-not-found',
  ])) as LeaseObject | undefined;
  if (taken !== undefined) {
    const alive = holderOf(taken, props);
    if (alive !== undefined)
      throw new Refused([
        `lease "${namespace}/${name}": another rollout runs, got "${alive}"; wait for it, or when it is dead: kubectl --namespace ${namespace} delete lease ${name}`,
      ]);
  }
  const time = now().toISOString().replace('Z', '000Z');
  const object = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace, ...(taken && { resourceVersion: taken.metadata.resourceVersion }) },
    spec: { holderIdentity: holder, leaseDurationSeconds, acquireTime: time, renewTime: time },
  };
  const ran = await run(
    kubectl([taken === undefined ? 'create' : 'replace', '-f', '-'], JSON.stringify(object)),
  );
  if (ran.code !== 0)
    throw new Refused([
      `lease "${namespace}/${name}": could not be taken, got ${said(ran)}; run it again when no other rollout runs`,
    ]);
  let renewedAt = now().getTime();
  return {
    renew: async () => {
      if (now().getTime() - renewedAt < renewAfterSeconds * 1000) return;
      renewedAt = now().getTime();
      const renewed = await run(renewal(holder, now()));
      if (renewed.code !== 0)
        throw new Error(
          `lease "${namespace}/${name}": was lost, got ${said(renewed)}; see who runs another rollout, then resume`,
        );
    },
    release: async () => {
      if ((await run(renewal(holder, now()))).code === 0)
        await run(kubectl(['delete', 'lease', name, '--namespace', namespace, '--ignore-not-found']));
    },
  };
}

/** Undefined when the lease's holder has ended. */
function holderOf({ spec }: LeaseObject, { host, now, isRunning }: LeaseProps): string | undefined {
  const holder = spec?.holderIdentity ?? '';
  const at = holder.lastIndexOf('/');
  if (holder.slice(0, at) === host) return isRunning(Number(holder.slice(at + 1))) ? holder : undefined;
  const stillSeconds = (now().getTime() - Date.parse(spec?.renewTime ?? '1970-01-01')) / 1000;
  return stillSeconds > leaseDurationSeconds ? undefined : holder;
}

/** Refused by the API server when somebody else holds it. */
function renewal(holder: string, now: Date): Command {
  return kubectl([
    ...['patch', 'lease', name, '--namespace', namespace, '--type=json', '-p'],
    JSON.stringify([
      { op: 'test', path: '/spec/holderIdentity', value: holder },
      { op: 'replace', path: '/spec/renewTime', value: now.toISOString().replace('Z', '000Z') },
    ]),
  ]);
}
