import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, nodeOptions, type ProgramName } from '../../programs/bundle';
import { DEFAULT_POLICY } from '../../programs/retention/config';

/** How a process ended, and the most memory that it was seen to have. */
export interface ProcessEnding {
  readonly code: number | null;
  readonly output: string;
  readonly elapsedMs: number;
  readonly peakMiB: number;
}

export interface Started {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<ProcessEnding>;
}

const SAMPLING_MS = 20;

/** The bundled programs as processes under the flags of their pods. */
export class ProgramProcesses {
  readonly #folder = mkdtempSync(join(tmpdir(), 'programs-'));
  readonly #running = new Set<ChildProcess>();
  #starts = 0;

  constructor() {
    for (const program of Object.keys(nodeOptions) as ProgramName[])
      writeFileSync(join(this.#folder, `${program}.mjs`), bundle(program));
  }

  start(
    program: ProgramName,
    config: object,
    environment: NodeJS.ProcessEnv = {},
    { forge = 'secret-token', cluster = 'secret-token' }: { forge?: string; cluster?: string } = {},
  ): Started {
    const written = (name: string, text: string): string => {
      const path = join(this.#folder, `${this.#starts}-${name}`);
      writeFileSync(path, text);
      return path;
    };
    this.#starts += 1;
    const startedAt = performance.now();
    const path = join(this.#folder, `${program}.mjs`);
    const child = spawn(
      process.execPath,
      [...nodeOptions[program], path, written('config.json', JSON.stringify(config))],
      {
        env: {
          FORGEJO_TOKEN_FILE: written('forge', `${forge}\n`),
          KUBERNETES_TOKEN_FILE: written('cluster', `${cluster}\n`),
          ...{ POD_NAMESPACE: 'forgejo', POD_NAME: 'forgejo-cleanup-1' },
          ...environment,
        },
      },
    );
    this.#running.add(child);
    let output = '';
    let peakMiB = 0;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const sampling = setInterval(() => (peakMiB = Math.max(peakMiB, peakOf(child.pid))), SAMPLING_MS);
    const ended = new Promise<ProcessEnding>((resolve) => {
      child.once('close', (code) => {
        this.#running.delete(child);
        clearInterval(sampling);
        resolve({ code, output, peakMiB, elapsedMs: performance.now() - startedAt });
      });
    });
    return { ended, kill: (signal) => child.kill(signal) };
  }

  remove(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true });
  }
}

/** What a program is told that finds its servers there. */
export function configFor(
  program: ProgramName,
  {
    registryUrl,
    clusterUrl,
    pushgatewayUrl,
  }: { readonly registryUrl: string; readonly clusterUrl: string; readonly pushgatewayUrl: string },
): object {
  const common = { pushgatewayUrl, deadlineSeconds: 20, maxConcurrentRequests: 4 };
  const configs: Readonly<Record<ProgramName, object>> = {
    retention: {
      ...{ ...DEFAULT_POLICY, ...common, mode: 'enforce', forgeUrl: registryUrl },
      ...{ registryHosts: ['forge.example'], owner: 'viktor', tokenUser: 'viktor', estateReferences: [] },
      kubernetesUrl: clusterUrl,
    },
    'integrity-probe': {
      ...{ ...common, registryUrl, instance: 'forge.example', job: 'integrity', retiredJobs: [] },
      ...{ deployedReferences: [], intervalMinutes: 15, rereadDays: 7, deployedRereadDays: 1 },
      maxBytesPerRun: 0,
    },
    'woodpecker-sync': {
      ...{ vaultUrl: registryUrl, vaultAuthMount: 'kubernetes', vaultRole: 'sync', vaultMount: 'secret' },
      ...{
        woodpeckerUrl: clusterUrl,
        instance: 'ci.example',
        apiTokenPath: 'ci/global',
        apiTokenKey: 'token',
      },
      ...{ globalPath: 'ci/global', repositories: [], events: ['push'], filters: [] },
      ...{ pushgatewayUrl, deadlineSeconds: 20 },
    },
  };
  return configs[program];
}

function peakOf(pid = 0): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
