/**
 * Text from a server or a configuration as one harmless line: what would move a terminal's cursor, break the line or
 * reverse its direction is escaped, and what is longer than `maxLength` is cut, with how much was left out.
 */
export function printable(text: string, maxLength: number): string {
  const kept = text.length > maxLength ? text.slice(0, maxLength) : text;
  const line = kept.replace(UNPRINTABLE, escaped);
  return kept === text ? line : `${line}… (${text.length - maxLength} more characters)`;
}

/** Controls, separators of lines and paragraphs, marks of direction and other invisible formats, halves of pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function escaped(character: string): string {
  const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return names[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
