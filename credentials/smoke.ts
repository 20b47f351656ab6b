import { randomUUID } from 'node:crypto';
import { ForgejoApi } from '../clients/forgejo/api';
import { passingPackages } from '../clients/forgejo/passing-packages';
import type { Tag } from '../clients/forgejo/tag';
import { deleteVersion, hasVersion } from '../clients/forgejo/version';
import { whyNoForgejo } from '../clients/forgejo/why-no-forgejo';
import { ServerError } from '../clients/http/errors';
import { RegistryClient } from '../clients/oci/client';
import { pushImage } from '../clients/oci/push-image';
import { pullLogins } from '../estate/derived/pull-secret';
import type { Estate } from '../estate/estate';
import type { Duty } from '../estate/tokens';
import { registryHosts } from '../rollout/docker-config';
import { clusterBy, within } from '../rollout/kubectl';
import type { Run } from '../rollout/run-command';
import { Refused } from '../steps/refused';

export interface SmokeProps {
  readonly estate: Estate;
  /** Forgejo's address, as clients outside of the cluster reach it. */
  readonly url: string;
  readonly tokens: Readonly<Record<Duty, string>>;
  readonly run: Run;
  readonly tell: (line: string) => void;
}

/** One part of the test, in the order in which they were done. */
export interface SmokePart {
  readonly name: string;
  readonly passed: boolean;
  /** What was seen, or why it failed. */
  readonly saw: string;
}

const image = passingPackages.smoke;
const tag = '1' as Tag;
/** Of the namespace, the pod and the Job; a killed run's are removed by the next. */
const objectName = 'registry-smoke';
const secretSeconds = 60;
const pullSeconds = 180;
const probeSeconds = 900;

/** Uses every token, the pull Secret, a node and the probe once, stops at the first that fails, and takes all away again. */
export async function smoke({ estate, url, tokens, run, tell }: SmokeProps): Promise<readonly SmokePart[]> {
  const { forgejo, integrityProbe, pullSecret } = estate;
  const { owner } = forgejo.packages;
  const repository = `${owner}/${image}`;
  const isFresh = pullSecret.copiedBy === 'kyverno';
  const namespace = pullSecret.copiedBy === 'kyverno' ? objectName : (pullSecret.namespaces[0] ?? '');
  const as = (duty: Duty): RegistryClient =>
    new RegistryClient({ url, credentials: { username: estate.tokens[duty].owner, password: tokens[duty] } });
  const api = (duty: Duty): ForgejoApi => new ForgejoApi({ url, owner, token: tokens[duty] });
  const { kubectl: cluster, items: itemsOf, remove: drop } = clusterBy(run);
  const items = itemsOf<ClusterObject>;

  const login = async (): Promise<string> => {
    for (const duty of ['pull', 'push', 'delete'] as const) await as(duty).ping();
    return `${estate.tokens.pull.owner} and ${estate.tokens.push.owner} are let in`;
  };
  const push = async (): Promise<string> => {
    const digest = await pushImage(as('push'), repository, randomUUID(), '1');
    return `${repository}:1 is ${digest}`;
  };
  const secret = async (): Promise<string> => {
    if (isFresh) await cluster(['create', 'namespace', namespace]);
    const path = ['secrets', '-n', namespace, '--field-selector', `metadata.name=${pullSecret.name}`];
    const found = await within(secretSeconds, `${pullSecret.name} in ${namespace}`, async () => {
      const [copy] = await items(path);
      return copy === undefined ? undefined : registryHosts(copy.data);
    });
    const expected = pullLogins(estate)
      .map(({ host }) => host)
      .sort();
    if (found.join() !== expected.join())
      throw new Error(
        `secret "${namespace}/${pullSecret.name}": has other logins than the estate, got "${found.join('", "')}", expected "${expected.join('", "')}"; apply the stack of the pull Secret`,
      );
    return `${found.length} logins: ${found.join(', ')}`;
  };
  const pull = async (): Promise<string> => {
    await drop('pod', objectName, namespace);
    await within(secretSeconds, `the ServiceAccount of ${namespace}`, async () => {
      const [account] = await items(['serviceaccounts', '-n', namespace]);
      return account;
    });
    const pod = JSON.stringify(podOf(estate, namespace, repository));
    const uid = await cluster(['create', '-f', '-', '-o', 'jsonpath={.metadata.uid}'], pod);
    // Not by its name: an earlier pod's events outlive it by an hour.
    const events = ['events', '-n', namespace, '--field-selector', `involvedObject.uid=${uid.trim()}`];
    return within(pullSeconds, `a pull of ${repository}:1 by a node`, async () => {
      const told = await items(events);
      const failed = told.find(({ reason, message }) => reason === 'Failed' && /pull/i.test(message ?? ''));
      if (failed !== undefined)
        throw new Error(
          `pod "${namespace}/${objectName}": a node could not pull, got "${failed.message ?? ''}"; docs/runbooks/troubleshoot-image-pull.md`,
        );
      return told.find(({ reason }) => reason === 'Pulled')?.message;
    });
  };
  const remove = async (): Promise<string> => {
    const refused = await deleteVersion(api('pull'), image, tag).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(refused instanceof ServerError && refused.kind === 'denied'))
      throw new Error(
        `estate.tokens["pull"]: may delete, got ${refused instanceof Error ? refused.message : 'no refusal'}; ./registry bootstrap apply --rotate pull`,
      );
    await deleteVersion(api('delete'), image, tag);
    if (await hasVersion(api('delete'), image, tag)) throw new Error(`${repository}:1: is still there`);
    return 'the pull token may not, the delete token did';
  };
  const probe = async (): Promise<string> => {
    const of = integrityProbe.namespace;
    await drop('job', objectName, of);
    await cluster(['create', 'job', objectName, '-n', of, '--from=cronjob/forgejo-integrity-probe']);
    const ended = await within(probeSeconds, 'the end of the probe', async () => {
      const [job] = await items(['jobs', '-n', of, '--field-selector', `metadata.name=${objectName}`]);
      const ends = ['Complete', 'Failed'];
      return job?.status?.conditions?.find(({ type, status }) => ends.includes(type) && status === 'True');
    });
    const log = await cluster(['logs', '-n', of, `job/${objectName}`, '--tail=1']);
    if (ended.type === 'Complete') return log.trim();
    throw new Error(
      `job "${of}/${objectName}": the probe failed, got "${log.trim()}"; docs/runbooks/integrity-probe.md`,
    );
  };

  const stranger = await whyNoForgejo(url);
  if (stranger !== undefined) throw new Refused([`forgejo at ${new URL(url).origin}: ${stranger}`]);
  if (isFresh) await drop('namespace', namespace, namespace);
  const parts = { login, push, secret, pull, delete: remove, probe };
  const done: SmokePart[] = [];
  try {
    for (const [name, part] of Object.entries(parts)) {
      tell(name);
      done.push({ name, passed: true, saw: await part() });
    }
  } catch (error) {
    const saw = error instanceof Error ? error.message : String(error);
    done.push({ name: Object.keys(parts)[done.length] ?? '', passed: false, saw });
  }
  const leftovers: Promise<unknown>[] = [
    deleteVersion(api('delete'), image, tag),
    isFresh ? drop('namespace', namespace, namespace) : drop('pod', objectName, namespace),
    drop('job', objectName, integrityProbe.namespace),
  ];
  for (const left of await Promise.allSettled(leftovers))
    if (left.status === 'rejected') done.push({ name: 'clean up', passed: false, saw: String(left.reason) });
  return done;
}

interface ClusterObject {
  readonly reason?: string;
  readonly message?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** It need not run: the image holds no program, and a node that has pulled it says so. */
function podOf({ forgejo, pullSecret }: Estate, namespace: string, repository: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: objectName, namespace },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      containers: [{ name: 'pull', image: `${forgejo.host}/${repository}:1`, imagePullPolicy: 'Always' }],
      imagePullSecrets: [{ name: pullSecret.name }],
    },
  };
}
