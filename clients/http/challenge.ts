/** What a registry asks for when it answers 401. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      /** Where tokens are issued, as written: absolute, or relative to the URL that was asked. */
      readonly realm: string;
      readonly service?: string;
      readonly scope?: string;
    };

/** A longer one is none: what reads it takes the square of its length. */
const maxLength = 4096;
const parameterPattern = /([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g;
const schemePattern = /(?:^|,)\s*(Basic|Bearer)(?=\s|$)/gi;

/**
 * The challenge that a `WWW-Authenticate` header makes, bearer before basic when both are offered;
 * `undefined` when it offers neither, or a bearer token without saying where.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function parseChallenge(header: string): Challenge | undefined {
  const offers = header.length > maxLength ? [] : offersOf(header);
  const bearer = offers.find(({ scheme }) => scheme === 'bearer');
  const realm = bearer?.parameters.get('realm');
  if (realm !== undefined && realm !== '') {
    const service = bearer?.parameters.get('service');
    const scope = bearer?.parameters.get('scope');
    return {
      scheme: 'bearer',
      realm,
      ...(service === undefined ? {} : { service }),
      ...(scope === undefined ? {} : { scope }),
    };
  }
  return offers.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : undefined;
}

function offersOf(header: string): { scheme: string; parameters: Map<string, string> }[] {
  // A quoted value may contain a comma and the word of a scheme: blank it before the schemes are looked for.
  const unquoted = header.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => '"'.padEnd(quoted.length, '"'));
  const starts = [...unquoted.matchAll(schemePattern)];
  return starts.map((start, index) => {
    const end = starts[index + 1]?.index ?? header.length;
    const text = header.slice(start.index + start[0].length, end);
    return { scheme: (start[1] ?? '').toLowerCase(), parameters: parametersOf(text) };
  });
}

function parametersOf(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(parameterPattern)].map(([, name = '', quoted, token = '']) => [
      name.toLowerCase(),
      quoted?.replace(/\\(.)/g, '$1') ?? token,
    ]),
  );
}
