import { readInput } from '../programs/fields';
import { live, type Begun } from '../programs/life';
import { parseConfig } from '../programs/retention/config';
import { preview } from '../programs/retention/preview';
import { estateRetentionConfig } from '../stacks/retention-config';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { httpUrl } from '../terminal/option-values';
import { formatPreview } from './retention-text';
import { verbCommand } from './listed';

/** Shows what the retention job would delete. @param life how a run ends, by default with this process */
export function retention(life: typeof live = live, ofTheEstate = estateRetentionConfig): Verb {
  return ({ out, err, environment }, end) =>
    verbCommand('retention', {
      examples: [
        ['retention --against https://forgejo.example', 'with the policy of the estate'],
        [
          'retention --against https://forgejo.example --cluster http://127.0.0.1:8001',
          'beside kubectl proxy',
        ],
      ],
      environment: [
        ['FORGEJO_USER, FORGEJO_TOKEN', 'an account that reads the packages, and its token'],
        ['KUBERNETES_TOKEN', 'for --cluster, where it asks for one'],
      ],
    })
      .requiredOption('--against <forge>', 'its URL, such as https://forgejo.example', httpUrl)
      .option('--cluster <api>', 'what runs there is kept, as the job keeps it', httpUrl)
      .option('--config <file>', "a job's config.json instead of the estate's")
      .option('--json', 'print one JSON document', false)
      .action(async ({ against, cluster: url, config: file, json }) => {
        const { FORGEJO_USER, FORGEJO_TOKEN: token = '', KUBERNETES_TOKEN: access } = environment;
        const begin = (): Begun => {
          const config = file === undefined ? ofTheEstate() : parseConfig(readInput('--config', file));
          if (token === '')
            throw new Error(
              'FORGEJO_TOKEN: is not set, got nothing; export a token with read:package of FORGEJO_USER, an account that sees the packages',
            );
          if (url === undefined)
            err(
              'retention: no cluster was asked, so what it runs is not protected here; name it with --cluster\n',
            );
          const cluster = url === undefined ? undefined : { url, ...(access && { token: access }) };
          const run = async (signal: AbortSignal) => {
            const user = FORGEJO_USER ?? config.tokenUser;
            const found = await preview({ config, forgeUrl: against, user, token, cluster, signal });
            out(json ? `${JSON.stringify(found, null, 2)}\n` : formatPreview(found));
            return found.missing.length > 0 || found.rows.some(({ decision }) => decision === 'delete')
              ? exit.found
              : exit.done;
          };
          return { deadlineSeconds: config.deadlineSeconds, run };
        };
        end(await life({ name: 'retention', begin }));
      });
}
