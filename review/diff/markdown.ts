import { formatPlannedChanges } from '../../delivery/planned-changes';
import type { Review } from './review';
import { resourceInWords } from './text';

/** What GitHub takes; no limit of Forgejo's was measured. */
const maxCharacters = 65_536;
const cut = '\n… the rest: `./registry diff`\n';

/** A review as a comment on a pull request: the sentences in sight, everything else folded, within what a forge takes. */
export function reviewMarkdown(review: Review): string {
  const { base, head, protectedEnds, sections, resources, yaml, planned } = review;
  const list = (lines: readonly string[]): string => lines.map((line) => `- ${code(line)}`).join('\n');
  const said = [
    `### ${escaped(base)} → ${escaped(head)}`,
    ...(protectedEnds.length === 0
      ? []
      : [`> **Protected: what nobody can bring back**\n\n${list(protectedEnds)}`]),
    ...sections.map(({ title, lines }) => `**${title}**\n\n${list(lines)}`),
    ...(sections.length + resources.length + Object.keys(yaml).length === 0 && planned === undefined
      ? ['Nothing changes.']
      : []),
  ].join('\n\n');
  const folded: readonly (readonly [string, string])[] = [
    ...(planned === undefined
      ? []
      : [['what Terraform says', formatPlannedChanges('Terraform', planned)] as const]),
    ...(resources.length === 0
      ? []
      : [[`${resources.length} objects`, resources.map(resourceInWords).join('\n')] as const]),
    ...Object.entries(yaml),
  ];
  const budget = maxCharacters - cut.length;
  if (said.length > budget) return `${said.slice(0, said.lastIndexOf('\n', budget))}${cut}`;
  let text = `${said}\n`;
  for (const [title, body] of folded) {
    const fence = '`'.repeat(Math.max(3, ...[...body.matchAll(/`+/gu)].map(([run]) => run.length + 1)));
    const detail = `\n<details><summary>${escaped(title)}</summary>\n\n${fence}diff\n${body}\n${fence}\n\n</details>\n`;
    if (text.length + detail.length > budget) return `${text}${cut}`;
    text += detail;
  }
  return text;
}

/** Facts and names are shown, never rendered: a mention in one would call somebody. */
function code(line: string): string {
  const fence = '`'.repeat(Math.max(1, ...[...line.matchAll(/`+/gu)].map(([run]) => run.length + 1)));
  const pad = fence.length > 1 ? ' ' : '';
  return `${fence}${pad}${line.replaceAll(/\s+/gu, ' ')}${pad}${fence}`;
}

const escaped = (text: string): string =>
  text.replaceAll(/[<>&@`*_[\]]/gu, (sign) => `&#${sign.charCodeAt(0)};`);
