import type { ParseHcl } from '../hcl/read';
import { referencesBelow } from '../hcl/references';
import type { JsonObject } from './deliverable';
import { HclError } from '../hcl/hcl-error';

const mark = 'END_OF_TEMPLATE';

/** What expressions in the generated file refer to and nothing declares; Terraform would say it first in the user's CI. */
export async function unresolvedReferences(
  body: JsonObject,
  declared: readonly string[],
  parse: ParseHcl,
): Promise<string[]> {
  const known = new Set(declared);
  const providers = new Set(declared.map(providerOf));
  const mustResolve = (address: string): boolean =>
    /^(?:var|local|data|module)\./u.test(address) || providers.has(providerOf(address));
  const faults = new Set<string>();
  for (const { path, source } of templatesIn(body, []))
    for (const address of await referencesOf(source, parse))
      if (!known.has(address) && mustResolve(address))
        faults.add(
          `${path} refers to "${address}", which nothing in the folder declares; declare it there, or in the stack`,
        );
  return [...faults];
}

interface Template {
  readonly path: string;
  /** The value as HCL source. */
  readonly source: string;
}

/** Every string with an expression in it, and every `depends_on`, which holds bare addresses. */
function* templatesIn(value: unknown, path: readonly string[]): Generator<Template> {
  if (typeof value === 'string') {
    const dependency = path.at(-2) === 'depends_on' && /^[\w.-]+$/u.test(value);
    if (dependency) yield { path: path.join('.'), source: value };
    else if (/[$%]\{/u.test(value)) yield { path: path.join('.'), source: `<<${mark}\n${value}\n${mark}` };
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (path.length > 0 || key !== 'moved') yield* templatesIn(inner, [...path, key]);
    }
  }
}

/** None of a text that only a provider reads as a template. */
async function referencesOf(source: string, parse: ParseHcl): Promise<string[]> {
  try {
    const { root } = await parse('generated', `locals {\n  t = ${source}\n}\n`);
    return referencesBelow(root).map(({ address }) => address);
  } catch (error) {
    if (error instanceof HclError) return [];
    throw error;
  }
}

const providerOf = (address: string): string => /^[a-z0-9]+(?=_)/u.exec(address)?.[0] ?? address;
