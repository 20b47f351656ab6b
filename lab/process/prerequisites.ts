import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Why no lab can run on this machine; empty when one can. */
export function missingPrerequisites(): readonly string[] {
  return [
    ...(process.platform === 'linux' ? [] : [`it needs Linux, got "${process.platform}"`]),
    ...(existsSync('/etc/debian_version') ? [] : ['it needs Debian, got no /etc/debian_version']),
  ];
}

/** Why no process of a lab can have namespaces of its own on this machine; empty when it can. */
export function missingForNamespaces(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return [
    ...missingPrerequisites(),
    ...(process.getuid?.() === 0 ? [] : ['namespaces of its own need root']),
    ...(folders.some((folder) => existsSync(join(folder, 'ip')))
      ? []
      : ['it needs iproute2, got no "ip" on PATH']),
  ];
}

/** Why no pod can run on this machine; empty when one can. */
export function missingForPods(): readonly string[] {
  return [
    ...missingForNamespaces(),
    ...(process.arch === 'x64' ? [] : [`images and programs of pods are for x64, got "${process.arch}"`]),
  ];
}
