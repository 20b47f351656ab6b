import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryClient } from '../../clients/oci/client';
import { registryLogins } from '../../rollout/docker-config';
import { parseImageReference } from '../../estate/image-reference';
import type { Kubernetes } from './kubernetes';
import type { KubeRequest } from './kube-request';

export interface StandInKubeletProps {
  readonly kubernetes: Kubernetes;
  /** Where the registry is that references name by a host. */
  readonly urlOf: (host: string) => string | undefined;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly imagePullSecrets?: readonly { readonly name: string }[];
  };
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly command?: readonly string[];
}

/** Where no pod can run: says of each pod what a kubelet would, once the real registries gave its images to its own logins. */
export class StandInKubelet {
  /** References that the node has. */
  readonly cached = new Set<string>();
  readonly #props: StandInKubeletProps;
  readonly #done = new Set<string>();
  #stopped = false;
  readonly #loop: Promise<void>;

  constructor(props: StandInKubeletProps) {
    this.#props = props;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const { items } = (await this.#ask({ path: '/api/v1/pods' })) as { items: readonly Pod[] };
      for (const pod of items.filter(({ metadata: { uid } }) => !this.#done.has(uid))) {
        this.#done.add(pod.metadata.uid);
        await this.#start(pod);
      }
      await sleep(200);
    }
  }

  async #start(pod: Pod): Promise<void> {
    const initial = await this.#statuses(pod, pod.spec.initContainers ?? [], true);
    const statuses = await this.#statuses(pod, pod.spec.containers, false);
    const isReady = [...initial, ...statuses].every(({ ready }) => ready);
    const now = new Date().toISOString();
    const condition = { type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: now };
    await this.#ask({
      method: 'PATCH',
      path: `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/status`,
      contentType: 'application/merge-patch+json',
      body: {
        status: {
          ...{ phase: isReady ? 'Running' : 'Pending', startTime: now, conditions: [condition] },
          ...{ initContainerStatuses: initial, containerStatuses: statuses },
        },
      },
    });
  }

  async #statuses(
    pod: Pod,
    containers: readonly Container[],
    ends: boolean,
  ): Promise<readonly { readonly ready: boolean }[]> {
    const all = [];
    for (const container of containers) {
      const { name, image, command } = container;
      const { id, why } = await this.#pull(pod, container);
      const cannotStart = command?.[0] === '/registry-cutover-canary';
      const [exitCode, reason] = cannotStart ? [128, 'StartError'] : [0, 'Completed'];
      const waiting = { reason: 'ImagePullBackOff', message: why };
      const pulled = ends || cannotStart ? { terminated: { exitCode, reason } } : { running: {} };
      all.push({
        ...{ name, image, imageID: id, restartCount: 0, ready: why === undefined, started: true },
        state: why === undefined ? pulled : { waiting },
      });
    }
    return all;
  }

  /** As containerd asks: the manifest of the reference, as each of the pod's logins for its host. */
  async #pull(pod: Pod, { image, imagePullPolicy }: Container): Promise<{ id: string; why?: string }> {
    const { host, repository, tag, digest } = parseImageReference(image);
    const url = this.#props.urlOf(host);
    if (url === undefined) return { id: '', why: `failed to pull ${image}: no such host` };
    const { namespace } = pod.metadata;
    let why = 'no login';
    for (const { name } of pod.spec.imagePullSecrets ?? []) {
      const secret = await this.#ask({ path: `/api/v1/namespaces/${namespace}/secrets/${name}` });
      const found = registryLogins((secret as { data?: Record<string, string> }).data)?.get(host) ?? '';
      const [username = '', password = ''] = found.split(':');
      const login = username === '' ? {} : { credentials: { username, password } };
      try {
        const client = new RegistryClient({ url, ...login });
        const manifest = await client.getManifest(repository, digest ?? tag ?? 'latest');
        const isPresent = imagePullPolicy !== 'Always' && this.cached.has(image);
        this.cached.add(image);
        const took = 'in 12ms (12ms including waiting). Image size: 1 bytes.';
        await this.#event(
          pod,
          isPresent
            ? `Container image "${image}" already present on machine`
            : `Successfully pulled image "${image}" ${took}`,
        );
        return { id: `${host}/${repository}@${manifest.digest}` };
      } catch (error) {
        why = String(error);
      }
    }
    return { id: '', why: `Back-off pulling image "${image}": ${why}` };
  }

  async #event({ metadata: { name, namespace, uid } }: Pod, message: string): Promise<void> {
    await this.#ask({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/events`,
      body: {
        ...{ apiVersion: 'v1', kind: 'Event', type: 'Normal', reason: 'Pulled', message },
        metadata: { generateName: `${name}.`, namespace },
        involvedObject: { kind: 'Pod', name, namespace, uid },
      },
    });
  }

  async #ask(request: KubeRequest): Promise<unknown> {
    return (await this.#props.kubernetes.request(request)).body;
  }
}
