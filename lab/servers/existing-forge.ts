import { notLent, type Whereabouts } from './existing';
import type { Forge } from './forge';
import { administerForge } from './forge-administration';
import type { LabContext } from '../process/lab-context';

/** A forge that already runs. The accounts that are made on it are removed when the lab ends. */
export async function reuseForge(
  lab: LabContext,
  { FORGEJO_URL, FORGEJO_ADMIN_TOKEN }: Whereabouts<'forge'>,
): Promise<Forge> {
  const { origin: url, host } = new URL(FORGEJO_URL);
  const administration = administerForge(url, FORGEJO_ADMIN_TOKEN);
  const response = await fetch(`${url}/api/v1/version`);
  if (!response.ok)
    throw new Error(`forge: ${url}/api/v1/version answered ${response.status}; correct FORGEJO_URL`);
  const { version } = (await response.json()) as { version: string };
  // Only Forgejo has an API of its own beside Gitea's.
  const kind = (await fetch(`${url}/api/forgejo/v1/version`)).ok ? 'forgejo' : 'gitea';
  lab.show({ name: 'forge', version: `${kind} ${version}`, address: url });

  return {
    ...administration,
    kind,
    version,
    url,
    host,
    createUser: async (props) => {
      const user = await administration.createUser(props);
      lab.atEnd(() => administration.purgeUser(user.name));
      return user;
    },
    get packageStorage() {
      return notLent('forge', 'its files');
    },
    stop: () => Promise.resolve().then(() => notLent('forge', 'its process')),
    kill: () => Promise.resolve().then(() => notLent('forge', 'its process')),
    start: () => Promise.resolve().then(() => notLent('forge', 'its process')),
  };
}
