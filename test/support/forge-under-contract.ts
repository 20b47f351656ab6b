import { startLab } from '../../lab/runs/lab';
import type { Account, ServerUnderTest } from './retention-contract';

/** Forgejo where the machine has one; else Gitea, which has the same registry and package API but not the same sweep. */
export async function forgeUnderContract(): Promise<ServerUnderTest> {
  const lab = await startLab({ forge: { cleanupOlderThanSeconds: 0 } });
  const { forge } = lab;
  console.log(`the real server is ${forge.kind} ${forge.version}`);
  let accounts = 0;
  return {
    newAccount: async (): Promise<Account> => {
      const number = ++accounts;
      const owner = await forge.createUser({ name: `owner-${number}` });
      const stranger = await forge.createUser({ name: `stranger-${number}` });
      return {
        url: forge.url,
        owner: owner.name,
        token: await forge.createToken(owner, ['write:package']),
        stranger: { name: stranger.name, token: await forge.createToken(stranger, ['write:package']) },
        revokeToken: async () => {
          const tokens = `${forge.url}/api/v1/users/${owner.name}/tokens`;
          const headers = {
            authorization: `Basic ${Buffer.from(`${owner.name}:${owner.password}`).toString('base64')}`,
          };
          const issued = (await (await fetch(tokens, { headers })).json()) as { name: string }[];
          for (const { name } of issued) await fetch(`${tokens}/${name}`, { method: 'DELETE', headers });
        },
        runCleanup: () => forge.runCleanup(),
        kill: () => forge.kill(),
        start: () => forge.start(),
      };
    },
    stop: () => lab.stop(),
  };
}
