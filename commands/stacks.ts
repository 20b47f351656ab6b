import { estate as theEstate } from '../estate';
import type { Estate } from '../estate/estate';
import { command, type Verb } from '../terminal/command';
import { applyOfStacks } from './stacks-apply';
import { driftOfStacks } from './stacks-drift';
import { planOfStacks } from './stacks-plan';
import { meansOfStacks, type StacksMeans } from './stacks-means';
import { summaries } from './summaries';

/** Plans and applies what was delivered, as a pipeline does, and finds what was changed behind its back. */
export function stacks(ofTheEstate = (): Estate => theEstate, means: StacksMeans = meansOfStacks): Verb {
  return (terminal, end) =>
    command({
      name: 'stacks',
      summary: summaries.stacks,
      examples: [['stacks plan --tree . --plans /tmp/plans', 'what is to be applied, and what it would do']],
    })
      .addCommand(planOfStacks(terminal, end, ofTheEstate, means))
      .addCommand(applyOfStacks(terminal, end, ofTheEstate, means))
      .addCommand(driftOfStacks(terminal, end, ofTheEstate, means));
}
