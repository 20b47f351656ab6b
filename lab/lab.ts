import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startAlertmanager, type Alertmanager } from './alertmanager';
import { createCertificateAuthority } from './certificate-authority';
import { startForge, type Forge, type ForgeProps } from './forge';
import { startKubernetes, type Kubernetes } from './kube-apiserver';
import { startControllerManager, type Controllers } from './kube-controller-manager';
import { startKyverno, type Kyverno } from './kyverno';
import { RunningLab, type LabContext } from './lab-context';
import { startLegacyRegistry, type LegacyRegistry, type LegacyRegistryProps } from './legacy-registry';
import { missingPrerequisites } from './prerequisites';
import { stderrProgress, type Progress } from './progress';
import { startPrometheus, type Prometheus, type PrometheusProps } from './prometheus';
import { startPushgateway, type Pushgateway } from './pushgateway';
import { createLab, sweepDeadLabs } from './state';
import type { ToolName } from './tools';
import { startTraefik, type Traefik } from './traefik';
import { startVault, type Vault } from './vault';

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
}

interface Servers {
  readonly forge: Forge;
  readonly legacyRegistry: LegacyRegistry;
  readonly pushgateway: Pushgateway;
  readonly kubernetes: Kubernetes;
  readonly controllers: Controllers;
  readonly kyverno: Kyverno;
  readonly traefik: Traefik;
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  readonly vault: Vault;
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
  const missing = missingPrerequisites();
  if (missing.length > 0) throw new Error(`lab: cannot run here: ${missing.join('; ')}`);
  for (const dead of sweepDeadLabs()) progress(`removed what the killed lab "${dead}" left`);

  const { folder, state } = createLab(name);
  mkdirSync(join(folder, 'certificates'));
  const authority = await createCertificateAuthority(join(folder, 'certificates'));
  const running = new RunningLab(folder, authority, progress, state);
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
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

  const { controllers: controlled, kyverno, traefik } = options;
  const served = [options.kubernetes, controlled, kyverno, traefik].includes(true);
  const kubernetes = served ? startKubernetes(lab) : undefined;
  const controllers =
    controlled === true || kyverno === true
      ? kubernetes?.then((api) => startControllerManager(lab, api))
      : undefined;
  const pushgateway = options.pushgateway === true ? startPushgateway(lab) : undefined;
  const alertmanager = options.alertmanager === true ? startAlertmanager(lab) : undefined;
  const started = {
    kubernetes,
    controllers,
    pushgateway,
    alertmanager,
    forge: forge && startForge(lab, forge),
    vault: options.vault && startVault(lab),
    legacyRegistry: legacyRegistry && startLegacyRegistry(lab, legacyRegistry),
    kyverno:
      kyverno && kubernetes && Promise.all([kubernetes, controllers]).then(([api]) => startKyverno(lab, api)),
    traefik: traefik && kubernetes?.then((api) => startTraefik(lab, api)),
    prometheus: prometheus && startMonitoring(lab, prometheus, pushgateway, alertmanager),
  };
  // All are awaited before one failure is told, so that none is still starting when the lab ends.
  const outcomes = await Promise.allSettled(
    Object.values(started).map((handle) => Promise.resolve<unknown>(handle)),
  );
  const failures = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => String(reason));
  if (failures.length > 0) throw new Error([...new Set(failures)].join('\n'));
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
