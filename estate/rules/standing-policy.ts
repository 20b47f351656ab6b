import { factsHash } from '../evidence';
import { faultsIn, type Rule } from './rule';

/**
 * The source of the clones and the rule that clones it stay what they are: a Secret that is replaced takes every copy in
 * the cluster along, and Kyverno refuses a changed rule when the source has changed already.
 */
export const standingPolicy: Rule = ({ pullSecret }) => {
  if (pullSecret.copiedBy !== 'kyverno') return [];
  const { name, namespace, excludedNamespaces, policy } = pullSecret;
  const facts = factsHash({ name, namespace, excludedNamespaces });
  return faultsIn([
    facts !== policy.madeFor,
    `estate.pullSecret: is not what the policy "${policy.name}" was made for, and Kyverno lets nobody change its rule, got name "${name}", namespace "${namespace}" and excluded namespaces "${excludedNamespaces.join('", "')}"; set them back, or, for other excluded namespaces alone, give policy another name and madeFor "${facts}": the copies stay when the old policy goes, once a delivery of this one has been applied`,
  ]);
};
