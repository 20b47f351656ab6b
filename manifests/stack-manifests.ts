import { stringify } from 'yaml';
import { apiObjectOf, type ApiObject } from './api-object';

/** The part of a synthesized `cdk.tf.json` that objects are made of. */
export interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** One Kubernetes object of a stack, with the Terraform address that owns it. */
export interface StackManifest {
  readonly address: string;
  readonly object: ApiObject;
}

/** The Kubernetes objects of a stack, its namespaces first. Resources of other providers are left out. */
export function manifestsOf({ resource = {} }: StackJson): readonly StackManifest[] {
  const manifests = Object.entries(resource)
    .filter(([type]) => type.startsWith('kubernetes_'))
    .flatMap(([type, byName]) =>
      Object.entries(byName).map(([name, attributes]) => ({
        address: `${type}.${name}`,
        object: apiObjectOf(type, attributes),
      })),
    );
  const rank = ({ object }: StackManifest): number => (object.kind === 'Namespace' ? 0 : 1);
  return manifests.sort((a, b) => rank(a) - rank(b));
}

/** How every rendered file begins. */
export const manifestsHead = '# The Kubernetes objects of stack';

/**
 * The objects of a stack as a YAML stream, for `kubectl diff --server-side` and policy tools; undefined
 * when it has none. A Secret's values are never written, only its keys, so that applying the file cannot
 * overwrite one; what only Terraform can evaluate stays as its expression.
 *
 * @param variables values of Terraform variables, which stand in place of `${var.<name>}`
 */
export function renderManifests(
  stack: string,
  json: StackJson,
  variables: Readonly<Record<string, string>> = {},
): string | undefined {
  const documents = manifestsOf(json).map(({ address, object }) => {
    const { stringData, ...shown } = object;
    const keys = Object.keys(stringData ?? {});
    const note = keys.length === 0 ? '' : `# Not written here: the values of ${keys.join(', ')}.\n`;
    return `# ${address}\n${note}${stringify(literal(shown, variables), { lineWidth: 0 })}`;
  });
  if (documents.length === 0) return undefined;
  return [`${manifestsHead} "${stack}". \${…} is evaluated by Terraform.\n`, ...documents].join('---\n');
}

/** What Terraform makes of its escapes in text without expressions: `$${` is `${`, `%%{` is `%{`. */
function literal(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    const [, variable = ''] = /^\$\{var\.(\w+)\}$/.exec(value) ?? [];
    if (Object.hasOwn(variables, variable)) return variables[variable];
    return /(?<!\$)\$\{|(?<!%)%\{/.test(value)
      ? value
      : value.replaceAll('$${', '${').replaceAll('%%{', '%{');
  }
  if (Array.isArray(value)) return value.map((item) => literal(item, variables));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literal(item, variables)]));
  }
  return value;
}
