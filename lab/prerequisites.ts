import { existsSync } from 'node:fs';

/** Why no lab can run on this machine; empty when one can. */
export function missingPrerequisites(): readonly string[] {
  return [
    ...(process.platform === 'linux' ? [] : [`it needs Linux, got "${process.platform}"`]),
    ...(existsSync('/etc/debian_version') ? [] : ['it needs Debian, got no /etc/debian_version']),
  ];
}
