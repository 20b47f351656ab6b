/** Whether the place of a script or a document is in a line that is a comment as a whole. */
export function isCommentLine(text: string, index: number): boolean {
  const start = text.lastIndexOf('\n', index - 1) + 1;
  return /^\s*#/u.test(text.slice(start, index));
}

/** Files that people read and no program: what they spell is no reference. */
export const isProse = (path: string): boolean => /\.(?:md|markdown|rst|adoc)$/iu.test(path);

/** The text with its comments blanked, by lines of `#` or `//` and behind ` #`; every other character keeps its place. */
export function withoutComments(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      if (/^\s*(?:#|\/\/)/u.test(line)) return '';
      const behind = /^((?:[^'"#]|"[^"]*"|'[^']*'|(?<!\s)#)*\s)#/u.exec(line)?.[1];
      return behind ?? line;
    })
    .join('\n');
}
