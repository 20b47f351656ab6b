import { estate as theEstate } from '../estate';
import { claimsAhead } from '../estate/derived/claims';
import type { Estate } from '../estate/estate';
import { evidenceFolder } from '../estate/evidence';
import { describeOverride, overrideFault } from '../estate/overrides';
import { claimStates } from '../estate/derived/claim-states';
import { command, type Verb } from '../terminal/command';
import { exit } from '../terminal/exit-codes';
import { renderTable } from '../terminal/table';
import { collectEvidence } from './evidence-collect';
import { verbCommand } from './listed';

/** Lists what the estate's state has to be proved by, and measures it. */
export function evidence(
  ofTheEstate = (): Estate => theEstate,
  means = { folder: evidenceFolder, now: Date.now },
): Verb {
  return (terminal, end) => {
    const list = command({
      name: 'list',
      summary: 'show every claim that the estate rests on or will rest on next, and which has no evidence',
      examples: [['evidence list', 'after a change of phase, before it is measured']],
    }).action(() => {
      const estate = ofTheEstate();
      const states = claimStates(estate, means.now());
      const ahead = claimStates(estate, means.now(), { claims: claimsAhead(estate) });
      const rows = [
        ...states.map(({ name, state, because }) => [name, state, because.replace(/,$/u, '')]),
        ...ahead.map(({ name, state }) => [name, state, 'the next step needs it']),
        ...estate.overrides
          .filter(({ claim }) => ![...states, ...ahead].some(({ name }) => name === claim))
          .map((each) => [each.claim, overrideFault(each, means.now()) ?? describeOverride(each)]),
      ];
      terminal.out(
        rows.length === 0
          ? 'nothing has to be proved\n'
          : renderTable(['CLAIM', 'EVIDENCE', 'BECAUSE'], rows),
      );
      end(states.every(({ standing }) => standing !== 'open') ? exit.done : exit.found);
    });
    return verbCommand('evidence', { examples: [['evidence list', 'what is missing']] })
      .addCommand(list)
      .addCommand(collectEvidence(ofTheEstate, means)(terminal, end));
  };
}
