import { kubernetesApi, type ApiSchema, type Field } from './schema';

export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What the provider reads itself and the API has no field for. */
const providerArguments = new Set([
  ...[
    '//',
    'connection',
    'count',
    'depends_on',
    'for_each',
    'lifecycle',
    'provider',
    'provisioner',
    'timeouts',
  ],
  ...['wait_for_completion', 'wait_for_load_balancer', 'wait_for_rollout', 'wait_for_service_account_token'],
  'wait_until_bound',
]);

/** Required by the API and left to the provider's default where a resource says nothing. */
const providerDefaults: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'io.k8s.api.networking.v1.HTTPIngressPath': { pathType: 'ImplementationSpecific' },
};

/** The API object that the provider makes of a `kubernetes_*` resource, led by the API's own schema: never a guess. */
export function apiObjectOf(
  resourceType: string,
  attributes: Readonly<Record<string, unknown>>,
  api: ApiSchema = kubernetesApi,
): ApiObject {
  const own = Object.fromEntries(Object.entries(attributes).filter(([name]) => !providerArguments.has(name)));
  if (resourceType === 'kubernetes_manifest') return own['manifest'] as ApiObject;
  const kind = kindOf(resourceType);
  const known = api.kinds[kind];
  if (known === undefined) {
    const kinds = Object.keys(api.kinds).join(', ');
    throw new Error(`manifests: no API kind for "${resourceType}", got "${kind}"; there are: ${kinds}`);
  }
  const object = convert(own, { ref: known.type }, resourceType, api) as object;
  const head = { apiVersion: known.apiVersion, kind };
  // The provider encodes a Secret's data itself; the API encodes what it gets as stringData.
  const { data, ...rest } = { ...head, ...object } as unknown as ApiObject;
  if (data === undefined) return rest;
  return { ...rest, [kind === 'Secret' ? 'stringData' : 'data']: data };
}

/** `kubernetes_cron_job_v1` to `CronJob`. */
function kindOf(resourceType: string): string {
  return resourceType
    .replace(/^kubernetes_/, '')
    .replace(/_v\d+$/, '')
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function convert(value: unknown, field: Field, where: string, api: ApiSchema): unknown {
  if (typeof field === 'string') return scalar(value, field, where);
  if ('list' in field) {
    const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    return items.map((item, index) => convert(item, field.list, `${where}[${index}]`, api));
  }
  // A block that may stand once is a list of one to Terraform and an object to the API.
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof single !== 'object' || single === null || Array.isArray(single)) {
    throw new Error(`manifests: ${where}: must be a block, got ${JSON.stringify(value)}`);
  }
  const entries = Object.entries(single as Readonly<Record<string, unknown>>).filter(
    ([, item]) => item !== null,
  );
  if ('map' in field) {
    return Object.fromEntries(
      entries.map(([key, item]) => [key, convert(item, field.map, `${where}["${key}"]`, api)]),
    );
  }
  const properties = api.types[field.ref] ?? {};
  const converted = Object.fromEntries(
    entries.map(([name, item]) => {
      const property = propertyOf(name, properties);
      if (property === undefined) {
        throw new Error(
          `manifests: ${where}: ${field.ref} has no field for "${name}"; correct the construct`,
        );
      }
      return [property, convert(item, properties[property] ?? 'string', `${where}.${name}`, api)];
    }),
  );
  return { ...providerDefaults[field.ref], ...converted };
}

/** The property of a block or argument: `cluster_ip` is `clusterIP`, `timezone` `timeZone`, `volume_mount` `volumeMounts`. */
function propertyOf(name: string, properties: Readonly<Record<string, Field>>): string | undefined {
  const letters = name.replaceAll('_', '');
  return Object.keys(properties).find((property) => {
    const own = property.toLowerCase();
    const field = properties[property];
    const isList = typeof field === 'object' && 'list' in field;
    return own === letters || (isList && singularsOf(own).includes(letters));
  });
}

function singularsOf(word: string): readonly string[] {
  return [
    ...(word.endsWith('ies') ? [`${word.slice(0, -3)}y`] : []),
    ...(word.endsWith('es') ? [word.slice(0, -2)] : []),
    ...(word.endsWith('s') ? [word.slice(0, -1)] : []),
  ];
}

/** Terraform writes numbers and truth values as strings where a binding says so. */
function scalar(value: unknown, field: Field & string, where: string): unknown {
  // An expression is known only when Terraform has evaluated it.
  if (typeof value === 'string' && value.includes('${')) return value;
  switch (field) {
    case 'string':
      return typeof value === 'string' ? value : String(value);
    case 'int-or-string':
      return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    case 'boolean':
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      break;
    case 'integer':
      // File modes are octal strings to the provider (`default_mode`, `mode`).
      if (typeof value === 'string' && /^0[0-7]+$/.test(value)) return parseInt(value, 8);
      if (/^-?\d+$/.test(String(value))) return Number(value);
      break;
    case 'number':
      if (Number.isFinite(Number(value))) return Number(value);
  }
  throw new Error(`manifests: ${where}: must be of type ${field}, got ${JSON.stringify(value)}`);
}
