import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from './find-tool';
import { answers } from './http-ready';
import type { Kubernetes } from './kube-apiserver';
import type { LabContext } from './lab-context';
import { freePort } from './ports';

/** An ingress controller that serves the Ingresses and Middlewares of the lab's API server. */
export interface Traefik {
  readonly version: string;
  /** The host and port of entry point `websecure`. */
  readonly websecure: string;
  /** Its API: what it made of each router and middleware. */
  readonly apiUrl: string;
}

const definitions = 'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml';

/** Installs Traefik's resource definitions and its IngressClass, then starts it outside the cluster. */
export async function startTraefik(lab: LabContext, kubernetes: Kubernetes): Promise<Traefik> {
  const tool = await findTool('traefik', lab.progress);
  if (tool.share === undefined) {
    throw new Error(`traefik: "${tool.path}" has no resource definitions beside it; unset what names it`);
  }
  await kubernetes.kubectl(
    ['apply', '--server-side', '-f', '-'],
    readFileSync(join(tool.share, definitions), 'utf8'),
  );
  const ingressClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'traefik' },
    spec: { controller: 'traefik.io/ingress-controller' },
  };
  await kubernetes.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(ingressClass));

  const websecure = `127.0.0.1:${await freePort()}`;
  const api = `127.0.0.1:${await freePort()}`;
  const apiUrl = `http://${api}`;
  await lab.start({
    name: 'traefik',
    version: tool.version,
    address: `https://${websecure}`,
    command: tool.path,
    args: [
      '--global.checknewversion=false',
      '--global.sendanonymoususage=false',
      `--entrypoints.websecure.address=${websecure}`,
      '--entrypoints.websecure.http.tls=true',
      `--entrypoints.traefik.address=${api}`,
      '--api.insecure=true',
      '--ping=true',
      '--providers.kubernetescrd=true',
      '--providers.kubernetescrd.allowcrossnamespace=true',
      '--providers.kubernetesingress=true',
      // No kube-proxy runs here: a Service that leads out of the cluster is an ExternalName.
      '--providers.kubernetesingress.allowexternalnameservices=true',
    ],
    env: { KUBECONFIG: kubernetes.kubeconfig },
    ready: () => answers(`${apiUrl}/ping`),
  });
  return { version: tool.version, websecure, apiUrl };
}
