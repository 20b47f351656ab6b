import type { Estate } from '../../estate/estate';
import type { PullCredentials } from '../../lab/machines/containerd';
import { stackObjects } from './stack-objects';

/** What the cluster's pull Secret holds for Forgejo, rendered by its stack with this token in Vault. */
export async function forgejoPullLogin(estate: Estate, token: string): Promise<PullCredentials> {
  const objects = await stackObjects(estate, 'kyverno', { vault: { viktor: { forgejo_pull_token: token } } });
  const secret = objects.find(
    ({ kind, metadata }) => kind === 'Secret' && metadata.name === estate.pullSecret.name,
  ) as { readonly stringData: Readonly<Record<string, string>> } | undefined;
  const { auths } = JSON.parse(secret?.stringData['.dockerconfigjson'] ?? '{"auths":{}}') as {
    auths: Readonly<Record<string, { auth: string }>>;
  };
  const decoded = Buffer.from(auths[estate.forgejo.host]?.auth ?? '', 'base64').toString('utf8');
  const [username = '', password = ''] = decoded.split(':');
  return { username, password };
}
