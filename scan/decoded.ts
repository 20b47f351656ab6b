/** What stands in a text as Base64 and is text again, with the line on which it stands. */
export function base64Texts(content: string): readonly { readonly text: string; readonly line: number }[] {
  const found: { text: string; line: number }[] = [];
  for (const { 0: run, index } of content.matchAll(/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,}={0,2}/gu)) {
    const text = Buffer.from(run, 'base64').toString('latin1');
    if (/^[\t\n\r\x20-\x7e]+$/u.test(text))
      found.push({ text, line: content.slice(0, index).split('\n').length });
  }
  return found;
}

const named: Readonly<Record<string, string>> = { n: '\n', r: '\n', t: '\t' };

/** The line with the escapes of JSON, of programs and of URLs resolved; `undefined` where it has none. */
export function unescaped(line: string): string | undefined {
  if (!/\\|%[0-9a-f]{2}/iu.test(line)) return undefined;
  return line.replaceAll(
    /\\+(?:u\{?([0-9a-f]{4})\}?|x([0-9a-f]{2})|(.))|%([0-9a-f]{2})/giu,
    (_all, unicode?: string, byte?: string, letter?: string, percent?: string) => {
      const code = unicode ?? byte ?? percent;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return named[letter ?? ''] ?? letter ?? '';
    },
  );
}
