import { describe, expect, it } from '@jest/globals';
import { phases } from '../../estate/phases';
import { manifestsOf, renderManifests, type StackJson } from '../../manifests/stack-manifests';
import { estateAt } from '../support/estates';
import { synthesized } from '../support/synthesized';

describe('the manifests of a stack', () => {
  it.each(phases)('at phase %s every kubernetes_* resource of every stack has its API object', (phase) => {
    for (const { json } of synthesized(estateAt(phase)).values()) {
      const { resource = {} } = json as StackJson;
      const addresses = Object.entries(resource)
        .filter(([type]) => type.startsWith('kubernetes_'))
        .flatMap(([type, byName]) => Object.keys(byName).map((name) => `${type}.${name}`));
      expect(
        manifestsOf(json as StackJson)
          .map(({ address }) => address)
          .toSorted(),
      ).toEqual(addresses.toSorted());
    }
  });

  it('begin with the namespaces that the others live in', () => {
    const json = {
      resource: {
        kubernetes_secret: { a: { metadata: { name: 'a', namespace: 'apps' } } },
        kubernetes_namespace: { apps: { metadata: { name: 'apps' } } },
      },
    };
    expect(manifestsOf(json).map(({ address }) => address)).toEqual([
      'kubernetes_namespace.apps',
      'kubernetes_secret.a',
    ]);
  });

  it('name a Secret’s keys and never write its values', () => {
    const json = {
      resource: {
        kubernetes_secret: { pull: { metadata: { name: 'pull' }, data: { '.dockerconfigjson': 'hunter2' } } },
      },
    };
    const text = renderManifests('kyverno', json);
    expect(text).not.toContain('hunter2');
    expect(text).toContain(
      '# Not written here: the values of .dockerconfigjson.\napiVersion: v1\nkind: Secret\n',
    );
  });

  it('show Terraform’s escapes as the text that they stand for, and its expressions as they are', () => {
    const data = { script: 'echo $${HOME} %%{x}', host: '${var.host}' };
    const json = { resource: { kubernetes_config_map: { a: { metadata: { name: 'a' }, data } } } };
    expect(renderManifests('a', json)).toContain('  script: echo ${HOME} %{x}\n  host: ${var.host}\n');
  });

  it('show the value of a variable that is known, and leave what is more than a variable to Terraform', () => {
    const data = { name: '${var.name}', text: 'the ${var.name}' };
    const json = { resource: { kubernetes_config_map: { a: { metadata: { name: 'a' }, data } } } };
    expect(renderManifests('a', json, { name: 'tls-secret' })).toContain(
      '  name: tls-secret\n  text: the ${var.name}\n',
    );
  });

  it('leave out the resources of other providers', () => {
    const json = { resource: { cloudflare_record: { a: { name: 'a' } } } };
    expect(manifestsOf(json)).toEqual([]);
    expect(renderManifests('a', json)).toBeUndefined();
  });
});
