import type { Estate } from '../estate';
import type { Duty, Token } from '../tokens';
import type { Rule } from './rule';

const neededScope: Record<Duty, readonly string[]> = {
  pull: ['read:package', 'write:package'],
  push: ['write:package'],
  delete: ['write:package'],
};

/**
 * A token whose owner or scope cannot do its duty, a duty without a token, and one token with two duties.
 * Forgejo answers 403 to a push or delete by anyone but the owner of the packages, whatever the scope, and refuses
 * a token without a package scope where it serves anonymous (incidents 2026-05-07, 2026-06-09, 2026-08). The pull
 * token lies in every namespace, so it is no owner's: the predecessor's was an administrator's for three days (2026-06-12).
 */
export const tokenDuty: Rule = (estate) => [
  ...estate.tokens.flatMap((token) => [...ownerFaults(estate, token), ...scopeFaults(token)]),
  ...missingDuties(estate),
  ...sharedKeys(estate),
];

function ownerFaults(estate: Estate, { name, duty, owner }: Token): string[] {
  const { packagesOwner } = estate.forgejo;
  if (duty === 'pull' && owner === packagesOwner) {
    return [
      `estate.tokens["${name}"]: its account owns the packages and every namespace receives the token, got owner "${owner}"; issue it as an account that may only read`,
    ];
  }
  if (duty === 'pull' || owner === packagesOwner) return [];
  return [
    `estate.tokens["${name}"]: duty is "${duty}" but packages of "${packagesOwner}" answer 403 to anyone else, got owner "${owner}"; issue it as "${packagesOwner}"`,
  ];
}

function scopeFaults({ name, duty, scopes }: Token): string[] {
  if (neededScope[duty].some((scope) => scopes.includes(scope))) return [];
  return [
    `estate.tokens["${name}"]: duty "${duty}" needs the scope "${neededScope[duty][0] ?? ''}", got "${scopes.join(',')}"; issue it with that scope alone`,
  ];
}

function missingDuties(estate: Estate): string[] {
  return (['pull', 'push', 'delete'] as const)
    .filter((duty) => estate.tokens.filter((token) => token.duty === duty).length !== 1)
    .map((duty) => {
      const names = estate.tokens.filter((token) => token.duty === duty).map(({ name }) => name);
      return `estate.tokens: duty "${duty}" needs exactly one token, got "${names.join(',')}"; one duty, one token`;
    });
}

function sharedKeys(estate: Estate): string[] {
  const keyOf = ({ vault }: Token): string => `${vault.path}#${vault.key}`;
  return estate.tokens
    .filter((token, index) => estate.tokens.findIndex((other) => keyOf(other) === keyOf(token)) !== index)
    .map(
      (token) =>
        `estate.tokens["${token.name}"]: shares its Vault key with another duty, got "secret/${token.vault.path}" key "${token.vault.key}"; give each duty a token and a key of its own`,
    );
}
