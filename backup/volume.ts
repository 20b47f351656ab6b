import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { PassThrough, Writable, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Estate } from '../estate/estate';
import { Refused } from '../steps/refused';
import type { Ran } from '../terminal/run';
import { said } from '../terminal/said';
import { unwritable } from '../terminal/unwritable';

/** Runs `kubectl`, until it is told to end; a volume's content passes as bytes. */
export type Kubectl = (
  args: readonly string[],
  how?: { readonly input?: string | Readable; readonly output?: Writable; readonly signal?: AbortSignal },
) => Promise<Ran>;

export interface VolumeProps {
  readonly estate: Estate;
  /** The archive; its SHA-256 lies beside it, as `sha256sum -c` reads it. */
  readonly file: string;
  readonly kubectl: Kubectl;
  readonly tell: (line: string) => void;
}

/** An archive as it was written. */
export interface Saved {
  readonly bytes: number;
  readonly sha256: string;
}

const told = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const pod = 'forgejo-volume';
const deployment = 'deploy/forgejo';
const stopSeconds = 300;
const startSeconds = 900;
/** What both scripts end with where the volume is not as they need it. */
const scriptRefused = 3;

/**
 * Forgejo's whole volume as one archive: database, packages and repositories of one moment, since Forgejo is stopped while
 * it is read. However this ends, Forgejo is started again.
 */
export async function saveVolume(props: VolumeProps): Promise<Saved> {
  const { file, tell } = props;
  const half = `${file}.partial`;
  if (existsSync(file))
    throw new Refused([`${file}: is there already, got a backup that would be lost; name another`]);
  try {
    writeFileSync(half, '', { mode: 0o600 });
  } catch (error) {
    throw new Refused([unwritable('backup', half, error)]);
  }
  try {
    const mayStart = (error: unknown): boolean => !(error instanceof LeftStopped);
    return await onStoppedVolume(props, mayStart, async (exec) => {
      tell(`reading the volume into ${file}`);
      const through = new PassThrough();
      const [ran, saved] = await Promise.all([
        exec('save', [], { output: through }),
        hashed(through, createWriteStream(half, { mode: 0o600 })),
      ]);
      if (ran.code === scriptRefused)
        throw new LeftStopped(`${file}: was not written, got ${said(ran)}; restore again`);
      const claimed = ran.stderr.trim().split('\n').at(-1) ?? '';
      if (ran.code !== 0 || claimed !== saved.sha256 || saved.bytes === 0)
        throw new Error(
          `${file}: is not what the volume holds, got ${saved.bytes} bytes of SHA-256 ${saved.sha256} and ${said(ran)}; run it again`,
        );
      renameSync(half, file);
      writeFileSync(`${file}.sha256`, `${saved.sha256}  ${basename(file)}\n`);
      return saved;
    });
  } finally {
    rmSync(half, { force: true });
  }
}

/**
 * Fills an empty volume from an archive, and starts Forgejo on it. A volume that holds anything is refused untouched; what
 * a restore that was cut left is known, and is begun anew.
 */
export async function restoreVolume(props: VolumeProps): Promise<Saved> {
  const { file, tell, estate } = props;
  const { namespace, storage } = estate.forgejo;
  const absent = [file, `${file}.sha256`].filter((each) => !existsSync(each));
  if (absent.length > 0)
    throw new Refused(absent.map((each) => `${each}: no such file, got none; name what "backup" wrote`));
  const [expected = ''] = readFileSync(`${file}.sha256`, 'utf8').split(' ');
  const saved = await hashed(createReadStream(file));
  if (saved.sha256 !== expected)
    throw new Refused([
      `${file}: is not what was saved, got SHA-256 ${saved.sha256}, expected ${expected}; take another backup`,
    ]);
  // On an empty or a half-filled volume Forgejo would begin anew.
  const mayStart = (error: unknown): boolean => error instanceof Refused;
  return onStoppedVolume(props, mayStart, async (exec) => {
    tell(`filling the volume from ${file}`);
    const ran = await exec('load', [saved.sha256], { input: createReadStream(file) });
    if (ran.code === 0) return saved;
    if (ran.code !== scriptRefused)
      throw new LeftStopped(`${file}: was not restored, got ${said(ran)}; run it again`);
    throw new Refused([
      `claim "${namespace}/${storage.claimName}": is not empty, got ${said(ran)}; docs/runbooks/backup-and-restore.md says how to set it aside`,
    ]);
  });
}

/** The volume is in no state for Forgejo, which therefore stays stopped. */
class LeftStopped extends Error {}

type Exec = (
  script: 'save' | 'load',
  args: readonly string[],
  streams: Parameters<Kubectl>[1],
) => Promise<Ran>;

/** Mounts the volume in a pod of Forgejo's image, Forgejo being stopped; starts it again, unless it must not be. */
async function onStoppedVolume<T>(
  { estate: { forgejo }, kubectl, tell }: VolumeProps,
  mayStart: (error: unknown) => boolean,
  use: (exec: Exec) => Promise<T>,
): Promise<T> {
  // Ctrl-C, or a terminal that closes, ends the kubectl that runs, and with it what is done here; nothing else would start
  // Forgejo again.
  const ended = new AbortController();
  let until: { readonly signal?: AbortSignal } = { signal: ended.signal };
  const end = (): void => {
    ended.abort();
  };
  for (const signal of told) process.on(signal, end);
  const cluster = async (args: readonly string[], input?: string): Promise<string> => {
    const how = { ...until, ...(input === undefined ? {} : { input }) };
    const ran = await kubectl(['-n', forgejo.namespace, ...args], how);
    if (ran.code === 0) return ran.stdout;
    throw new Error(
      `kubectl: "${args.slice(0, 3).join(' ')}" failed, got ${said(ran)}; correct KUBECONFIG, or look at the cluster`,
    );
  };
  const drop = (): Promise<string> => cluster(['delete', 'pod', pod, '--ignore-not-found', '--timeout=120s']);
  const generation = (): Promise<string> =>
    cluster(['get', deployment, '-o', 'jsonpath={.metadata.generation}']);
  let stopped = '';
  const exec: Exec = async (script, args, streams) => {
    const ran = await kubectl(
      [
        ...['-n', forgejo.namespace, 'exec', ...(streams?.input === undefined ? [] : ['-i']), pod, '--'],
        ...['sh', '-c', readFileSync(join(__dirname, `${script}.sh`), 'utf8'), script, '/data', ...args],
      ],
      { ...until, ...streams },
    );
    // An apply, or another backup, scales it: then files changed while they were read or written.
    if (ran.code === 0 && (await generation()) !== stopped)
      throw new (script === 'load' ? LeftStopped : Error)(
        `${deployment}: was changed by somebody else meanwhile, got another generation; run it again when nothing applies`,
      );
    return ran;
  };
  let [began, start] = [false, true];
  try {
    await drop();
    began = true;
    tell('stopping Forgejo');
    await cluster(['scale', deployment, '--replicas=0']);
    const endMs = Date.now() + stopSeconds * 1000;
    while ((await cluster(['get', 'pods', '-l', 'app=forgejo', '-o', 'name'])).trim() !== '') {
      if (Date.now() > endMs)
        throw new Error(`${deployment}: its pod does not end, got ${stopSeconds} s of waiting; look at it`);
      await sleep(1000);
    }
    stopped = await generation();
    await cluster(['apply', '-f', '-'], JSON.stringify(podOf(forgejo)));
    await cluster(['wait', '--for=condition=Ready', `pod/${pod}`, `--timeout=${stopSeconds}s`]);
    return await use(exec);
  } catch (error) {
    start = mayStart(error);
    // What follows may fail too, and would hide it.
    tell(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    until = {};
    // A pod that does not go must not keep Forgejo from coming back; the next run removes it.
    await drop().catch((error: unknown) => {
      tell(error instanceof Error ? error.message : String(error));
    });
    if (!began) tell('Forgejo was left as it is');
    else if (start) {
      tell('starting Forgejo');
      await again(() => cluster(['scale', deployment, '--replicas=1']), tell);
      await cluster(['rollout', 'status', deployment, `--timeout=${startSeconds}s`]);
    } else tell('Forgejo stays stopped');
    for (const signal of told) process.off(signal, end);
  }
}

/** Half a minute for an API server that is away for a moment: nothing else starts Forgejo. */
async function again(work: () => Promise<unknown>, tell: (line: string) => void): Promise<void> {
  for (let left = 10; ; left -= 1)
    try {
      await work();
      return;
    } catch (error) {
      if (left === 0) throw error;
      tell(error instanceof Error ? error.message : String(error));
      await sleep(3000);
    }
}

function podOf({ namespace, image, storage }: Estate['forgejo']): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'volume',
          image,
          command: ['sleep', '86400'],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '1Gi' } },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: storage.claimName } }],
    },
  };
}

/** What passes, counted and hashed, on its way to `into` or to nobody. */
async function hashed(from: Readable, into: Writable = discarding()): Promise<Saved> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    from,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    },
    into,
  );
  return { bytes, sha256: hash.digest('hex') };
}

const discarding = (): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
