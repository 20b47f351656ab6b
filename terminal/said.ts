import type { Ran } from './run';

/**
 * The last lines that a program printed, quoted for an error message: no control character of a machine reaches the
 * operator's terminal, and no secret that was fed to it comes back. Log lines of Kubernetes' programs are left out.
 */
export function said({ code, stdout, stderr }: Ran, secrets: readonly string[] = []): string {
  const text = secrets
    .filter((secret) => secret !== '')
    .reduce((shown, secret) => shown.replaceAll(secret, '…'), stderr.trim() === '' ? stdout : stderr);
  const lines = text
    .replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[EIW]\d{4} \d\d:/.test(line));
  return lines.length === 0 ? `"exit code ${code}"` : `"${lines.slice(-4).join(' | ').slice(-600)}"`;
}
