import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planJson, type PlanJson } from '../delivery/planned-changes';
import { reviewMarkdown } from '../review/diff/markdown';
import { reviewOf } from '../review/diff/review';
import { synthesisOf, synthesisOfRevision } from '../review/diff/synthesis';
import { reviewText } from '../review/diff/text';
import { Refused } from '../steps/refused';
import type { Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { verbCommand } from './listed';

/** Says in words what the working tree would change. */
export function diff(root = join(__dirname, '..')): Verb {
  return ({ out, environment }, end) =>
    verbCommand('diff', {
      description:
        'Says what the working tree changes against a commit. It ends with 2 where an object that nobody can bring back would be destroyed or replaced, or might be for all that is known without a plan, and with 0 where none would.',
      examples: [
        ['diff --base main', 'against a branch'],
        ['diff --markdown', 'a comment for a pull request'],
        ['diff --plan plan.json', 'with what Terraform says: terraform show -json <plan>'],
      ],
    })
      .option('--base <revision>', 'the commit to compare with', 'HEAD')
      .option('--plan <file>', 'a saved plan as terraform show -json prints it')
      .option('--markdown', 'print Markdown')
      .option('--json', 'print one JSON document')
      .action(async ({ base, plan, markdown = false, json = false }) => {
        if (markdown && json)
          throw new Refused(['diff: --markdown and --json are two forms, got both; choose one']);
        const planned = plan === undefined ? undefined : readPlan(plan);
        const before = await synthesisOfRevision(root, base, environment);
        const review = reviewOf(before, await synthesisOf(root, 'working tree', environment), planned);
        out(
          json
            ? `${JSON.stringify(review, null, 2)}\n`
            : markdown
              ? reviewMarkdown(review)
              : reviewText(review),
        );
        end(review.protectedEnds.length > 0 ? exit.found : exit.done);
      });
}

function readPlan(file: string): PlanJson {
  if (!existsSync(file))
    throw new Refused([`--plan: no such file, got "${file}"; write it with terraform show -json <plan>`]);
  try {
    const plan = planJson(readFileSync(file, 'utf8'));
    if (plan.errored === true)
      throw new Error('planning failed in the middle, got "errored": true; plan again');
    if (plan.complete === false)
      throw new Error(
        'a part is left for a plan after this one, got "complete": false; plan again after an apply',
      );
    return plan;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refused([`--plan "${file}": ${why}; write it with terraform show -json <plan>`]);
  }
}
