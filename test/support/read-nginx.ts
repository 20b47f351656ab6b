import type { Directive } from '../../cloud-init/nginx-syntax';

/** Reads the text of an nginx configuration back into directives. */
export function readNginx(text: string): readonly Directive[] {
  const tokens = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([;{}])|([^\s;{}"]+)/g)].map(
    ([, quoted, punctuation, word]) =>
      quoted === undefined
        ? { text: punctuation ?? word ?? '', isPunctuation: punctuation !== undefined }
        : { text: quoted.replaceAll(/\\(.)/g, '$1'), isPunctuation: false },
  );
  let position = 0;
  const directives = (): Directive[] => {
    const read: Directive[] = [];
    for (;;) {
      const words: string[] = [];
      let token = tokens[position++];
      while (token !== undefined && !token.isPunctuation) {
        words.push(token.text);
        token = tokens[position++];
      }
      const [name, ...args] = words;
      if (token === undefined || token.text === '}') {
        if (name !== undefined) throw new Error(`"${words.join(' ')}" has no end`);
        return read;
      }
      if (name === undefined) throw new Error(`a directive before "${token.text}" has no name`);
      read.push(token.text === ';' ? { name, args } : { name, args, block: directives() });
    }
  };
  const all = directives();
  if (position <= tokens.length) throw new Error('a block is closed that was not opened');
  return all;
}
