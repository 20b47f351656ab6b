import type { ApiSchema, Field } from '../../manifests/schema';

/** The part of OpenAPI v2 that is read. */
export interface OpenApi {
  readonly definitions: Readonly<Record<string, Definition>>;
}

interface Definition extends Property {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

interface Property {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
}

/** The kinds that a Terraform resource of ours may become. */
export const mappedKinds = [
  ...[
    'ClusterRole',
    'ClusterRoleBinding',
    'ConfigMap',
    'CronJob',
    'DaemonSet',
    'Deployment',
    'Ingress',
    'Job',
  ],
  ...['LimitRange', 'Namespace', 'NetworkPolicy', 'PersistentVolumeClaim', 'ResourceQuota', 'Role'],
  ...['RoleBinding', 'Secret', 'Service', 'ServiceAccount', 'StatefulSet'],
];

/** Reduces what an API server publishes to the mapped kinds and the types they reach. */
export function reduceOpenApi({ definitions }: OpenApi, release: string): ApiSchema {
  const kinds: Record<string, { apiVersion: string; type: string }> = {};
  for (const [type, { 'x-kubernetes-group-version-kind': names = [] }] of Object.entries(definitions)) {
    for (const { group, version, kind } of names) {
      if (version !== 'v1' || names.length !== 1 || !mappedKinds.includes(kind)) continue;
      kinds[kind] = { apiVersion: group === '' ? version : `${group}/${version}`, type };
    }
  }
  const kindTypes = new Set(Object.values(kinds).map(({ type }) => type));
  const types: Record<string, Record<string, Field>> = {};
  const fieldOf = (property: Property): Field => {
    const { $ref: reference } = property;
    if (reference !== undefined) return referred(reference.slice('#/definitions/'.length));
    if (property.items !== undefined) return { list: fieldOf(property.items) };
    if (property.additionalProperties !== undefined) return { map: fieldOf(property.additionalProperties) };
    return scalarOf(property);
  };
  const referred = (type: string): Field => {
    const definition = definitions[type] ?? {};
    if (definition.type !== undefined && definition.type !== 'object') return scalarOf(definition);
    if (!(type in types)) {
      const properties: Record<string, Field> = {};
      types[type] = properties;
      const names = Object.entries(definition.properties ?? {});
      // What the server alone writes; a type of another name may have a field "status" of its own.
      const written = names.filter(([name]) => name !== 'status' || !kindTypes.has(type));
      for (const [name, property] of written) properties[name] = fieldOf(property);
    }
    return { ref: type };
  };
  for (const type of kindTypes) referred(type);
  return { release, kinds: sorted(kinds), types: sorted(types) };
}

function scalarOf({ type, format }: Property): Field {
  if (format === 'int-or-string') return format;
  return type === 'integer' || type === 'number' || type === 'boolean' ? type : 'string';
}

function sorted<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
