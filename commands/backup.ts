import type { Kubectl } from '../backup/stopped-volume';
import { saveVolume } from '../backup/volume';
import { estate as theEstate } from '../estate';
import type { Estate } from '../estate/estate';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { tellingSteps } from '../terminal/progress';
import { run } from '../terminal/run';
import { verbCommand } from './listed';

/** A volume takes its hours; anything else ends long before, by what it is told, where the API server answers. */
const hours = { exec: 12, else: 0.5 };

export const runKubectl: Kubectl = (args, { signal, ...streams } = {}) => {
  const seconds = 3600 * (args.includes('exec') ? hours.exec : hours.else);
  const limits = { seconds, bytes: Infinity, graceSeconds: 5, ...(signal && { signal }) };
  return run('kubectl', args, { ...streams, limits });
};

/** Keeps Forgejo's volume, database and packages of one moment. */
export function backup(ofTheEstate = (): Estate => theEstate, kubectl = runKubectl): Verb {
  return (terminal, end) =>
    verbCommand('backup', {
      description:
        'Stops Forgejo, keeps its whole volume in one archive, database and packages of one moment, and starts it again: minutes in which nobody pulls.',
      examples: [['backup /mnt/backup/forgejo-2026-05-07.tar', 'and its SHA-256 beside it']],
      environment: [['KUBECONFIG', 'of an administrator of the cluster']],
    })
      .argument('<file>', 'the archive, which must not be there yet')
      .action(async (file) => {
        const tell = tellingSteps(terminal);
        const { bytes, sha256 } = await saveVolume({ estate: ofTheEstate(), file, kubectl, tell });
        terminal.out(`${file}: ${bytes} bytes, SHA-256 ${sha256}\n`);
        end(exit.done);
      });
}
