/** What stands in a text as Base64 and is text again, with the line on which it stands. */
export function base64Texts(content: string): readonly { readonly text: string; readonly line: number }[] {
  const found: { text: string; line: number }[] = [];
  let [line, counted] = [1, 0];
  // A pattern holds no line of millions of letters: what is longer is followed letter by letter.
  const runs = /[A-Za-z0-9+/]{16,65536}/gu;
  for (let match = runs.exec(content); match !== null; match = runs.exec(content)) {
    const { index } = match;
    while (/[A-Za-z0-9+/]/u.test(content.charAt(runs.lastIndex))) runs.lastIndex += 1;
    const text = Buffer.from(content.slice(index, runs.lastIndex), 'base64').toString('utf8');
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
