import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startAlertmanager, type Alertmanager } from '../servers/alertmanager';
import { createCertificateAuthority } from '../process/certificate-authority';
import { tunnelSocketOf } from '../network/cluster-network';
import { startForge, type Forge, type ForgeProps } from '../servers/forge';
import { startKubernetes } from '../servers/kube-apiserver';
import type { Kubernetes } from '../servers/kubernetes';
import { startControlPlane } from '../servers/control-plane';
import { startKyverno, type KyvernoProps } from '../servers/kyverno';
import { LabContext } from '../process/lab-context';
import {
  startLegacyRegistry,
  type LegacyRegistry,
  type LegacyRegistryProps,
} from '../servers/legacy-registry';
import { podRoutes, startPods, type Pods, type PodsProps } from '../machines/pods';
import { missingForPods, missingPrerequisites } from '../process/prerequisites';
import { tell } from '../process/progress';
import { startPrometheus, type Prometheus, type PrometheusProps } from '../servers/prometheus';
import { startPushgateway, type Pushgateway } from '../servers/pushgateway';
import { settle } from '../process/settle';
import { createLabFolder, sweepDeadLabs } from '../process/state';
import type { ToolName } from '../programs/tools';
import { startTraefik, type Traefik } from '../servers/traefik';
import { startVault, type Vault } from '../servers/vault';

/** What can be asked for; `true` means with its defaults. */
export interface LabOptions {
  readonly forge?: true | ForgeProps;
  readonly legacyRegistry?: true | LegacyRegistryProps;
  readonly pushgateway?: true;
  readonly kubernetes?: true;
  /** The cluster's own controllers, beside the API server, which is started with them. */
  readonly controllers?: true;
  /** The policy engine, beside the controllers, which are started with it. */
  readonly kyverno?: true | KyvernoProps;
  /** Serves the Ingresses of the API server, which is started with it. */
  readonly traefik?: true;
  /** Scrapes the Pushgateway and sends to the Alertmanager where these are asked for too. */
  readonly prometheus?: true | Pick<PrometheusProps, 'rules' | 'history'>;
  readonly alertmanager?: true;
  readonly vault?: true;
  /** Runs pods on nodes of the lab's own, beside the API server, which is started with it. Takes root. */
  readonly pods?: true | PodsProps;
}

interface Servers {
  readonly forge: Forge;
  readonly legacyRegistry: LegacyRegistry;
  readonly pushgateway: Pushgateway;
  readonly kubernetes: Kubernetes;
  /** These two are known by what they do in the cluster. */
  readonly controllers: unknown;
  readonly kyverno: unknown;
  readonly traefik: Traefik;
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  readonly vault: Vault;
  readonly pods: Pods;
}

export type ServerName = keyof Servers;

/** A running lab: a handle of each server that was asked for, and a context for servers that are started on it. */
export type Lab<Asked extends ServerName> = Pick<Servers, Asked> & LabContext;

const apiServer = ['etcd', 'kube-apiserver', 'kubectl'] as const;
const controllers = [...apiServer, 'kube-controller-manager'] as const;

/** The programs that each server is made of, those of the servers that it is started with included. */
export const requiredTools = {
  forge: ['gitea'],
  legacyRegistry: ['docker-registry'],
  pushgateway: ['pushgateway'],
  kubernetes: apiServer,
  controllers,
  kyverno: [...controllers, 'kyverno', 'kyverno-background-controller'],
  traefik: [...apiServer, 'traefik'],
  prometheus: ['prometheus'],
  alertmanager: ['alertmanager'],
  vault: ['vault'],
  pods: [
    ...[...controllers, ...(['kube-scheduler', 'kubelet', 'kube-proxy', 'nft', 'coredns'] as const)],
    ...(['containerd', 'ctr', 'crictl', 'runc', 'cni-bridge', 'node', 'busybox'] as const),
  ],
} as const satisfies Record<ServerName, readonly ToolName[]>;

/**
 * Starts real servers on loopback, and removes first what killed labs left; resolves when all are ready. If one of them
 * fails, the others are ended and the folder is removed before it rejects.
 */
export async function startLab<const Options extends LabOptions>(
  options: Options,
): Promise<Lab<keyof Options & ServerName>> {
  const missing = options.pods === undefined ? missingPrerequisites() : missingForPods();
  if (missing.length > 0) throw new Error(`lab: cannot run here: ${missing.join('; ')}`);
  for (const dead of sweepDeadLabs()) tell(`removed what the killed lab "${dead}" left`);

  const folder = createLabFolder();
  mkdirSync(join(folder, 'certificates'));
  const authority = await createCertificateAuthority(join(folder, 'certificates'));
  const lab = new LabContext(folder, authority);
  try {
    return Object.assign(lab, await startServers(lab, options)) as Lab<keyof Options & ServerName>;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** Starts what was asked for, and what that stands on, side by side where nothing depends on the other. */
async function startServers(lab: LabContext, options: LabOptions): Promise<Partial<Servers>> {
  const propsOf = <Props extends object>(option: true | Props | undefined): Partial<Props> =>
    option === true || option === undefined ? {} : option;
  /** A server's start, where it was asked for: something else uses the server only then. */
  const ifAsked = <T>(name: ServerName, start: () => Promise<T>): Promise<T> | undefined =>
    name in options ? start() : undefined;
  const start: { readonly [Name in ServerName]: () => Promise<Servers[Name]> } = {
    forge: once(() => startForge(lab, propsOf(options.forge))),
    legacyRegistry: once(() => startLegacyRegistry(lab, propsOf(options.legacyRegistry))),
    pushgateway: once(() => startPushgateway(lab)),
    alertmanager: once(() => startAlertmanager(lab)),
    vault: once(() => startVault(lab)),
    kubernetes: once(() => startKubernetes(lab, options.pods && tunnelSocketOf(lab))),
    controllers: once(async () =>
      startControlPlane(lab, await start.kubernetes(), 'kube-controller-manager'),
    ),
    traefik: once(async () => startTraefik(lab, await start.kubernetes())),
    kyverno: once(async () => {
      await start.controllers();
      return startKyverno(lab, await start.kubernetes(), propsOf(options.kyverno));
    }),
    prometheus: once(async () => {
      const pushgateway = await ifAsked('pushgateway', start.pushgateway);
      const alertmanager = await ifAsked('alertmanager', start.alertmanager);
      return startPrometheus(lab, {
        ...propsOf(options.prometheus),
        targets: pushgateway === undefined ? [] : [pushgateway.host],
        ...(alertmanager && { alertmanager: alertmanager.host }),
      });
    }),
    // Pods reach the servers that were asked for beside them.
    pods: once(async () => {
      const kubernetes = await start.kubernetes();
      const found = {
        forge: (await ifAsked('forge', start.forge))?.host,
        legacyRegistry: (await ifAsked('legacyRegistry', start.legacyRegistry))?.host,
        pushgateway: (await ifAsked('pushgateway', start.pushgateway))?.host,
        traefik: (await ifAsked('traefik', start.traefik))?.websecure,
      };
      const routes = Object.entries(podRoutes).flatMap(([name, route]) => {
        const to = found[name as keyof typeof found];
        return to === undefined ? [] : [{ ...route, to }];
      });
      const pods = startPods(lab, kubernetes, { ...propsOf(options.pods), routes });
      return (await settle([pods, start.controllers()]))[0];
    }),
  };

  const asked = Object.keys(options) as ServerName[];
  const handles = await settle(asked.map((name) => start[name]()));
  return Object.fromEntries(asked.map((name, index) => [name, handles[index]]));
}

/** A start that happens once, however many servers stand on it. */
function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => (started ??= start());
}
