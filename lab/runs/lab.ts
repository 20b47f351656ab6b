import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startAlertmanager, type Alertmanager } from '../servers/alertmanager';
import { createCertificateAuthority } from '../process/certificate-authority';
import { cgroupOf, removeCgroup } from '../process/cgroups';
import { tunnelSocketOf } from '../network/cluster-network';
import { startForge, type Forge, type ForgeProps } from '../servers/forge';
import { startKubernetes } from '../servers/kube-apiserver';
import type { Kubernetes } from '../servers/kubernetes';
import { startControlPlane, type ControlPlaneProgram } from '../servers/control-plane';
import { startKyverno, type Kyverno } from '../servers/kyverno';
import { RunningLab, type LabContext } from '../process/lab-context';
import {
  startLegacyRegistry,
  type LegacyRegistry,
  type LegacyRegistryProps,
} from '../servers/legacy-registry';
import { podRoutes, startPods, type Pods, type PodsProps } from '../machines/pods';
import { checkPrerequisites } from '../process/prerequisites';
import { stderrProgress, type Progress } from '../process/progress';
import { startPrometheus, type Prometheus, type PrometheusProps } from '../servers/prometheus';
import { startPushgateway, type Pushgateway } from '../servers/pushgateway';
import { settle } from '../process/settle';
import { createLab, removeLabFolder, sweepDeadLabs } from '../process/state';
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
  readonly kyverno?: true;
  /** Serves the Ingresses of the API server, which is started with it. */
  readonly traefik?: true;
  /** Scrapes the Pushgateway and sends to the Alertmanager where these are asked for too. */
  readonly prometheus?: true | PrometheusProps;
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
  readonly controllers: ControlPlaneProgram;
  readonly kyverno: Kyverno;
  readonly traefik: Traefik;
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  readonly vault: Vault;
  readonly pods: Pods;
}

export type ServerName = keyof Servers;

/**
 * A running lab: a handle of each server that was asked for. It is a context itself, for servers that are started
 * on it because they need to know where the first ones are.
 */
export type Lab<Asked extends ServerName> = Pick<Servers, Asked> &
  LabContext & {
    readonly name: string;
    /** Ends every server and removes the folder. */
    stop(): Promise<void>;
  };

/** The programs that a server needs; the first of a list that the machine has, or the last. */
export const requiredTools = {
  forge: ['gitea'],
  legacyRegistry: ['docker-registry'],
  pushgateway: ['pushgateway'],
  kubernetes: ['etcd', 'kube-apiserver', 'kubectl'],
  controllers: ['etcd', 'kube-apiserver', 'kubectl', 'kube-controller-manager'],
  kyverno: [
    ...['etcd', 'kube-apiserver', 'kubectl', 'kube-controller-manager'],
    ...['kyverno', 'kyverno-background-controller'],
  ],
  traefik: ['etcd', 'kube-apiserver', 'kubectl', 'traefik'],
  prometheus: ['prometheus'],
  alertmanager: ['alertmanager'],
  vault: ['vault'],
  pods: [
    ...([
      'etcd',
      'kube-apiserver',
      'kubectl',
      'kube-controller-manager',
      'kube-scheduler',
      'kubelet',
    ] as const),
    ...([
      'kube-proxy',
      'nft',
      'coredns',
      'containerd',
      'ctr',
      'runc',
      'cni-bridge',
      'node',
      'busybox',
    ] as const),
  ],
} as const satisfies Record<ServerName, readonly ToolName[]>;

export interface LabSettings {
  /** Two labs of different names run beside each other. @default a random one */
  readonly name?: string;
  /** @default standard error */
  readonly progress?: Progress;
  /** What was asked for and cannot be had, for the printed table. @default [] */
  readonly unavailable?: readonly string[];
}

/**
 * Starts real servers on loopback and resolves when all are ready. If one of them fails, the
 * others are ended and the folder is removed before it rejects. Whatever an earlier lab left whose
 * process was killed is removed first.
 */
export async function startLab<const Options extends LabOptions>(
  options: Options,
  {
    name = `lab-${randomBytes(4).toString('hex')}`,
    progress = stderrProgress,
    unavailable = [],
  }: LabSettings = {},
): Promise<Lab<keyof Options & ServerName>> {
  checkPrerequisites({ pods: options.pods !== undefined });
  for (const dead of sweepDeadLabs()) progress(`removed what the killed lab "${dead}" left`);

  const { folder, state } = createLab(name);
  mkdirSync(join(folder, 'certificates'));
  const authority = await createCertificateAuthority(join(folder, 'certificates'));
  const running = new RunningLab(folder, authority, progress, state);
  const stop = async (): Promise<void> => {
    await running.stop();
    removeCgroup(cgroupOf(folder));
    removeLabFolder(folder);
  };
  try {
    const servers = await startServers(running, options);
    running.write({ ready: true, unavailable });
    const context: LabContext = {
      folder,
      authority,
      progress,
      serverFolder: (server) => running.serverFolder(server),
      start: (server) => running.start(server),
      show: (server) => {
        running.show(server);
      },
      atEnd: (task) => {
        running.atEnd(task);
      },
    };
    return { ...context, ...servers, name, stop } as Lab<keyof Options & ServerName>;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts what was asked for, side by side where nothing depends on the other. */
async function startServers(lab: LabContext, options: LabOptions): Promise<Partial<Servers>> {
  const asked = <Props extends object>(option: true | Props | undefined): Partial<Props> | undefined =>
    option === true ? {} : option;
  const forge = asked(options.forge);
  const legacyRegistry = asked(options.legacyRegistry);
  const prometheus = asked(options.prometheus);

  const pods = asked(options.pods);
  const { controllers: controlled, kyverno, traefik } = options;
  const served = [options.kubernetes, controlled, kyverno, traefik].includes(true) || pods !== undefined;
  const kubernetes = served
    ? startKubernetes(lab, pods === undefined ? {} : { tunnelSocket: tunnelSocketOf(lab) })
    : undefined;
  const controllers =
    controlled === true || kyverno === true || pods !== undefined
      ? kubernetes?.then((api) => startControlPlane(lab, api, 'kube-controller-manager'))
      : undefined;
  const pushgateway = options.pushgateway === true ? startPushgateway(lab) : undefined;
  const alertmanager = options.alertmanager === true ? startAlertmanager(lab) : undefined;
  const reachedByPods = {
    pushgateway,
    forge: forge && startForge(lab, forge),
    vault: options.vault && startVault(lab),
    legacyRegistry: legacyRegistry && startLegacyRegistry(lab, legacyRegistry),
    traefik: traefik && kubernetes?.then((api) => startTraefik(lab, api)),
  };
  const started = {
    ...reachedByPods,
    kubernetes,
    controllers,
    alertmanager,
    kyverno:
      kyverno && kubernetes && Promise.all([kubernetes, controllers]).then(([api]) => startKyverno(lab, api)),
    prometheus: prometheus && startMonitoring(lab, prometheus, pushgateway, alertmanager),
    pods: pods && kubernetes && startPodsBeside(lab, kubernetes, pods, reachedByPods),
  };
  await settle(Object.values(started));
  const handles: Record<string, unknown> = {};
  for (const [name, handle] of Object.entries(started)) handles[name] = await handle;
  return handles;
}

async function startMonitoring(
  lab: LabContext,
  props: PrometheusProps,
  pushgateway: Promise<Pushgateway> | undefined,
  alertmanager: Promise<Alertmanager> | undefined,
): Promise<Prometheus> {
  const targets = [...(props.targets ?? [])];
  if (pushgateway !== undefined) targets.push(new URL((await pushgateway).url).host);
  const receiver = alertmanager === undefined ? props.alertmanager : (await alertmanager).host;
  return startPrometheus(lab, {
    ...props,
    targets,
    ...(receiver === undefined ? {} : { alertmanager: receiver }),
  });
}

interface ReachedByPods {
  readonly forge: Promise<Forge> | undefined;
  readonly legacyRegistry: Promise<LegacyRegistry> | undefined;
  readonly pushgateway: Promise<Pushgateway> | undefined;
  readonly traefik: Promise<Traefik> | undefined;
}

/** Pods reach the servers that were asked for beside them. */
async function startPodsBeside(
  lab: LabContext,
  kubernetes: Promise<Kubernetes>,
  props: PodsProps,
  servers: ReachedByPods,
): Promise<Pods> {
  const pushgateway = await servers.pushgateway;
  const found = {
    forge: (await servers.forge)?.host,
    legacyRegistry: (await servers.legacyRegistry)?.host,
    pushgateway: pushgateway && new URL(pushgateway.url).host,
    traefik: (await servers.traefik)?.websecure,
  };
  const routes = Object.entries(podRoutes).flatMap(([name, route]) => {
    const to = found[name as keyof ReachedByPods];
    return to === undefined ? [] : [{ ...route, to }];
  });
  return startPods(lab, await kubernetes, { ...props, routes: [...routes, ...(props.routes ?? [])] });
}
