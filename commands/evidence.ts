import { join } from 'node:path';
import { estate as theEstate } from '../estate';
import type { Estate } from '../estate/estate';
import { claimStates, collectClaims } from '../evidence/collect';
import { sourcesOf } from '../evidence/sources';
import { command, type Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { httpUrl } from '../terminal/option-values';
import { renderTable } from '../terminal/table';

const evidenceFolder = join(__dirname, '..', 'estate', 'evidence');

/** Lists what the estate's state has to be proved by, and measures it. */
export function evidence(
  ofTheEstate = (): Estate => theEstate,
  { folder, now } = { folder: evidenceFolder, now: Date.now },
): Verb {
  return (terminal, end) => {
    const list = command({
      name: 'list',
      summary: 'show every claim that the estate rests on, and which has no evidence',
      examples: [['evidence list', 'after a change of phase, before it is measured']],
    }).action(() => {
      const states = claimStates(ofTheEstate());
      const rows = states.map(({ name, state, because }) => [name, state, because.replace(/,$/u, '')]);
      terminal.out(
        rows.length === 0
          ? 'nothing has to be proved\n'
          : renderTable(['CLAIM', 'EVIDENCE', 'BECAUSE'], rows),
      );
      end(states.every(({ state }) => state === 'measured') ? exit.done : exit.found);
    });
    const collect = command({
      name: 'collect',
      summary: 'measure what has no evidence, or the claims that are named, and write down what holds',
      description:
        'Measures what has no evidence, or the claims that are named. Only what holds is written; what was seen is printed in any case.',
      examples: [
        ['evidence collect bake-complete --prometheus http://127.0.0.1:9090', 'beside kubectl port-forward'],
        [
          'evidence collect legacy-unused --cluster http://127.0.0.1:8001 --tree ../infra',
          'beside kubectl proxy',
        ],
      ],
      environment: [
        ['FORGEJO_USER, FORGEJO_TOKEN', 'an account that pulls, for image-present'],
        ['REG_USER, REG_PASS', "the legacy registry's login, for image-present"],
        ['KUBERNETES_TOKEN', 'for --cluster, where it asks for one'],
      ],
    })
      .argument('[claim...]', 'as "evidence list" names them (default: those without evidence)')
      .option('--prometheus <url>', 'for bake-complete and retention-observed', httpUrl)
      .option('--cluster <api>', 'for legacy-unused', httpUrl)
      .option('--tree <root>', 'of the infrastructure, for legacy-unused')
      .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
      .option('--legacy <url>', "the legacy registry's (default: the estate's host)", httpUrl)
      .action(async (claims, options) => {
        const estate = ofTheEstate();
        const states = claimStates(estate);
        const unknown = claims.filter((name) => !states.some((claim) => claim.name === name));
        for (const name of unknown)
          terminal.err(
            `evidence: no such claim is needed, got "${name}"; "./registry evidence list" shows which are\n`,
          );
        if (unknown.length > 0) {
          end(exit.refused);
          return;
        }
        const chosen = states.filter(({ name, state }) =>
          claims.length > 0 ? claims.includes(name) : state !== 'measured',
        );
        const sources = sourcesOf(estate, options, terminal.environment, now());
        end(
          (await collectClaims(chosen, { estate, sources, folder, out: terminal.out }))
            ? exit.done
            : exit.found,
        );
      });
    return command({
      name: 'evidence',
      summary: 'show and measure the claims that the phase, and each app that has moved, rests on',
      examples: [['evidence list', 'what is missing']],
    })
      .addCommand(list)
      .addCommand(collect);
  };
}
