import type { Estate } from '../estate';
import type { Duty, Token } from '../tokens';
import { faultsIn, type Rule } from './rule';

const neededScope: Record<Duty, readonly string[]> = {
  pull: ['read:package', 'write:package'],
  push: ['write:package'],
  delete: ['write:package'],
};

/**
 * A token can do its duty, and no other has it too. Forgejo, which compares names without their case, answers 403 to a push or
 * delete by anyone but the packages' owner, whatever the scope, and refuses a token without a package scope where it serves
 * anonymous (2026-05-07, 2026-06-09, 2026-08). The pull token lies in every namespace, so it is no owner's: the predecessor's was an
 * administrator's for three days (2026-06-12).
 */
export const tokenDuty: Rule = (estate) => [
  ...dutiesOf(estate).flatMap(([duty, token]) => [
    ...ownerFaults(estate, duty, token),
    ...scopeFaults(duty, token),
  ]),
  ...sharedKeys(estate),
];

function dutiesOf({ tokens }: Estate): [Duty, Token][] {
  return Object.entries(tokens) as [Duty, Token][];
}

function ownerFaults({ forgejo: { packages } }: Estate, duty: Duty, { owner }: Token): string[] {
  const writers = packages.ownerIs === 'user' ? [packages.owner] : packages.writers;
  const isWriter = writers.some((writer) => writer.toLowerCase() === owner.toLowerCase());
  return faultsIn(
    [
      duty === 'pull' && isWriter,
      `estate.tokens["pull"]: its account may write the packages and every namespace receives the token, got owner "${owner}"; issue it as an account that may only read`,
    ],
    [
      duty !== 'pull' && !isWriter,
      `estate.tokens["${duty}"]: packages of "${packages.owner}" answer 403 to anyone else who would ${duty}, got owner "${owner}"; issue it as "${writers.join('" or "')}"`,
    ],
  );
}

function scopeFaults(duty: Duty, { scopes }: Token): string[] {
  if (neededScope[duty].some((scope) => scopes.includes(scope))) return [];
  return [
    `estate.tokens["${duty}"]: needs the scope "${neededScope[duty][0] ?? ''}", got "${scopes.join(',')}"; issue it with that scope alone`,
  ];
}

function sharedKeys(estate: Estate): string[] {
  const keyOf = ({ vault }: Token): string => `${vault.path}#${vault.key}`;
  const duties = dutiesOf(estate);
  return duties
    .filter(([, token], index) => duties.findIndex(([, other]) => keyOf(other) === keyOf(token)) !== index)
    .map(
      ([duty, { vault }]) =>
        `estate.tokens["${duty}"]: shares its Vault key with another duty, got "secret/${vault.path}" key "${vault.key}"; give each duty a token and a key of its own`,
    );
}
