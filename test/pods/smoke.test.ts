import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { smoke } from '../../commands/smoke';
import type { Estate } from '../../estate/estate';
import { validateEstate } from '../../estate/validate';
import { smokeClaim } from '../../estate/derived/claims';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import { factsHash, readEvidence } from '../../estate/evidence';
import { startLab, type Lab } from '../../lab/runs/lab';
import { podRoutes } from '../../lab/machines/pods';
import { addServiceEndpoint } from '../../lab/servers/service-endpoint';
import { applyObjects } from '../../lab/servers/apply-objects';
import { standInMiddlewares } from '../lab/surroundings';
import { startTraefik } from '../../lab/servers/traefik';
import { mustSucceed } from '../../lab/servers/vault';
import { eventually } from '../lab/eventually';
import { stackObjects } from '../lab/stack-objects';
import { call, type Called } from '../support/call';
import { estateAt } from '../support/estates';
import { describePods } from './describe-pods';

const estate = estateAt('prepare');
const { forgejo, hosts, tokens } = estate;
const { owner } = forgejo.packages;
const { service: pushgateway, namespace: monitoring } = estate.pushgateway;

describePods('./registry smoke', () => {
  let lab: Lab<'forge' | 'kubernetes' | 'kyverno' | 'pods' | 'pushgateway' | 'vault'>;
  const folder = mkdtempSync(join(tmpdir(), 'smoke-'));

  beforeAll(async () => {
    lab = await startLab({
      ...{ kubernetes: true, kyverno: true, pods: true, pushgateway: true, vault: true },
      forge: { rootUrl: `https://${forgejo.host}` },
    });
    const viktor = await lab.forge.createUser({ name: owner, visibility: 'limited' });
    const puller = await lab.forge.createUser({ name: tokens.pull.owner });
    const pullToken = await lab.forge.createToken(puller, ['read:package']);
    const [pushToken, deleteToken] = [
      await lab.forge.createToken(viktor, ['write:package']),
      await lab.forge.createToken(viktor, ['write:package']),
    ];
    await store({ forgejo_pull_token: pullToken, forgejo_cleanup_token: deleteToken });
    await mustSucceed(lab.vault, {
      ...{ method: 'POST', path: `${lab.vault.mount}/data/${tokens.push.vault.path}` },
      body: { data: { [tokens.push.vault.key]: pushToken } },
    });
    await applyStacks(pullToken, deleteToken);
  }, 1_800_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await lab.stop();
  }, 60_000);

  const dataOf = async (path: string): Promise<Record<string, string>> => {
    const { body } = await lab.vault.request({ path: `${lab.vault.mount}/data/${path}` });
    return (body as { data: { data: Record<string, string> } }).data.data;
  };
  const store = (data: object): Promise<unknown> =>
    mustSucceed(lab.vault, {
      ...{ method: 'POST', path: `${lab.vault.mount}/data/${tokens.pull.vault.path}`, body: { data } },
    });
  const applyStacks = async (pullToken: string, deleteToken: string): Promise<void> => {
    await startTraefik(lab, lab.kubernetes, { ...lab.pods, address: hosts.traefikLoadBalancer });
    const certificate = await lab.authority.issue({ name: 'forge', hosts: [forgejo.host] });
    const files = {
      'secrets/fullchain.pem': readFileSync(certificate.certFile, 'utf8'),
      'secrets/privkey.pem': readFileSync(certificate.keyFile, 'utf8'),
    };
    const viktor = { registry_user: 'reader', registry_password: 'legacy', forgejo_pull_token: pullToken };
    const vault = {
      ...{ viktor, registry_probes: viktor, forgejo_viktor: { forgejo_cleanup_token: deleteToken } },
    };
    const [forge, sync, probes] = [
      await stackObjects(estate, 'forgejo', { vault, files }),
      await stackObjects(estate, 'kyverno', { vault }),
      await stackObjects(estate, 'monitoring', { vault }),
    ];
    // The forge and the Pushgateway are processes here: what stands for their pods is an endpoint of their Service.
    await applyObjects(lab.kubernetes, [
      ...['traefik', monitoring].map((name) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      })),
      ...standInMiddlewares(forge),
      ...forge.filter(({ kind }) => kind !== 'Deployment'),
      ...sync,
      ...probes,
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: pushgateway, namespace: monitoring },
        spec: { ports: [{ port: estate.pushgateway.port }] },
      },
    ]);
    const endpoint = (namespace: string, service: string, route: { address: string; port: number }) =>
      addServiceEndpoint(lab.kubernetes, {
        ...{ namespace, service, address: route.address, ports: [{ port: route.port }] },
      });
    await endpoint(forgejo.namespace, 'forgejo', podRoutes.forge);
    await endpoint(monitoring, pushgateway, podRoutes.pushgateway);
    await lab.kubernetes.kubectl([
      ...['wait', '--for=condition=Ready', 'clusterpolicy', '--all', '--timeout=60s'],
    ]);
    // Until Traefik has read the Ingress and its certificate, nothing is found there.
    const [node] = lab.pods.nodes;
    await eventually('the forge behind Traefik', async () =>
      node?.containerd.pull(`${forgejo.host}/${owner}/absent:1`).then(
        () => undefined,
        (error: unknown) => (String(error).includes('401') ? true : undefined),
      ),
    );
  };

  /** As the list of processes would show them. */
  const commandLines: string[] = [];
  const command = (of: Estate = estate): Promise<Called> =>
    call(['smoke', '--forgejo', lab.forge.url], {
      environment: { VAULT_ADDR: lab.vault.url, VAULT_TOKEN: lab.vault.token },
      verbs: [
        smoke(() => of, {
          ...{ mount: lab.vault.mount, folder },
          run: ({ args, input }) => {
            commandLines.push(args.join(' '));
            return lab.kubernetes.kubectl(args, input).then(
              (stdout) => ({ code: 0, stdout, stderr: '' }),
              (error: unknown) => ({ code: 1, stdout: '', stderr: String(error) }),
            );
          },
        }),
      ],
    });

  it('passes the smoke test of the plan, takes all away again, and writes the evidence of dual-push', async () => {
    const { code, out, err } = await command();
    expect([code, out, err]).toEqual([0, expect.stringContaining('probe'), expect.any(String)]);
    expect(out).toContain(
      `secret  4 logins: ${[...legacySpellings(estate), forgejo.host].sort().join(', ')}`,
    );
    expect(out).toMatch(/well {2}pull {4}Successfully pulled image/);
    const secrets = await Promise.all(
      Object.values(tokens).map(async ({ vault: { path, key } }) => (await dataOf(path))[key] ?? ''),
    );
    expect(secrets.map(({ length }) => length)).toEqual([40, 40, 40]);
    const said = [out, err, ...commandLines].join('\n');
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
    const { name, facts } = smokeClaim(estate);
    expect(readEvidence(folder).evidence).toMatchObject([{ claim: name, facts: factsHash(facts) }]);
    const left = await lab.kubernetes.kubectl(['get', 'namespaces,jobs,pods', '-A', '-o', 'name']);
    expect(left).not.toContain('registry-smoke');
    expect(await lab.pushgateway.metrics()).toMatch(
      /^registry_manifest_integrity_last_success_timestamp\{.*\} [0-9.e+]+$/m,
    );
  }, 600_000);

  it('passes where Terraform writes the pull Secret, in a namespace that exists and stays', async () => {
    const namespace = 'retail';
    const { 'pull-secrets': _, ...shared }: Record<string, object> = estate.stacks.shared;
    const byTerraform = validateEstate<Estate>({
      ...estate,
      stacks: {
        ...estate.stacks,
        shared: { ...shared, 'pull-secrets': { folder: 'stacks/pulling', address: '' } },
      },
      pullSecret: { name: 'acme-pull', copiedBy: 'terraform', namespaces: [namespace] },
    });
    const absent = await command(byTerraform);
    expect([absent.code, absent.out]).toEqual([
      2,
      expect.stringMatching(/not so +secret +acme-pull in retail/),
    ]);
    await lab.kubernetes.kubectl(['create', 'namespace', namespace]);
    const data = await dataOf(tokens.pull.vault.path);
    const viktor = { registry_user: 'reader', registry_password: 'legacy', ...data };
    await applyObjects(
      lab.kubernetes,
      await stackObjects(byTerraform, 'pull-secrets', { vault: { viktor } }),
    );
    const { code, out, err } = await command(byTerraform);
    expect([code, out, err]).toEqual([0, expect.stringMatching(/well +pull +Success/), expect.any(String)]);
    const left = await lab.kubernetes.kubectl(['get', 'namespaces,secrets,jobs,pods', '-A', '-o', 'name']);
    expect(left).toContain(`namespace/${namespace}`);
    expect(left).toContain('secret/acme-pull');
    expect(left).not.toContain('registry-smoke');
  }, 600_000);

  it('fails with a pull token that is none, and says so without it', async () => {
    await store({ ...(await dataOf(tokens.pull.vault.path)), forgejo_pull_token: 'c0ffee'.repeat(7) });
    const { code, out, err } = await command();
    expect([code, out]).toEqual([2, expect.stringMatching(/not so {2}login {2,}.*refused/)]);
    expect(out + err).not.toContain('c0ffee');
  }, 600_000);
});
