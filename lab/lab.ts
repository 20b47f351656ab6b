import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority } from './certificate-authority';
import { startForge, type Forge, type ForgeProps } from './forge';
import { startKubernetes, type Kubernetes } from './kube-apiserver';
import { RunningLab, type LabContext } from './lab-context';
import { startLegacyRegistry, type LegacyRegistry, type LegacyRegistryProps } from './legacy-registry';
import { missingPrerequisites } from './prerequisites';
import { stderrProgress, type Progress } from './progress';
import { startPushgateway, type Pushgateway } from './pushgateway';
import { createLab, sweepDeadLabs } from './state';
import type { ToolName } from './tools';

/** What can be asked for; `true` means with its defaults. */
export interface LabOptions {
  readonly forge?: true | ForgeProps;
  readonly legacyRegistry?: true | LegacyRegistryProps;
  readonly pushgateway?: true;
  readonly kubernetes?: true;
}

interface Servers {
  readonly forge: Forge;
  readonly legacyRegistry: LegacyRegistry;
  readonly pushgateway: Pushgateway;
  readonly kubernetes: Kubernetes;
}

export type ServerName = keyof Servers;

/** A running lab: a handle of each server that was asked for. */
export type Lab<Asked extends ServerName> = Pick<Servers, Asked> & {
  readonly name: string;
  /** Its folder: state, data and logs. Removed by `stop`. */
  readonly folder: string;
  /** Ends every server and removes the folder. */
  stop(): Promise<void>;
};

/** The programs that a server needs; the first of a list that the machine has, or the last. */
export const requiredTools = {
  forge: ['gitea'],
  legacyRegistry: ['docker-registry'],
  pushgateway: ['pushgateway'],
  kubernetes: ['etcd', 'kube-apiserver', 'kubectl'],
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
    return { ...servers, name, folder, stop } as Lab<keyof Options & ServerName>;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts what was asked for, side by side where nothing depends on the other. */
async function startServers(lab: LabContext, options: LabOptions): Promise<Partial<Servers>> {
  const { forge, legacyRegistry, pushgateway, kubernetes } = options;
  const started: Partial<Record<ServerName, Promise<unknown>>> = {
    ...(forge === undefined ? {} : { forge: startForge(lab, forge === true ? {} : forge) }),
    ...(legacyRegistry === undefined
      ? {}
      : { legacyRegistry: startLegacyRegistry(lab, legacyRegistry === true ? {} : legacyRegistry) }),
    ...(pushgateway === undefined ? {} : { pushgateway: startPushgateway(lab) }),
    ...(kubernetes === undefined ? {} : { kubernetes: startKubernetes(lab) }),
  };
  const outcomes = await Promise.allSettled(Object.values(started));
  const failures = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => String(reason));
  if (failures.length > 0) throw new Error(failures.join('\n'));
  const handles = await Promise.all(
    Object.entries(started).map(async ([name, handle]) => [name, await handle] as const),
  );
  return Object.fromEntries(handles);
}
