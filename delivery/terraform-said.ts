import type { Ran } from '../terminal/run';

/** Before each line of Terraform's, as Terragrunt logs it, and the frame of Terraform's own. */
const prefix = /^(?:\d\d:\d\d:\d\d\.\d+ STD(?:OUT|ERR) .*?terraform: ?)?(?:[╷│╵] ?)?/u;

/**
 * Why Terraform ended without doing its work, line by line: its errors, which stand before what Terragrunt adds to them, or the last
 * that was said where there is none. A plan that fails prints most of itself first.
 */
export function terraformSaid({ code, stdout, stderr }: Ran): readonly string[] {
  const lines = (stderr.trim() === '' ? stdout : stderr)
    .replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .split('\n')
    .map((line) => line.replace(prefix, '').trimEnd())
    .filter((line) => line !== '');
  const begins = lines.findIndex((line) => line.startsWith('Error: '));
  if (begins === -1) return lines.length === 0 ? [`exit code ${code}`] : lines.slice(-20);
  const errors = lines.slice(begins);
  const ends = errors.findIndex((line) => /^\d\d:\d\d:\d\d\.\d+ ERROR/u.test(line));
  return errors.slice(0, ends === -1 ? 60 : Math.min(ends, 60));
}
