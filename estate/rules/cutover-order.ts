import { cutoverOrder as order } from '../derived/cutover-order';
import { presentLegacy } from '../derived/legacy-registry';
import { isAtLeast } from '../phases';
import type { Rule } from './rule';

/** Apps move in the cutover and not before; decommission finds none left (it came 3 h 17 min early on 2026-05-07). */
export const cutoverOrder: Rule = (estate) => {
  const moved = order(estate).filter(({ cutOver }) => cutOver);
  const left = order(estate).filter(({ cutOver }) => !cutOver);
  const where = { app: 'estate.apps', pipelines: 'estate.pipelineImages' } as const;
  return [
    ...(isAtLeast(estate.phase, 'cutover')
      ? []
      : moved.map(
          ({ kind, name }) =>
            `${where[kind]}["${name}"]: is cut over in phase "${estate.phase}", got cutOver "true"; set it back, or enter phase "cutover" with its evidence`,
        )),
    ...(presentLegacy(estate) === undefined
      ? left.map(
          ({ kind, name }) =>
            `${where[kind]}["${name}"]: still pulls from the legacy registry in phase "${estate.phase}", got cutOver "false"; cut it over, or step the phase back to "cutover"`,
        )
      : []),
  ];
};
