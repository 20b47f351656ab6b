import type { Verb } from '../terminal/command';
import { labRehearse } from './lab-rehearse';
import { labTools } from './lab-tools';
import { verbCommand } from './listed';

/** Real servers on this machine, for tests and rehearsal. */
export const lab = (): Verb => (terminal, end) =>
  verbCommand('lab', {
    examples: [
      ['lab rehearse --quick', 'the whole migration, each step once'],
      ['lab tools', 'where each program comes from'],
    ],
  })
    .addCommand(labRehearse(terminal, end))
    .addCommand(labTools(terminal, end));
