import { FakeForgejo } from '../../support/fake-forgejo';
import { retentionContract, type Account } from '../../support/retention-contract';

const running: FakeForgejo[] = [];

retentionContract(
  'the fake Forgejo',
  () =>
    Promise.resolve({
      newAccount: async (): Promise<Account> => {
        const forge = await new FakeForgejo().start();
        running.push(forge);
        forge.tokens.set('owner-token', forge.owner).set('stranger-token', 'stranger');
        return {
          url: forge.url,
          owner: forge.owner,
          token: 'owner-token',
          stranger: { name: 'stranger', token: 'stranger-token' },
          revokeToken: () => {
            forge.tokens.delete('owner-token');
            return Promise.resolve();
          },
          runCleanup: () => {
            forge.store.sweep();
            return Promise.resolve();
          },
          kill: () => forge.stop(),
          start: async () => {
            await forge.start();
          },
        };
      },
      stop: async () => {
        for (const forge of running) await forge.stop();
      },
    }),
  { timeoutMs: 20_000, manyVersions: 160 },
);
