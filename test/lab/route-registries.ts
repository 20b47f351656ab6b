import { readFileSync } from 'node:fs';
import type { Estate } from '../../estate/estate';
import type { Lab } from '../../lab/runs/lab';
import { routeService } from './route-service';
import { applyObjects } from '../../lab/servers/apply-objects';
import { standInMiddlewares } from './surroundings';
import { stackObjects } from './stack-objects';

/** Forgejo's own stack in the lab's cluster: Traefik serves its Ingress with a certificate of its name. */
export async function routeForgejo(
  lab: Lab<'forge' | 'kubernetes' | 'traefik'>,
  estate: Estate,
): Promise<void> {
  const { host, namespace } = estate.forgejo;
  const { certFile, keyFile } = await lab.authority.issue({ name: host, hosts: [host] });
  const files = {
    'secrets/fullchain.pem': readFileSync(certFile, 'utf8'),
    'secrets/privkey.pem': readFileSync(keyFile, 'utf8'),
  };
  const objects = await stackObjects(estate, 'forgejo', { files });
  await applyObjects(lab.kubernetes, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'traefik' } },
    ...standInMiddlewares(objects),
    ...routeService(objects, { name: 'forgejo', namespace }, portOf(lab.forge.url)),
  ]);
}

/** A public registry of that name behind the same Traefik, with the content of the lab's legacy registry. */
export async function routeUpstream(
  lab: Lab<'kubernetes' | 'legacyRegistry' | 'traefik'>,
  host: string,
): Promise<void> {
  const { certFile, keyFile } = await lab.authority.issue({ name: host, hosts: [host] });
  const name = 'upstream';
  const metadata = { name, namespace: name };
  const port = portOf(lab.legacyRegistry.url);
  const backend = { service: { name, port: { number: port } } };
  const data = {
    'tls.crt': readFileSync(certFile).toString('base64'),
    'tls.key': readFileSync(keyFile).toString('base64'),
  };
  await applyObjects(lab.kubernetes, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata },
      spec: {
        ...{ ingressClassName: 'traefik', tls: [{ hosts: [host], secretName: name }] },
        rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    },
  ]);
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
