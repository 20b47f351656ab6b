import { missingPrerequisites } from '../../lab/process/prerequisites';
import { startLab } from '../../lab/runs/lab';
import { mustSucceed } from '../../lab/servers/vault';
import { estateAt, narrowed } from '../support/estates';
import { syncContract, type VaultUnderTest } from '../support/sync-contract';
import { describeLab } from './describe-lab';
import { grant, reviewTokens, tokenOf } from './vault-access';

/** The stack's own role and policy, narrowed, with two repositories that have secrets of their own. */
async function startVault(): Promise<VaultUnderTest> {
  const estate = estateAt('prepare');
  const { woodpecker, vault: facts } = estate;
  const { secretSync } = facts.consumers;
  const lab = await startLab({ kubernetes: true, vault: true });
  await reviewTokens(lab, woodpecker.namespace, [secretSync.serviceAccount]);
  const repositoryPaths = { infra: 'ci/app', health: 'ci/unknown' };
  await grant(
    lab,
    narrowed({
      ...estate,
      woodpecker: { ...woodpecker, secretSync: { ...woodpecker.secretSync, repositoryPaths } },
    }),
  );
  const { url, mount, kubernetesAuth: authMount } = lab.vault;
  return {
    ...{ url, mount, authMount, role: secretSync.role },
    jwt: await tokenOf(lab, woodpecker.namespace, secretSync.serviceAccount),
    write: async (path, keys) => {
      if (keys === undefined)
        await mustSucceed(lab.vault, { method: 'DELETE', path: `${mount}/data/${path}` });
      else
        await mustSucceed(lab.vault, { method: 'POST', path: `${mount}/data/${path}`, body: { data: keys } });
    },
    stop: () => lab.stop(),
  };
}

if (missingPrerequisites().length === 0) syncContract('a real Vault', startVault);
else describeLab('the sync of secrets from a real Vault', () => undefined);
