import { userInfo } from 'node:os';

/** The command line by which root feels the permissions of files as a pod's user does (capabilities(7)). */
export function withoutOverride(): readonly string[] {
  const dropped = '-dac_override,-dac_read_search';
  return userInfo().uid === 0 ? ['setpriv', '--bounding-set', dropped, '--inh-caps', dropped, '--'] : [];
}
