import { claimsAhead } from '../estate/derived/claims';
import type { Estate } from '../estate/estate';
import { claimStates } from '../estate/derived/claim-states';
import { collectClaims } from '../evidence/collect';
import { sourcesOf, type Sources } from '../evidence/sources';
import type * as Removal from '../migration/decommission/removal';
import { Refused } from '../steps/refused';
import { command, type Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { httpUrl, urlBelowPath } from '../terminal/option-values';

/** Measures claims, and writes down those that hold. */
export const collectEvidence =
  (
    ofTheEstate: () => Estate,
    { folder, now }: { readonly folder: string; readonly now: () => number },
  ): Verb =>
  (terminal, end) =>
    command({
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
        ['FORGEJO_USER, FORGEJO_TOKEN', 'an account that pulls, for image-present and dual-push'],
        ['REG_USER, REG_PASS', "the legacy registry's login, for the same"],
        ['KUBERNETES_TOKEN', 'for --cluster, where it asks for one'],
      ],
    })
      .argument(
        '[claim...]',
        'as "evidence list" names them, or of the next step (default: those without evidence)',
      )
      .option('--prometheus <url>', 'for bake-complete and retention-observed', urlBelowPath)
      .option('--cluster <api>', 'for legacy-unused', httpUrl)
      .option('--tree <root>', 'of the infrastructure, for legacy-unused')
      .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
      .option('--legacy <url>', "the legacy registry's (default: the estate's host)", httpUrl)
      .action(async (claims, options) => {
        const estate = ofTheEstate();
        const states = claimStates(estate, now());
        const all = [...states, ...claimsAhead(estate)];
        const unknown = claims.filter((name) => !all.some((claim) => claim.name === name));
        if (unknown.length > 0)
          throw new Refused(
            unknown.map(
              (name) =>
                `evidence: no such claim is needed, got "${name}"; "./registry evidence list" shows which are`,
            ),
          );
        const chosen =
          claims.length > 0
            ? all.filter(({ name }) => claims.includes(name))
            : states.filter(({ standing }) => standing !== 'measured');
        if (chosen.length === 0)
          terminal.out(
            'nothing to measure for the estate as it stands; "./registry evidence list" names what the next step needs\n',
          );
        const sources = {
          ...sourcesOf(estate, options, terminal.environment, now()),
          ...removalFrom(estate, options.tree),
        };
        const hold = await collectClaims(chosen, { estate, sources, folder, out: terminal.out });
        end(hold ? exit.done : exit.found);
      });

/** Loaded when it is needed: Terraform's bindings take a second, which no other claim should pay. */
function removalFrom(estate: Estate, tree: string | undefined): Pick<Sources, 'removal'> {
  if (tree === undefined) return {};
  return {
    removal: () => {
      // import() would need other file extensions than jest's.
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const { removalIn } = require('../migration/decommission/removal') as typeof Removal;
      return removalIn(tree, estate);
    },
  };
}
