import { estate } from '../estate';
import { sourcesOf } from '../evidence/sources';
import { performCopy } from '../migration/copy/perform';
import { planCopy } from '../migration/copy/plan';
import { formatCopyPlan } from '../migration/copy/plan-table';
import { verifyCopy } from '../migration/copy/verify';
import { Refused } from '../steps/refused';
import { command, type Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { addTo, httpUrl } from '../terminal/option-values';
import { runningLine } from '../terminal/progress';
import { renderTable } from '../terminal/table';
import { untilTold } from '../terminal/until-told';
import { copyEnvironment, copyExamples, copySummaries } from './copy-text';
import { verbCommand } from './listed';

type Action = keyof typeof copySummaries;

/** Copies images to Forgejo, digest by digest, and proves it. */
export function copy(): Verb {
  return (terminal, end) => {
    const verb = (name: Action) =>
      command({
        ...{ name, summary: copySummaries[name], examples: copyExamples[name] },
        environment: copyEnvironment,
      })
        .option('--only <image>', 'of estate/images.ts; repeat it (default: all)', addTo, [])
        .option('--cluster <api>', 'whose objects say what else is pulled', httpUrl)
        .option('--tree <root>', 'of the infrastructure, whose files do too')
        .option('--forgejo <url>', "its address (default: the estate's host)", httpUrl)
        .option('--legacy <url>', "the legacy registry's (default: the estate's host)", httpUrl)
        .option('--engine <regbot>', 'its path, or its name on PATH', 'regbot')
        .action(async ({ only, engine, ...options }) => {
          const { environment, out } = terminal;
          const line = runningLine(terminal);
          const sources = sourcesOf(estate, options, environment, Date.now());
          const props = {
            ...{ estate, sources, environment, engine, tell: line.show },
            ...(only.length === 0 ? {} : { only }),
          };
          const plan = await planCopy(props);
          if (name === 'verify' && plan.faults.length > 0) throw new Refused(plan.faults);
          const left = plan.items.filter(({ state }) => state === 'other').length;
          if (name === 'plan') {
            line.end();
            out(formatCopyPlan(plan));
            const isDone = plan.faults.length === 0 && plan.items.every(({ state }) => state === 'whole');
            end(isDone ? exit.done : exit.found);
          } else if (name === 'apply') {
            const copied = await performCopy({ ...props, plan, signal: untilTold() });
            line.end();
            out(plan.notes.map((note) => `note: ${note}\n`).join(''));
            out(
              `${copied.length} copied, ${plan.items.length - copied.length - left} were whole, ${left} left\n`,
            );
            end(left === 0 ? exit.done : exit.found);
          } else {
            const faults = await verifyCopy({ plan, target: sources.target, tell: line.show });
            line.end();
            const rows = faults.map(({ where, what, todo }) => [where, what, todo]);
            out(rows.length === 0 ? '' : renderTable(['TAG', 'IS', 'DO'], rows));
            out(`${plan.items.length} tags read, ${faults.length} faults\n`);
            end(faults.length === 0 ? exit.done : exit.found);
          }
        });
    return verbCommand('copy', { examples: [...copyExamples.plan, ...copyExamples.apply] })
      .addCommand(verb('plan'))
      .addCommand(verb('apply'))
      .addCommand(verb('verify'));
  };
}
