export function quote(text: string): string {
  return JSON.stringify(text);
}

/** A label matcher for exactly these values: `instance=~"a\\.example|b\\.example"`. */
export function oneOf(label: string, values: readonly string[]): string {
  if (values.length === 0) {
    throw new Error(
      `monitoring: the allow-list of "${label}" is empty, which matches series without the label; leave the rules out`,
    );
  }
  const [only] = values;
  if (values.length === 1 && only !== undefined) return `${label}=${quote(only)}`;
  return `${label}=~${quote(values.map(escapeRegex).join('|'))}`;
}

/** A label matcher for every value that begins with one of these. */
export function startingWith(label: string, prefixes: readonly string[]): string {
  return `${label}=~${quote(`(${prefixes.map(escapeRegex).join('|')}).+`)}`;
}

function escapeRegex(text: string): string {
  return text.replace(/[.+*?()|[\]{}^$\\]/g, '\\$&');
}
