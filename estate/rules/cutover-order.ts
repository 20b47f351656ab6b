import { presentLegacy } from '../derived/legacy-registry';
import { isAtLeast } from '../phases';
import type { Rule } from './rule';

/** Apps move in the cutover and not before; decommission finds none left (it came 3 h 17 min early on 2026-05-07). */
export const cutoverOrder: Rule = (estate) => {
  const moved = estate.apps.filter(({ cutOver }) => cutOver);
  const left = estate.apps.filter(({ cutOver }) => !cutOver);
  return [
    ...(isAtLeast(estate.phase, 'cutover')
      ? []
      : moved.map(
          ({ stack }) =>
            `estate.apps["${stack}"]: is cut over in phase "${estate.phase}", got cutOver "true"; set it back, or enter phase "cutover" with its evidence`,
        )),
    ...(presentLegacy(estate) === undefined
      ? left.map(
          ({ stack }) =>
            `estate.apps["${stack}"]: still pulls from the legacy registry in phase "${estate.phase}", got cutOver "false"; cut it over, or step the phase back to "cutover"`,
        )
      : []),
  ];
};
