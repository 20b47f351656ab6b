import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { bootstrap } from '../../commands/bootstrap';
import { RegistryClient } from '../../clients/oci/client';
import { mediaTypes } from '../../clients/oci/manifest';
import type { Estate } from '../../estate/estate';
import type { Duty } from '../../estate/tokens';
import { startLab, type Lab } from '../../lab/runs/lab';
import { runProgram } from '../../rollout/run-command';
import { call } from '../support/call';
import { expectGolden } from '../support/golden';
import { pushImage, pushIndex } from '../support/push-image';
import { credentialsEstate } from './credentials-estate';
import { describeLab } from './describe-lab';

type Form = 'user' | 'organization';
type Actor = 'anonymous' | Duty;
const actors: readonly Actor[] = ['anonymous', 'pull', 'push', 'delete'];
const acts = ['login', 'list', 'pull', 'push', 'overwrite tag', 'delete tag', 'delete digest'] as const;

/** Each token that `./registry bootstrap` makes, and what a forge lets it do with packages of either form. */
describeLab('the permissions of the estate’s tokens', () => {
  let lab: Lab<'forge' | 'vault'>;
  const measured: string[][] = [];
  beforeAll(async () => {
    lab = await startLab({ forge: true, vault: true });
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  const bootstrapped = async (form: Form): Promise<{ estate: Estate; secrets: Record<string, string> }> => {
    const estate = await credentialsEstate(lab.forge, form);
    const admin = await lab.forge.createAdministrator(`keeper-of-${estate.forgejo.packages.owner}`);
    const { code, err } = await call(['bootstrap', 'apply', '--forgejo', lab.forge.url], {
      environment: {
        ...{ VAULT_ADDR: lab.vault.url, VAULT_TOKEN: lab.vault.token },
        ...{ FORGEJO_ADMIN_USER: admin.name, FORGEJO_ADMIN_PASSWORD: admin.password },
      },
      verbs: [bootstrap(() => estate, { run: runProgram, mount: lab.vault.mount })],
    });
    expect([code, code === 0 ? '' : err]).toEqual([0, '']);
    const { body } = await lab.vault.request({
      path: `${lab.vault.mount}/data/${estate.forgejo.packages.owner}`,
    });
    return { estate, secrets: (body as { data: { data: Record<string, string> } }).data.data };
  };

  it.each<[Form]>([['user'], ['organization']])('of a %s’s packages', async (form) => {
    const { estate, secrets } = await bootstrapped(form);
    const { owner } = estate.forgejo.packages;
    const secretOf = (duty: Duty): string => secrets[estate.tokens[duty].vault.key] ?? '';
    const pusher = new RegistryClient({
      url: lab.forge.url,
      credentials: { username: estate.tokens.push.owner, password: secretOf('push') },
    });
    for (const actor of actors) {
      const name = `app-${actor}`;
      const headers = await authorizationOf(estate, actor, actor === 'anonymous' ? '' : secretOf(actor));
      const ask = async (method: string, path: string, by: object, body?: Buffer): Promise<number> =>
        (
          await fetch(`${lab.forge.url}${path}`, {
            method,
            headers: { ...by },
            ...(body === undefined ? {} : { body: Uint8Array.from(body) }),
          })
        ).status;
      const packages = `/api/v1/packages/${owner}`;
      const manifest = `/v2/${owner}/${name}/manifests`;
      for (const tag of ['1', 'overwritten', 'deleted'])
        await pushImage(pusher, `${owner}/${name}`, tag, tag);
      await pushIndex(pusher, `${owner}/${name}`, ['a', 'b'], 'index');
      const other = (await pusher.getManifest(`${owner}/${name}`, '1')).body;
      const index = JSON.parse(String((await pusher.getManifest(`${owner}/${name}`, 'index')).body)) as {
        manifests: { digest: string }[];
      };
      const image = { ...headers.registry, 'content-type': mediaTypes.image };
      const statuses: Record<(typeof acts)[number], number> = {
        login: headers.login,
        list: await ask('GET', `${packages}?type=container`, headers.api),
        pull: await ask('GET', `${manifest}/1`, { ...headers.registry, accept: '*/*' }),
        push: await ask('PUT', `${manifest}/new`, image, other),
        'overwrite tag': await ask('PUT', `${manifest}/overwritten`, image, other),
        'delete tag': await ask('DELETE', `${packages}/container/${name}/deleted`, headers.api),
        'delete digest': await ask(
          ...(['DELETE', `${packages}/container/${name}/${index.manifests[0]?.digest ?? ''}`] as const),
          headers.api,
        ),
      };
      expect(Object.values(statuses).filter((status) => ![200, 201, 204, 401, 403].includes(status))).toEqual(
        [],
      );
      const may = (act: (typeof acts)[number]): boolean => statuses[act] < 300;
      const writes = actor === 'push' || actor === 'delete';
      expect(acts.filter(may)).toEqual(
        acts.filter(
          (act) => writes || act === 'login' || (actor === 'pull' && ['list', 'pull'].includes(act)),
        ),
      );
      // Releases answer a refusal with 401 or 403, so only that it is one is written down.
      const mays = acts.map((act) => (may(act) ? 'yes' : 'no'));
      measured.push([form, actor, ...mays]);
    }
  });

  it('are those that docs/permissions.md shows', () => {
    expect(measured).toHaveLength(8);
    expectGolden(
      '../../docs/permissions.md',
      `# What each token may do

Measured by \`test/lab/permissions.test.ts\` with the tokens that \`./registry bootstrap\` makes, and written by it; an owner of
visibility _limited_. Push and delete are one right: whoever may push may delete, and the duties have two tokens so that each can
be rotated, and read by, one consumer alone. Anybody gets a token from \`/v2/token\`; an anonymous one is good for public packages.

${markdownTable([['packages of', 'token', ...acts], ...measured])}`,
    );
  });

  /** What a client sends as this actor: to the registry, and to the API. */
  const authorizationOf = async (
    estate: Estate,
    actor: Actor,
    secret: string,
  ): Promise<{ login: number; registry: Record<string, string>; api: Record<string, string> }> => {
    const basic =
      actor === 'anonymous'
        ? undefined
        : Buffer.from(`${estate.tokens[actor].owner}:${secret}`).toString('base64');
    const answer = await fetch(`${lab.forge.url}/v2/token?service=container_registry&scope=*`, {
      headers: basic === undefined ? {} : { authorization: `Basic ${basic}` },
    });
    const { token } = (await answer.json()) as { token: string };
    return {
      login: answer.status,
      registry: { authorization: `Bearer ${token}` },
      api: basic === undefined ? {} : { authorization: `token ${secret}` },
    };
  };
});

/** As prettier would leave it. */
function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('');
}
