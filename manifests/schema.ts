import published from './kubernetes-1.34.json';

/** The form of a field: a scalar, a reference to a type, a list or a map of a form. */
export type Field =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'int-or-string'
  | { readonly ref: string }
  | { readonly list: Field }
  | { readonly map: Field };

/** The reduced OpenAPI of a Kubernetes release: what the mapping needs, without descriptions. */
export interface ApiSchema {
  readonly release: string;
  readonly kinds: Readonly<Record<string, { readonly apiVersion: string; readonly type: string }>>;
  /** Type name to property name to form. A type without properties is a value of any form. */
  readonly types: Readonly<Record<string, Readonly<Record<string, Field>>>>;
}

/** The OpenAPI that kube-apiserver 1.34 serves at `/openapi/v2`, reduced; the lab compares it with the live server's. */
export const kubernetesApi = published as unknown as ApiSchema;
