import { FakeVault } from '../../support/fake-vault';
import { syncContract } from '../../support/sync-contract';

syncContract('a fake Vault', async () => {
  const vault = await new FakeVault().start();
  return {
    ...{ url: vault.url, mount: 'secret', authMount: 'kubernetes', role: vault.role, jwt: vault.jwt },
    write: (path, keys) => {
      vault.write(path, keys);
    },
    stop: () => vault.stop(),
  };
});
