import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNetwork } from '../network/cluster-network';
import { findTool } from '../programs/find-tool';
import { startProgram } from '../programs/start-program';
import { answers } from '../process/http-ready';
import type { Kubernetes } from './kubernetes';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';
import { run } from '../../terminal/run';

/** An ingress controller that serves the Ingresses and Middlewares of the lab's API server. */
export interface Traefik {
  /** The host and port of entry point `websecure`. */
  readonly websecure: string;
}

const definitions = 'docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml';

/** A cluster's network to run in, where it reaches the endpoints of Services and is reached by nodes and pods. */
export interface TraefikPlace {
  readonly network: ClusterNetwork;
  readonly kubeconfig: string;
  readonly address: string;
}

/** Installs Traefik's definitions and IngressClass, then starts it on loopback, or at its own address where pods run. */
export async function startTraefik(
  lab: LabContext,
  kubernetes: Kubernetes,
  place?: TraefikPlace,
): Promise<Traefik> {
  const tool = await findTool('traefik');
  if (tool.share === undefined) {
    throw new Error(`traefik: "${tool.path}" has no resource definitions beside it; unset what names it`);
  }
  const ingressClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'traefik' },
    spec: { controller: 'traefik.io/ingress-controller' },
  };
  const objects = [readFileSync(join(tool.share, definitions), 'utf8'), JSON.stringify(ingressClass)];
  await kubernetes.kubectl(['apply', '--server-side', '-f', '-'], objects.join('\n---\n'));

  const at = async (port: number): Promise<string> =>
    place === undefined ? `127.0.0.1:${await freePort()}` : `${place.address}:${port}`;
  const [websecure, api] = [await at(443), await at(8080)];
  const within = place?.network.enter ?? [];
  await startProgram(lab, {
    ...{ tool, within },
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
    env: { KUBECONFIG: place?.kubeconfig ?? kubernetes.kubeconfig },
    ready: async () => {
      if (place === undefined) return answers(`http://${api}/ping`);
      const check = ['healthcheck', '--ping=true', `--entrypoints.traefik.address=${api}`];
      const [command = tool.path, ...args] = [...within, tool.path, ...check];
      return (await run(command, args)).code === 0;
    },
  });
  return { websecure };
}
