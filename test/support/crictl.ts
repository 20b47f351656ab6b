import { spawnSync } from 'node:child_process';
import { pullImage } from '../../lab/machines/cri-image-service';

/**
 * A stand-in for crictl(8), which no package registry of the lab has: the same calls of the container runtime interface
 * for `pull` and `rmi`, with the login from the same variable. No container runs here, so `ps` is empty.
 */
async function main([option, endpoint = '', verb = '', ...args]: readonly string[]): Promise<void> {
  if (option !== '--runtime-endpoint') throw new Error(`crictl: no endpoint, got "${option ?? ''}"`);
  const reference = args.at(-1) ?? '';
  switch (verb) {
    case 'ps':
      return;
    case 'rmi':
      process.exitCode =
        spawnSync('/usr/local/bin/ctr', ['--namespace', 'k8s.io', 'images', 'rm', '--sync', reference])
          .status ?? 1;
      return;
    case 'pull': {
      const [username = '', ...password] = (process.env['CRICTL_CREDS'] ?? '').split(':');
      const credentials = { username, password: password.join(':') };
      const id = await pullImage(endpoint.replace('unix://', ''), reference, credentials);
      process.stdout.write(`Image is up to date for ${id}\n`);
      return;
    }
    default:
      throw new Error(`crictl: got "${verb}"`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(
    `FATA[0000] pulling image: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
