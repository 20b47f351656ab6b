/** Values that Woodpecker knows when it reads a pipeline, by name. */
export type Substitutes = Readonly<Record<string, string>>;

/**
 * A pipeline as Woodpecker reads it: before the YAML is parsed, `${NAME}` and `${NAME:from:length}` become their values over
 * the whole text, comments and strings alike. What is unknown becomes nothing; `$$` becomes `$`, so that `$${` is kept; a
 * backslash before another or before a slash goes; a bare `$NAME` stays for the shell. Values are not escaped, only those of several
 * lines are quoted, before a part is taken, which counts bytes: a value may end a string and begin a key.
 *
 * @see https://woodpecker-ci.org/docs/usage/environment#string-substitution
 */
export function substitute(text: string, values: Substitutes): string {
  return text.replace(
    expressions,
    (whole: string, escaped?: string, named?: string, from?: string, length?: string) => {
      if (escaped !== undefined) return whole.slice(1);
      const name = named ?? '';
      const value = Object.hasOwn(values, name) ? (values[name] ?? '') : '';
      const bytes = Buffer.from(value.includes('\n') ? JSON.stringify(value) : value);
      const start = Number(from ?? 0);
      return bytes.subarray(start, length === undefined ? undefined : start + Number(length)).toString();
    },
  );
}

/** Every name that Woodpecker would substitute in this text; an operator that the model does not know counts whole, and so does a lost backslash. */
export function substitutedNames(text: string): readonly string[] {
  const known = new Set<string>();
  const rest = text.replace(expressions, (_, escaped?: string, name?: string) => {
    if (name !== undefined) known.add(name);
    if (escaped?.startsWith('\\') === true) known.add(escaped);
    return '';
  });
  for (const [unknown] of rest.matchAll(/\$\{[^}]*\}?/g)) known.add(unknown);
  return [...known].sort();
}

const expressions = /(\$\$|\\[\\/])|\$\{(\w+)(?::(\d+)(?::(\d+))?)?\}/g;
