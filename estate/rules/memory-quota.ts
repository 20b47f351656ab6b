import { quantityBytes } from '../derived/quantity';
import type { Rule } from './rule';

/** A pod that its namespace's quota turns away leaves no pod at all: 0 Forgejo pods for 6 minutes on 2026-06-13. */
export const memoryQuota: Rule = ({ forgejo }) => {
  const memory = quantityBytes(forgejo.memory);
  return (['requestsMemory', 'limitsMemory'] as const)
    .filter((limit) => memory > quantityBytes(forgejo.quota[limit]))
    .map(
      (limit) =>
        `estate.forgejo.memory: is over the namespace quota's ${limit} of "${forgejo.quota[limit]}", got "${forgejo.memory}"; raise estate.forgejo.quota or lower the memory`,
    );
};
