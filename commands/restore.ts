import { restoreVolume } from '../backup/volume';
import { estate as theEstate } from '../estate';
import { targetReferences } from '../estate/derived/references';
import type { Estate } from '../estate/estate';
import { isAtLeast } from '../estate/phases';
import { probeByHand } from '../programs/integrity-probe/by-hand';
import { credentialsOf } from '../programs/integrity-probe/credentials';
import { exitCodeOf } from '../programs/integrity-probe/verdict';
import { Refused } from '../steps/refused';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { httpUrl } from '../terminal/option-values';
import { tellingSteps } from '../terminal/progress';
import { said } from '../terminal/said';
import { runKubectl } from './backup';
import { formatReport } from './probe-text';
import { verbCommand } from './listed';

/** Fills Forgejo's empty volume from a backup, and proves by every byte of every image that it is whole. */
export function restore(ofTheEstate = (): Estate => theEstate, kubectl = runKubectl): Verb {
  return (terminal, end) =>
    verbCommand('restore', {
      description:
        'Fills the empty volume of Forgejo from a backup and starts it, reads every byte of every image, and names what the cluster and the estate pull and the backup does not have.',
      examples: [['restore /mnt/backup/forgejo-2026-05-07.tar', 'docs/runbooks/backup-and-restore.md']],
      environment: [
        ['KUBECONFIG', 'of an administrator of the cluster'],
        ['REG_USER, REG_PASS', 'an account that pulls, and its token'],
      ],
    })
      .argument('<file>', 'what "backup" wrote, with its SHA-256 beside it')
      .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
      .action(async (file, { forgejo }) => {
        const estate = ofTheEstate();
        const credentials = credentialsOf(terminal.environment, 'Forgejo');
        if (credentials === undefined)
          throw new Refused([
            'restore: reads every image at the end, got no REG_USER and REG_PASS; export an account that pulls, and its token',
          ]);
        const tell = tellingSteps(terminal);
        const expected = await expectedImages(estate, kubectl);
        await restoreVolume({ estate, file, kubectl, tell });
        tell('reading every byte of every image');
        const report = await probeByHand({
          url: forgejo ?? `https://${estate.forgejo.host}`,
          ...{ hash: true, signal: new AbortController().signal, onProgress: () => undefined },
          ...{ deployed: expected, credentials },
        });
        terminal.out(formatReport(report));
        end(report.verdict === 'empty' ? exit.found : exitCodeOf(report.verdict));
      });
}

/** What the cluster's pods run and the estate pulls of Forgejo, without its host: what a backup may be too old for. */
async function expectedImages(estate: Estate, kubectl: typeof runKubectl): Promise<readonly string[]> {
  const images = (of: string): string => `{range .spec.${of}[*]}{.image}{"\\n"}{end}`;
  const path = `jsonpath={range .items[*]}${images('initContainers')}${images('containers')}{end}`;
  const ran = await kubectl(['get', 'pods', '-A', '-o', path]);
  if (ran.code !== 0) throw new Error(`kubectl: lists no pods, got ${said(ran)}; correct KUBECONFIG`);
  const known = isAtLeast(estate.phase, 'bake') ? targetReferences(estate) : [];
  const prefix = `${estate.forgejo.host}/`;
  return [...new Set([...known, ...ran.stdout.split('\n')])].flatMap((reference) =>
    reference.startsWith(prefix) ? [reference.slice(prefix.length)] : [],
  );
}
