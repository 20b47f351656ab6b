import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from './deliverable';
import { forcesReplacement, type Forcing } from './forces-replacement';

/** One attribute that makes Terraform destroy an object and create another. */
export interface Replacement {
  readonly address: string;
  /** As the provider writes it: `spec.selector.match_labels`. */
  readonly path: string;
  /** `undefined`: it is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface Comparison {
  /** Both values are known, and they differ. */
  readonly replaced: readonly Replacement[];
  /** One of them is an expression, or chosen by the cluster: only the plan knows. */
  readonly unknown: readonly Replacement[];
}

/** What the provider sets where nothing is said. */
const defaults: Readonly<Record<string, unknown>> = {
  immutable: 'false',
  'metadata.namespace': 'default',
  'spec.job_template.spec.completions': '1',
  'kubernetes_secret.type': 'Opaque',
  'vault_kubernetes_auth_backend_role.backend': 'kubernetes',
};

/** Where nothing is said the cluster chooses, and the state holds its choice; a name stands for `generate_name`, too. */
const chosenByCluster =
  /\.(?:name|template\.metadata\.namespace|cluster_ips?|health_check_node_port|storage_class_name|volume_(?:mode|name)|completion_mode)$/u;

/**
 * Compares an object's attributes before and after, in Terraform's JSON syntax or as an HCL parser gives it, where a
 * block is a list of one.
 */
export function compareForcing(address: string, before: JsonObject, after: JsonObject): Comparison {
  const [type = ''] = address.split('.');
  const changed = Object.entries(forcesReplacement[type] ?? {})
    .map(([path, kind]): Replacement & { readonly kind: Forcing } => {
      const byDefault = kind === 'block' ? undefined : (defaults[path] ?? defaults[`${type}.${path}`]);
      const valueOf = (attributes: JsonObject): unknown => valueAt(attributes, path, kind) ?? byDefault;
      return { address, path, kind, before: valueOf(before), after: valueOf(after) };
    })
    .filter((one) => !isDeepStrictEqual(one.before, one.after));
  // A block that comes or goes says it all.
  const blocks = changed.filter(({ kind }) => kind === 'block').map(({ path }) => path);
  const single = changed
    .filter(({ path }) => !blocks.some((block) => path.startsWith(`${block}.`)))
    .map(({ kind, ...rest }) => ({ ...rest, known: kind === 'block' || isKnown(rest) }));
  const withKnown = (known: boolean): Replacement[] =>
    single.filter((one) => one.known === known).map(({ known: _, ...rest }) => rest);
  return { replaced: withKnown(true), unknown: withKnown(false) };
}

/** The attributes that replace an object, with the values that this configuration gives them. */
export function forcingValues(type: string, attributes: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(forcesReplacement[type] ?? {})
      .filter(([, kind]) => kind !== 'block')
      .map(([path, kind]) => [path, valueAt(attributes, path, kind)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

export function inWords({ address, path, before, after }: Replacement): string {
  const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return `${address}: ${path} is ${shown(before)} and becomes ${shown(after)}`;
}

const isExpression = (value: unknown): boolean => JSON.stringify(value).includes('${');

const isKnown = ({ path, before, after }: Replacement): boolean =>
  ![before, after].some((value) => (value === undefined ? chosenByCluster.test(path) : isExpression(value)));

function valueAt(attributes: JsonObject, path: string, kind: Forcing): unknown {
  const found = path
    .split('.')
    .reduce<unknown[]>((values, key) => values.flatMap((value) => inside(value, key)), [attributes]);
  const values = found.filter((value) => value !== null && value !== undefined);
  if (values.length === 0) return undefined;
  if (kind === 'block') return true;
  // Sets come in any order, and Terraform takes "1" for 1.
  if (kind === 'collection')
    return values.flatMap((value) => (Array.isArray(value) ? value.map(textOf).sort() : [value]));
  return values.length === 1 ? textOf(values[0]) : values.map(textOf);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function inside(value: unknown, key: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((member: unknown) => inside(member, key));
  if (typeof value !== 'object' || value === null || !(key in value)) return [];
  return [(value as JsonObject)[key]];
}
