import type { Ran } from '../terminal/run';

/** What Terragrunt's log puts before each of Terraform's lines, and the frame that Terraform draws. */
const prefix = /^(?:[\d:.]+ [A-Z]+ .*?(?:terraform|tofu): ?)?(?:[╷│╵] ?)?/u;
/** Of Terragrunt's own log; behind an error of Terraform's it says that one again. */
const ownLog = /^[\d:.]+ ERROR/u;
const [mostLines, mostCharacters] = [60, 500];

/**
 * Its errors, wherever they stand: a plan that fails prints most of itself first. Where there is none, what was said last; the JSON of a
 * plan is never told, for it holds secrets.
 */
export function terraformSaid({ code, stdout, stderr }: Ran): readonly string[] {
  const [errors = [], output = []] = [stderr, stdout].map(linesOf);
  const told =
    errorsIn(errors) ??
    errorsIn(output) ??
    [errors, output].find((lines) => lines.length > 0)?.slice(-20) ??
    [];
  return told.length === 0 ? [`exit code ${code}`] : told.slice(0, mostLines);
}

function linesOf(text: string): string[] {
  return text
    .replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .split('\n')
    .map((line) => line.replace(prefix, '').trimEnd().slice(0, mostCharacters))
    .filter((line) => line !== '' && !/^(?:\{"|[\d:.]+ WARN)/u.test(line));
}

function errorsIn(lines: readonly string[]): readonly string[] | undefined {
  const begins = lines.findIndex((line) => line.startsWith('Error: '));
  if (begins === -1) return undefined;
  const ends = lines.findIndex((line, at) => at > begins && ownLog.test(line));
  return lines.slice(begins, ends === -1 ? undefined : ends);
}
