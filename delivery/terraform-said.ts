import type { Ran } from '../terminal/run';

/** What Terragrunt's log puts before each of Terraform's lines, and the frame that Terraform draws. */
const prefix = /^(?:[\d:.]+ [A-Z]+ .*?terraform: ?)?(?:[╷│╵] ?)?/u;

/** Its errors, without what Terragrunt adds behind; a plan that fails prints most of itself first. The last lines where there is none. */
export function terraformSaid({ code, stdout, stderr }: Ran): readonly string[] {
  const lines = (stderr.trim() === '' ? stdout : stderr)
    .replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .split(/^[\d:.]+ ERROR(?= .*error occurred:)/mu)[0]
    ?.split('\n')
    .map((line) => line.replace(prefix, '').trimEnd())
    .filter((line) => line !== '');
  const begins = lines?.findIndex((line) => line.startsWith('Error: ')) ?? -1;
  const found = begins === -1 ? lines?.slice(-20) : lines?.slice(begins, begins + 60);
  return found === undefined || found.length === 0 ? [`exit code ${code}`] : found;
}
