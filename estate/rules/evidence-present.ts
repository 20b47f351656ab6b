import { factsHash } from '../evidence';
import { everyClaim, requiredClaims } from '../derived/claims';
import type { Rule } from './rule';

/**
 * Every claim the estate rests on has its evidence, about exactly these facts: fire-planner pointed at an image that existed
 * nowhere (2026-05-07).
 */
export const evidencePresent: Rule = (estate) => [
  ...estate.evidenceFaults,
  ...estate.overrides
    .filter(({ claim }) => !everyClaim(estate).includes(claim))
    .map(
      ({ claim }) =>
        `estate.overrides["${claim}"]: stands in for nothing, got no such claim; name one of ./registry evidence list, or remove it`,
    ),
  ...requiredClaims(estate).flatMap(({ name, facts, because, command }) => {
    if (estate.overrides.some(({ claim }) => claim === name)) return [];
    const evidence = estate.evidence.find(({ claim }) => claim === name);
    if (evidence === undefined)
      return [
        `estate.evidence: ${because} without its evidence, got no claim "${name}"; ${command}, or step back`,
      ];
    const hash = factsHash(facts);
    if (evidence.facts !== hash)
      return [
        `estate.evidence["${name}"]: was measured about other facts, got "${evidence.facts}", the facts are now "${hash}"; measure it again with ${command}`,
      ];
    return [];
  }),
];
