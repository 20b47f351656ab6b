import { userInfo } from 'node:os';

/**
 * The command line by which root runs a program that feels the permissions of its files, as the user of a pod does: without
 * the capabilities that override them (capabilities(7)).
 */
export function withoutOverride(): readonly string[] {
  const dropped = '-dac_override,-dac_read_search';
  return userInfo().uid === 0 ? ['setpriv', '--bounding-set', dropped, '--inh-caps', dropped, '--'] : [];
}
