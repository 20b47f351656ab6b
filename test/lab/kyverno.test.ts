import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Phase } from '../../estate/phases';
import type { Kubernetes } from '../../lab/servers/kubernetes';
import { startLab, type Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/apply-objects';
import type { ApiObject } from '../../manifests/api-object';
import { estateAt } from '../support/estates';
import { describeLab } from './describe-lab';
import { eventually } from './eventually';
import { stackObjects } from './stack-objects';
import { legacySpellings } from '../../estate/derived/legacy-registry';

const estate = estateAt('prepare');
const { forgejo, pullSecret } = estate;
const secretName = pullSecret.name;
const vault = {
  viktor: { registry_user: 'reader', registry_password: 'legacy', forgejo_pull_token: 'pull' },
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const legacyLogins = legacySpellings(estate).map((host) => [host, { auth: base64('reader:legacy') }]);
const forgejoLogin = [forgejo.host, { auth: base64('cluster-puller:pull') }];
const loginsAt = {
  prepare: Object.fromEntries([...legacyLogins, forgejoLogin]) as object,
  decommission: Object.fromEntries([forgejoLogin]) as object,
} satisfies Partial<Record<Phase, object>>;

describeLab('the pull Secret of every namespace, by Kyverno’s own controllers', () => {
  let lab: Lab<'kyverno' | 'kubernetes'>;
  beforeAll(async () => {
    lab = await startLab({ kubernetes: true, kyverno: { backgroundScanInterval: '5s' } });
    await lab.kubernetes.kubectl(['create', 'namespace', 'older']);
    await applyPhase('prepare');
    const ready = ['wait', '--for=condition=Ready', 'clusterpolicy', '--all', '--timeout=60s'];
    await lab.kubernetes.kubectl(ready);
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const evaluated = new Map<Phase, Promise<readonly ApiObject[]>>();
  const objectsAt = (phase: Phase): Promise<readonly ApiObject[]> => {
    const objects = evaluated.get(phase) ?? stackObjects(estateAt(phase), 'kyverno', { vault });
    evaluated.set(phase, objects);
    return objects;
  };
  const applyPhase = async (phase: Phase): Promise<void> => {
    await applyObjects(lab.kubernetes, await objectsAt(phase));
  };
  const applyPhaseSecret = async (phase: Phase): Promise<void> => {
    const secret = (await objectsAt(phase)).filter(({ kind }) => kind === 'Secret');
    await applyObjects(lab.kubernetes, secret);
  };
  const createNamespace = (name: string): Promise<string> =>
    lab.kubernetes.kubectl(['create', 'namespace', name]);
  /** Changes a namespace, which makes Kyverno judge it anew. */
  const touch = async (namespace: string): Promise<void> => {
    await lab.kubernetes.kubectl(['label', 'namespace', namespace, 'renew-pull-secret=now']);
    await lab.kubernetes.kubectl(['label', 'namespace', namespace, 'renew-pull-secret-']);
  };

  /** The logins in a namespace's pull Secret; undefined while it has none. */
  const loginsIn = async (namespace: string): Promise<object | undefined> => {
    const path = `/api/v1/namespaces/${namespace}/secrets/${secretName}`;
    const { status, body } = await lab.kubernetes.request({ path });
    if (status === 404) return undefined;
    const { type, data } = body as { type: string; data: Record<string, string> };
    expect(type).toBe('kubernetes.io/dockerconfigjson');
    const config = Buffer.from(data['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
    return (JSON.parse(config) as { auths: object }).auths;
  };
  const copiedInto = (namespace: string): Promise<object> =>
    eventually(`the pull Secret of ${namespace}`, () => loginsIn(namespace));
  const becomes = (namespace: string, logins: object): Promise<true> =>
    eventually(`the changed pull Secret of ${namespace}`, async () =>
      isDeepStrictEqual(await loginsIn(namespace), logins) ? true : undefined,
    );

  it.each(['prepare', 'decommission'] as const)(
    'a fresh namespace receives every login of phase %s and no other',
    async (phase) => {
      await applyPhase(phase);
      await createNamespace(`fresh-at-${phase}`);
      expect(await copiedInto(`fresh-at-${phase}`)).toEqual(loginsAt[phase]);
      expect(Object.keys(loginsAt[phase])).toHaveLength(phase === 'prepare' ? 4 : 1);
    },
  );

  it('a namespace from before the policy has it too', async () => {
    await applyPhase('prepare');
    await becomes('older', loginsAt.prepare);
    expect(await loginsIn('older')).toEqual(loginsAt.prepare);
  });

  it('an excluded namespace receives nothing', async () => {
    for (const name of pullSecret.excludedNamespaces) await touch(name);
    await createNamespace('after-excluded');
    await copiedInto('after-excluded');
    for (const name of pullSecret.excludedNamespaces) expect(await loginsIn(name)).toBeUndefined();
  });

  it('a copy that somebody deletes comes back', async () => {
    await applyPhase('prepare');
    await createNamespace('deleted-from');
    await copiedInto('deleted-from');
    await lab.kubernetes.kubectl(['delete', 'secret', secretName, '-n', 'deleted-from']);
    expect(await copiedInto('deleted-from')).toEqual(loginsAt.prepare);
  });

  it('a changed source reaches every copy, though Kyverno looks away from its own namespace', async () => {
    await applyPhase('prepare');
    const namespaces = ['followed-one', 'followed-two', 'older'];
    for (const name of namespaces.slice(0, 2)) await createNamespace(name);
    for (const name of namespaces) await becomes(name, loginsAt.prepare);
    await applyPhase('decommission');
    for (const name of namespaces) await becomes(name, loginsAt.decommission);
    expect(await loginsIn('older')).toEqual(loginsAt.decommission);
  });

  it('told to look at its own namespace, Kyverno carries each change of the source to every copy, and its end', async () => {
    await applyPhase('prepare');
    await createNamespace('followed');
    await copiedInto('followed');
    const lookAway = await lookAtOwnNamespace(lab.kubernetes);
    try {
      await applyPhase('decommission');
      await becomes('followed', loginsAt.decommission);
      // Which is why Terraform may not destroy it.
      await lab.kubernetes.kubectl(['delete', 'secret', secretName, '-n', pullSecret.namespace]);
      await eventually('no copy of what is gone', async () =>
        (await loginsIn('followed')) === undefined ? true : undefined,
      );
      expect(await loginsIn('followed')).toBeUndefined();
    } finally {
      await lookAway();
      await applyPhase('prepare');
    }
  });

  it('a changed, renamed or removed rule is refused', async () => {
    await applyPhase('prepare');
    const policy = (await objectsAt('prepare')).find(({ kind }) => kind === 'ClusterPolicy');
    const text = JSON.stringify(policy);
    for (const changed of [
      text.replace('kube-public', 'another'),
      text.replace('sync-registry-secret', 'renamed'),
      text.replace('kube-public', 'another').replace('sync-registry-secret', 'renamed'),
    ])
      await expect(applyObjects(lab.kubernetes, [JSON.parse(changed) as object])).rejects.toThrow(
        'changes of immutable fields',
      );
  });

  it('the policy of the predecessor is changed in place, and the copies stay when it goes', async () => {
    await applyPhase('prepare');
    const objects = await objectsAt('prepare');
    const policy = objects.find(({ kind }) => kind === 'ClusterPolicy');
    const before = JSON.parse(
      JSON.stringify(policy)
        .replace('"generateExisting":true,', '')
        .replace('"orphanDownstreamOnPolicyDelete":true,', ''),
    ) as object;
    expect(before).not.toEqual(policy);
    await applyObjects(lab.kubernetes, [before]);
    await applyObjects(lab.kubernetes, [policy as object]);
    await createNamespace('kept');
    await copiedInto('kept');
    await lab.kubernetes.kubectl(['delete', 'clusterpolicy', policy?.metadata.name ?? '']);
    const another = JSON.parse(
      JSON.stringify(policy)
        .replace('"sync-registry-credentials"', '"another-policy"')
        .replace('kube-public', 'kept-out'),
    ) as ApiObject;
    try {
      await applyObjects(lab.kubernetes, [another]);
      await createNamespace('made-by-another');
      await copiedInto('made-by-another');
      // Had it gone with the old policy, it would have gone before the new one made this.
      expect(await loginsIn('kept')).toEqual(loginsAt.prepare);
      await applyPhaseSecret('decommission');
      await becomes('kept', loginsAt.decommission);
      await lab.kubernetes.kubectl(['delete', 'clusterpolicy', 'another-policy']);
    } finally {
      await applyPhase('prepare');
    }
  });

  it.each(['admission', 'background'])(
    'its policy is refused while the %s controller has no right to Secrets but its own chart’s',
    async (name) => {
      const account = `kyverno-${name}-controller`;
      const objects = await objectsAt('prepare');
      const policy = objects.find(({ kind }) => kind === 'ClusterPolicy');
      const binding = objects.find(
        (object) => object.kind === 'ClusterRoleBinding' && JSON.stringify(object).includes(account),
      );
      await lab.kubernetes.kubectl(['delete', 'clusterrolebinding', binding?.metadata.name ?? '']);
      try {
        const answer = await eventually('the refusal', async () => {
          const { status, body } = await lab.kubernetes.request({
            method: 'POST',
            path: '/apis/kyverno.io/v1/clusterpolicies?dryRun=All',
            body: { ...policy, metadata: { name: 'another' } },
          });
          return status === 201 ? undefined : body;
        });
        expect(answer).toMatchObject({ message: expect.stringContaining(`${account} requires permissions`) });
      } finally {
        await applyObjects(lab.kubernetes, objects);
      }
    },
  );
});

/** What the chart's value `config.excludeKyvernoNamespace: false` changes in Kyverno's own ConfigMap; returns the way back. */
async function lookAtOwnNamespace(kubernetes: Kubernetes): Promise<() => Promise<void>> {
  const path = '/api/v1/namespaces/kyverno/configmaps/kyverno';
  const { data } = (await kubernetes.request({ path })).body as {
    data: { resourceFilters: string; webhooks: string };
  };
  const { namespaceSelector } = JSON.parse(data.webhooks) as {
    namespaceSelector: { matchExpressions: { values: string[] }[] };
  };
  const matchExpressions = namespaceSelector.matchExpressions.filter(
    ({ values }) => !values.includes('kyverno'),
  );
  const changed = {
    resourceFilters: data.resourceFilters.replace('[*/*,kyverno,*]', ''),
    webhooks: JSON.stringify({ namespaceSelector: { matchExpressions } }),
  };
  const configure = async (settings: object, looksAway: boolean): Promise<void> => {
    const contentType = 'application/merge-patch+json';
    await kubernetes.request({ method: 'PATCH', path, contentType, body: { data: settings } });
    const webhooks = ['get', 'validatingwebhookconfiguration', 'kyverno-resource-validating-webhook-cfg'];
    await eventually('the webhook that sees Secrets', async () =>
      (await kubernetes.kubectl([...webhooks, '-o', 'yaml'])).includes('- kyverno\n') === looksAway
        ? true
        : undefined,
    );
  };
  await configure(changed, false);
  return () => configure(data, true);
}
