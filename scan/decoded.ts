/** What stands in a text as Base64 and is text again, with the line on which it stands. */
export function base64Texts(content: string): readonly { readonly text: string; readonly line: number }[] {
  const found: { text: string; line: number }[] = [];
  let [line, counted] = [1, 0];
  // Whole groups of four, of as many as a pattern can hold at a time.
  for (const { 0: run, index } of content.matchAll(/[A-Za-z0-9+/]{16,4194304}={0,2}/gu)) {
    const text = Buffer.from(run, 'base64').toString('utf8');
    if (/[^\P{Cc}\t\n\r]|\ufffd/u.test(text)) continue;
    line += content.slice(counted, index).split('\n').length - 1;
    counted = index;
    found.push({ text, line });
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

/** A file's text, also of Windows, which marks its UTF-16; `undefined` for what is none. */
export function textIn(content: Buffer): string | undefined {
  const mark = content.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff')
    return new TextDecoder(mark === 'fffe' ? 'utf-16le' : 'utf-16be').decode(content);
  return content.subarray(0, 8192).includes(0) ? undefined : content.toString('utf8');
}
