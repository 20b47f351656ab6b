import type { TokenEntry } from '../clients/forgejo/administration';
import { Refused } from '../steps/refused';
import type { DesiredToken } from './desired';
import { listedAs, type Observed } from './observed';
import { generationOf } from './token-name';

/** Those of an account's tokens that were issued for one of the estate. */
export function generationsOf(
  name: string,
  tokens: readonly TokenEntry[],
): readonly { readonly entry: TokenEntry; readonly generation: number }[] {
  return tokens.flatMap((entry) => {
    const generation = generationOf(name, entry.name);
    return generation === undefined ? [] : [{ entry, generation }];
  });
}

/** Whether the cluster has copies of it, in the pull Secret of each namespace. */
export const isCopied = ({ name }: DesiredToken): boolean => name === 'pull';

/** Why a token has to stay though its overlap is over: without it, a pod that starts anew would not get its image. */
export function whyPulledWith(
  token: DesiredToken,
  old: TokenEntry,
  { copies }: Observed,
): string | undefined {
  if (!isCopied(token) || copies === undefined) return undefined;
  if (copies instanceof Refused)
    return `for who pulls with it cannot be told, got ${copies.message}; correct KUBECONFIG`;
  const isOld = (login: string): boolean =>
    listedAs(login.slice(login.indexOf(':') + 1), [old]) !== undefined;
  const holders = [...copies].flatMap(([namespace, logins]) =>
    [...(logins?.values() ?? [])].some(isOld) ? [namespace] : [],
  );
  if (holders.length === 0) return undefined;
  const more = holders.length > 3 ? ` and ${holders.length - 3} more` : '';
  return `which the pull Secret of ${holders.slice(0, 3).join(', ')}${more} still has; "./registry preflight" says how each gets its successor`;
}
