import { probeByHand } from '../programs/integrity-probe/by-hand';
import { exitCodeOf } from '../programs/integrity-probe/verdict';
import { credentialsOf } from '../programs/integrity-probe/credentials';
import { live, type Begun } from '../programs/life';
import type { Verb } from '../terminal/command';
import { addTo, httpUrl, wholeSeconds } from '../terminal/option-values';
import { bar, runningLine } from '../terminal/progress';
import type { ExitCode } from '../terminal/exit-codes';
import { formatReport } from './probe-text';
import { verbCommand } from './listed';

/** Walks a registry for a person. @param life how a run ends, by default with this process */
export function probe(life: typeof live = live): Verb {
  return (terminal, end) =>
    verbCommand('probe', {
      examples: [
        ['probe https://forgejo.example', 'every manifest, config and layer is there'],
        ['probe https://forgejo.example --hash', 'and its bytes are those of its digest'],
      ],
      environment: [['REG_USER, REG_PASS', 'the login; without it a registry may show less, or nothing']],
    })
      .argument('<registry>', 'its URL, such as https://forgejo.example', httpUrl)
      .option('--hash', 'read every byte', false)
      .option('--deployed <repository:tag>', 'an image that must be there; repeat it for more', addTo, [])
      .option('--json', 'print one JSON document', false)
      .option('--deadline <seconds>', 'when it ends in any case', wholeSeconds, 21600)
      .action(async (url, { hash, deployed, json, deadline }) => {
        const line = runningLine({ ...terminal, interactive: terminal.interactive && !json });
        const begin = (): Begun => {
          const credentials = credentialsOf(terminal.environment, 'this registry');
          const run = async (signal: AbortSignal): Promise<ExitCode> => {
            const report = await probeByHand({
              ...{ url, hash, deployed, signal, ...(credentials && { credentials }) },
              onProgress: ({ repositories, ofRepositories, tags, blobs }) => {
                line.show(
                  `${bar(repositories, ofRepositories, 'repositories')}, ${tags} tags, ${blobs} blobs`,
                );
              },
            });
            line.end();
            terminal.out(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
            return exitCodeOf(report.verdict);
          };
          return { deadlineSeconds: deadline, run };
        };
        end(await life({ name: 'probe', begin }));
      });
}
