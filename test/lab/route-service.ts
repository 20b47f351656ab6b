import type { ApiObject } from '../../manifests/api-object';

/**
 * The objects with a Service, and the Ingresses to it, leading to a loopback port instead of pods.
 * No kube-proxy runs in the lab and the API refuses endpoints on loopback, so the Service becomes an
 * ExternalName, whose port an ingress controller takes as it stands.
 */
export function routeService(
  objects: readonly ApiObject[],
  service: { readonly name: string; readonly namespace: string },
  port: number,
): readonly ApiObject[] {
  return objects.map((object) => {
    const { kind, metadata } = object;
    if (metadata.namespace !== service.namespace) return object;
    if (kind === 'Service' && metadata.name === service.name) {
      return { ...object, spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] } };
    }
    if (kind !== 'Ingress') return object;
    const { rules, ...spec } = object['spec'] as IngressSpec;
    const routed = rules.map(({ http, ...rule }) => ({
      ...rule,
      http: {
        paths: http.paths.map((path) =>
          path.backend.service.name === service.name
            ? { ...path, backend: { service: { name: service.name, port: { number: port } } } }
            : path,
        ),
      },
    }));
    return { ...object, spec: { ...spec, rules: routed } };
  });
}

interface IngressSpec {
  readonly rules: readonly {
    readonly http: {
      readonly paths: readonly { readonly backend: { readonly service: { readonly name: string } } }[];
    };
  }[];
}
