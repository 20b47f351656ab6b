import { estate as theEstate } from '../estate';
import type { Estate } from '../estate/estate';
import type { Verb } from '../terminal/command';
import { driftOfStacks } from './stacks-drift';
import { meansOfStacks, type StacksMeans } from './stacks-means';
import { applyOfStacks, planOfStacks } from './stacks-work';
import { verbCommand } from './listed';

/** Plans and applies what was delivered, as a pipeline does, and finds what was changed behind its back. */
export function stacks(ofTheEstate = (): Estate => theEstate, means: StacksMeans = meansOfStacks): Verb {
  return (terminal, end) =>
    verbCommand('stacks', {
      examples: [['stacks plan --tree . --plans /tmp/plans', 'what is to be applied, and what it would do']],
    })
      .addCommand(planOfStacks(ofTheEstate, means)(terminal, end))
      .addCommand(applyOfStacks(ofTheEstate, means)(terminal, end))
      .addCommand(driftOfStacks(ofTheEstate, means)(terminal, end));
}
