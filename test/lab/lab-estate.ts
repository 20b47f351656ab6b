import type { Estate } from '../../estate/estate';

/**
 * The estate as the lab applies it: the same stacks and constructs, with the sizes that a rehearsal
 * cannot reach made small. Hosts stay the real ones; the lab's own authority signs for them.
 */
export function labEstate(estate: Estate): Estate {
  const { registryIngress } = estate.forgejo;
  return {
    ...estate,
    forgejo: { ...estate.forgejo, registryIngress: { ...registryIngress, maxBodySize: '1m' } },
  };
}
