/** A simple directive, `name argument …;`, or a block, `name argument … { … }`. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block?: readonly Directive[];
}

export function directive(name: string, ...args: readonly string[]): Directive {
  return { name, args };
}

export function block(name: string, args: readonly string[], ...directives: readonly Directive[]): Directive {
  return { name, args, block: directives };
}

/**
 * The text of an nginx configuration.
 *
 * @throws Error for a name that is none, or an argument with a character that ends a directive in every quoting
 * @see https://nginx.org/en/docs/beginners_guide.html#conf_structure
 */
export function printNginx(directives: readonly Directive[], indentation = ''): string {
  return directives
    .map(({ name, args, block: inner }) => {
      const words = [nameOf(name), ...args.map((argument) => quoted(name, argument))].join(' ');
      return inner === undefined
        ? `${indentation}${words};\n`
        : `${indentation}${words} {\n${printNginx(inner, `${indentation}  `)}${indentation}}\n`;
    })
    .join('');
}

function nameOf(name: string): string {
  if (/^[a-z][a-z0-9_]*$/.test(name)) return name;
  throw new Error(
    `nginx: a directive has no name that nginx could know, got "${name}"; write letters, digits and "_"`,
  );
}

function quoted(name: string, argument: string): string {
  if (/[\u0000-\u001f\u007f]/.test(argument))
    throw new Error(
      `nginx: an argument of "${name}" holds a control character, got ${JSON.stringify(argument)}; write it on one line`,
    );
  if (/^[^\s;{}"'\\#]+$/.test(argument)) return argument;
  return `"${argument.replaceAll(/["\\]/g, '\\$&')}"`;
}
