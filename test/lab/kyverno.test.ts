import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Phase } from '../../estate/phases';
import type { Kubernetes } from '../../lab/kube-apiserver';
import { startLab, type Lab } from '../../lab/lab';
import { applyObjects } from '../../lab/surroundings';
import type { ApiObject } from '../../manifests/api-object';
import { estateAt } from '../support/estates';
import { describeLab } from './describe-lab';
import { eventually } from './eventually';
import { stackObjects } from './stack-objects';

const { forgejo, kyverno, registries } = estateAt('prepare');
const secretName = kyverno.pullSecretName;
const vault = {
  viktor: { registry_user: 'reader', registry_password: 'legacy', forgejo_pull_token: 'pull' },
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const legacyLogins = registries.legacy.spellings.map((host) => [host, { auth: base64('reader:legacy') }]);
const forgejoLogin = [forgejo.host, { auth: base64('cluster-puller:pull') }];
const loginsAt = {
  prepare: Object.fromEntries([...legacyLogins, forgejoLogin]) as object,
  decommission: Object.fromEntries([forgejoLogin]) as object,
} satisfies Partial<Record<Phase, object>>;

describeLab('the pull Secret of every namespace, by Kyverno’s own controllers', () => {
  let lab: Lab<'kyverno' | 'kubernetes'>;
  beforeAll(async () => {
    lab = await startLab({ kubernetes: true, kyverno: true });
    await lab.kubernetes.kubectl(['create', 'namespace', 'older']);
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const objectsAt = (phase: Phase): Promise<readonly ApiObject[]> =>
    stackObjects(estateAt(phase), 'kyverno', { vault });

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

  it.each(['admission', 'background'])(
    'its policy is refused while the %s controller may not',
    async (name) => {
      const account = `kyverno-${name}-controller`;
      const objects = await objectsAt('prepare');
      const bindings = objects.filter(({ kind }) => kind === 'ClusterRoleBinding');
      const [missing] = bindings.filter((binding) => JSON.stringify(binding).includes(account));
      const others = objects.filter((object) => object !== missing);
      await expect(applyObjects(lab.kubernetes, others)).rejects.toThrow(`${account} requires permissions`);
      for (const { metadata } of bindings)
        await lab.kubernetes.kubectl(['delete', '--ignore-not-found', 'clusterrolebinding', metadata.name]);
    },
  );

  it('a fresh namespace receives every login of phase prepare and no other', async () => {
    await applyObjects(lab.kubernetes, await objectsAt('prepare'));
    await lab.kubernetes.kubectl([
      'wait',
      '--for=condition=Ready',
      'clusterpolicy',
      '--all',
      '--timeout=60s',
    ]);
    await lab.kubernetes.kubectl(['create', 'namespace', 'fresh']);
    expect(await copiedInto('fresh')).toEqual(loginsAt.prepare);
    expect(Object.keys(loginsAt.prepare)).toHaveLength(4);
  });

  it('a namespace from before the policy waits for its next change', async () => {
    expect(await loginsIn('older')).toBeUndefined();
    await lab.kubernetes.kubectl(['label', 'namespace', 'older', 'touched=yes']);
    expect(await copiedInto('older')).toEqual(loginsAt.prepare);
  });

  it('an excluded namespace receives nothing', async () => {
    for (const name of kyverno.excludedNamespaces)
      await lab.kubernetes.kubectl(['label', 'namespace', name, 'touched=yes']);
    await lab.kubernetes.kubectl(['create', 'namespace', 'later']);
    await copiedInto('later');
    for (const name of kyverno.excludedNamespaces) expect(await loginsIn(name)).toBeUndefined();
  });

  it('a copy that somebody deletes comes back', async () => {
    await lab.kubernetes.kubectl(['delete', 'secret', secretName, '-n', 'fresh']);
    expect(await copiedInto('fresh')).toEqual(loginsAt.prepare);
  });

  it('as its chart has it, Kyverno does not see its source change: a copy follows when its namespace does', async () => {
    await applyObjects(lab.kubernetes, await objectsAt('decommission'));
    await lab.kubernetes.kubectl(['label', 'namespace', 'older', 'touched=again', '--overwrite']);
    await eventually('the copy in the changed namespace', async () =>
      Object.keys((await loginsIn('older')) ?? {}).length === 1 ? true : undefined,
    );
    expect(await loginsIn('fresh')).toEqual(loginsAt.prepare);
  });

  it('told to look at its own namespace (config.excludeKyvernoNamespace: false), it carries a change to every copy', async () => {
    await lookAtOwnNamespace(lab.kubernetes);
    await applyObjects(lab.kubernetes, await objectsAt('prepare'));
    await applyObjects(lab.kubernetes, await objectsAt('decommission'));
    const namespaces = ['fresh', 'older', 'later'];
    const followed = await eventually('the copies of the changed source', async () => {
      const copies = await Promise.all(namespaces.map(loginsIn));
      return copies.every((logins) => Object.keys(logins ?? {}).length === 1) ? copies : undefined;
    });
    expect(followed).toEqual(namespaces.map(() => loginsAt.decommission));
  });

  it('a changed rule is refused under its old name', async () => {
    const policy = (await objectsAt('prepare')).find(({ kind }) => kind === 'ClusterPolicy');
    const changed = JSON.parse(JSON.stringify(policy).replace('kube-public', 'another')) as object;
    await expect(applyObjects(lab.kubernetes, [changed])).rejects.toThrow('changes of immutable fields');
  });

  it('then every copy also goes with its source, which is why Terraform may not destroy that', async () => {
    await lab.kubernetes.kubectl(['delete', 'secret', secretName, '-n', kyverno.namespace]);
    await eventually('no copies', async () =>
      (await loginsIn('fresh')) === undefined && (await loginsIn('older')) === undefined ? true : undefined,
    );
    expect(await loginsIn('fresh')).toBeUndefined();
  });
});

/** What the chart's value `config.excludeKyvernoNamespace: false` changes in Kyverno's own ConfigMap. */
async function lookAtOwnNamespace(kubernetes: Kubernetes): Promise<void> {
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
  await kubernetes.request({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: { data: changed },
  });
  const webhooks = [
    'get',
    'validatingwebhookconfiguration',
    'kyverno-resource-validating-webhook-cfg',
    '-o',
    'yaml',
  ];
  await eventually('the webhook for its own namespace', async () =>
    (await kubernetes.kubectl(webhooks)).includes('- kyverno\n') ? undefined : true,
  );
}
