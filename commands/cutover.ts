import { join } from 'node:path';
import { estate as theEstate } from '../estate';
import type { Estate } from '../estate/estate';
import { sourcesOf } from '../evidence/sources';
import { runCutover } from '../migration/cutover/run-cutover';
import { runProgram } from '../rollout/run-command';
import type { Verb } from '../terminal/command';
import { httpUrl } from '../terminal/option-values';
import { untilTold } from '../terminal/until-told';
import { verbCommand } from './listed';

const verbs = {
  cutover: {
    to: 'forgejo',
    examples: [
      ['cutover my-app --into ../infra', 'what becomes different; changes nothing'],
      ['cutover my-app --into ../infra --apply', 'do it; where it fails, it goes back by itself'],
    ],
  },
  rollback: {
    to: 'source',
    examples: [
      ['rollback my-app --into ../infra', 'what becomes different; changes nothing'],
      ['rollback my-app --into ../infra --apply', 'do it'],
    ],
  },
} as const;

/** Cuts an app over, or takes it back. */
export function cutover(
  name: keyof typeof verbs = 'cutover',
  ofTheEstate = (): Estate => theEstate,
  means = { run: runProgram, facts: join(__dirname, '..', 'estate'), now: Date.now, signal: untilTold },
): Verb {
  const { to, examples } = verbs[name];
  return (terminal, end) =>
    verbCommand(name, {
      examples,
      environment: [
        ['KUBECONFIG', 'of an administrator of the cluster'],
        ['FORGEJO_USER, FORGEJO_TOKEN', 'an account that pulls'],
        ['REG_USER, REG_PASS', "the legacy registry's login"],
      ],
    })
      .argument('<app>', 'a stack of estate/apps.ts, or the image of estate.pipelineImages')
      .requiredOption('--into <tree>', 'root of the Terragrunt tree, in a clean git work tree')
      .option('--apply', 'change estate, tree and cluster', false)
      .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
      .option('--legacy <url>', "the legacy registry's (default: the estate's host)", httpUrl)
      .action(async (app, { into, apply, ...addresses }) => {
        const estate = ofTheEstate();
        const registries = sourcesOf(estate, addresses, terminal.environment, means.now());
        end(await runCutover({ ...means, estate, name: app, to, into, apply, registries }, terminal));
      });
}

export const rollback = (): Verb => cutover('rollback');
