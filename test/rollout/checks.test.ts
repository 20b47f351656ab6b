import { describe, expect, test } from '@jest/globals';
import { kubernetesNode } from '../../cloud-init/kubernetes-node';
import { vmChecks } from '../../cloud-init/registry-vm';
import { phases } from '../../estate/phases';
import { mirrorChecks } from '../../rollout/machine-check';
import { pullReferences } from '../../rollout/pull-references';
import { pullChecks } from '../../rollout/pull-secret';
import { estateAt } from '../support/estates';
import { answering } from './fixture';

const secret = { namespace: 'kyverno', name: 'registry-credentials' };
const holding = (config: unknown): ReturnType<typeof answering> => {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  const data = { '.dockerconfigjson': Buffer.from(text).toString('base64') };
  return answering({ 'get secret': { stdout: JSON.stringify({ data }) } });
};

describe('what a node must be able to do', () => {
  test('is to pull the canary from every registry of the phase that asks for a login', () => {
    const pulls = phases.map((phase) => [phase, pullReferences(estateAt(phase))]);
    const [legacy, forgejo] = [
      'registry.viktorbarzin.me/infra-ci:latest',
      'forgejo.viktorbarzin.me/viktor/infra-ci:latest',
    ];
    expect(pulls).toEqual([
      ['prepare', [legacy]],
      ['dual-push', [legacy]],
      ['bake', [legacy, forgejo]],
      ['cutover', [legacy, forgejo]],
      ['decommission', [forgejo]],
    ]);
  });

  test('is to reach every mirror that its hosts.toml files name', () => {
    const urls = mirrorChecks(kubernetesNode(estateAt('prepare'))).map(
      (check) => 'url' in check && check.url,
    );
    expect(urls).toEqual([5000, 5010, 5020, 5030, 5040].map((port) => `http://10.0.20.10:${port}/v2/`));
  });

  test('trusts of a mirror what its hosts.toml trusts', () => {
    const toml =
      'server = "https://a"\n[host."https://b"]\nskip_verify = true\n[host."https://c"]\nca = "/ca.pem"\n[host."https://a"]\n';
    const path = '/etc/containerd/certs.d/a/hosts.toml';
    const checks = mirrorChecks({ files: [{ path, mode: '0644', content: [toml], effect: 'none' }] });
    expect(checks.map((check) => 'curlOptions' in check && check.curlOptions)).toEqual([
      ['--insecure'],
      ['--cacert', '/ca.pem'],
    ]);
  });

  test('is to pull with the login that the cluster has, in either form of it', async () => {
    const auth = Buffer.from('puller:with:colon').toString('base64');
    const run = holding({
      auths: { 'a.example': { auth }, 'https://b.example': { username: 'u', password: 'p' } },
    });
    expect(await pullChecks(run, secret, ['a.example/app:1', 'b.example/app:1'])).toEqual([
      {
        kind: 'pull',
        reference: 'a.example/app:1',
        credentials: { username: 'puller', password: 'with:colon' },
      },
      { kind: 'pull', reference: 'b.example/app:1', credentials: { username: 'u', password: 'p' } },
    ]);
  });

  test.each([
    ['no JSON', 'not json', 'holds no ".dockerconfigjson" that parses, got other data'],
    ['no login of the host', { auths: {} }, 'no login for "a.example"'],
    ['an empty login', { auths: { 'a.example': { auth: '' } } }, 'no login for "a.example", got none'],
  ])('is refused with a pull Secret that holds %s', async (_, config, fault) => {
    await expect(pullChecks(holding(config), secret, ['a.example/app:1'])).rejects.toThrow(fault);
  });

  test('on the registry VM is to answer at every published port, by address', () => {
    const checks = vmChecks(estateAt('prepare'));
    expect(checks).toHaveLength(9);
    expect(checks[5]).toMatchObject({
      url: 'https://registry.viktorbarzin.me:5050/v2/',
      statuses: [401],
      curlOptions: expect.arrayContaining(['registry.viktorbarzin.me:5050:10.0.20.10']) as unknown,
    });
  });
});
