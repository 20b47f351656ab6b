import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { live, type Program } from '../../programs/life';
import { FakeCluster } from './fake-cluster';
import { answer, hostileAnswer, isDone, type HostileAnswer } from './hostile-answer';

/** Which requests of a run are answered with hostility: of this kind, from the so-many-eth on, so many of them. */
interface Fault {
  readonly at: string;
  readonly from: number;
  readonly times: number;
  readonly answer: HostileAnswer;
}

/** What the servers of one run do, and when it is interrupted. */
export interface Script {
  readonly faults: readonly Fault[];
  /** What a host answers that nobody declared. */
  readonly stranger: 'token' | 'challenge' | 'back' | 'silence';
  readonly scheme: 'basic' | 'bearer';
  readonly interruption: { readonly after: number; readonly by: string } | null;
}

const how = { times: fc.constantFrom(1, 1, 2, 1_000), answer: hostileAnswer };

/** Scripts for a program that makes requests of these kinds. */
export function scripts(kinds: readonly string[]): fc.Arbitrary<Script> {
  const fault = fc.oneof(
    { weight: 1, arbitrary: fc.record({ at: fc.constant('any'), from: fc.nat(48), ...how }) },
    {
      weight: 2,
      arbitrary: fc.record({ at: fc.constantFrom(...kinds), from: fc.constantFrom(0, 0, 1, 2, 5), ...how }),
    },
  );
  return fc.record({
    faults: fc.array(fault, { minLength: 1, maxLength: 3, size: 'max' }),
    stranger: fc.constantFrom('token' as const, 'challenge' as const, 'back' as const, 'silence' as const),
    scheme: fc.constantFrom('basic' as const, 'bearer' as const),
    interruption: fc.oneof(
      { weight: 2, arbitrary: fc.constant(null) },
      fc.record({
        after: fc.nat(50),
        by: fc.constantFrom('SIGTERM', 'SIGTERM', 'SIGINT', 'uncaughtException', 'unhandledRejection'),
      }),
    ),
  });
}

/** A server of ours, in whose place a script may answer. */
interface Interceptable {
  readonly url: string;
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** How long a run may take, and how long its program waits for an answer. */
export interface Pace {
  readonly deadlineSeconds: number;
  readonly timeoutMs: number;
}

/** Counts the requests to all servers of one run, and answers those that its script is about. */
export class Stage {
  /** `METHOD url` and headers of every request that a server had, by server. */
  readonly heard = new Map<string, string[]>();
  /** Faults that came about, by how they answer. */
  readonly played: string[] = [];
  /** Whether the Pushgateway did the so-many-eth push. */
  readonly told: boolean[] = [];
  requests = 0;
  onInterruption: (by: string) => void = () => undefined;
  readonly #counts = new Map<string, number>();
  readonly #answered: number[];

  constructor(
    readonly script: Script,
    readonly stranger: string,
    readonly pace: Pace,
  ) {
    this.#answered = script.faults.map(() => 0);
  }

  /** Stands before a server; `kindOf` names each of its requests. */
  before(name: string, server: Interceptable, kindOf: (request: IncomingMessage) => string): void {
    const heard: string[] = [];
    this.heard.set(name, heard);
    server.intercept = (request, response) => {
      heard.push(described(request));
      const kind = kindOf(request);
      this.requests += 1;
      const { interruption } = this.script;
      if (interruption?.after === this.requests - 1) this.onInterruption(interruption.by);
      const hostile = this.#hostile(kind);
      if (kind === 'tell') this.told.push(hostile === undefined || isDone(hostile));
      if (hostile === undefined) return false;
      this.played.push(hostile.kind);
      return answer(hostile, request, response, { own: server.url, stranger: this.stranger });
    };
  }

  #hostile(kind: string): HostileAnswer | undefined {
    const counted = new Map([kind, 'any'].map((name) => [name, this.#counts.get(name) ?? 0]));
    for (const [name, count] of counted) this.#counts.set(name, count + 1);
    const place = this.script.faults.findIndex(
      ({ at, from, times }, index) => (counted.get(at) ?? -1) >= from && (this.#answered[index] ?? 0) < times,
    );
    if (place >= 0) this.#answered[place] = (this.#answered[place] ?? 0) + 1;
    return this.script.faults[place]?.answer;
  }
}

/** What became of one run. */
export interface Ending {
  readonly code: number;
  readonly output: string;
  readonly elapsedMs: number;
  /** The metric as the Pushgateway has it. */
  readonly success: string | undefined;
  readonly stage: Stage;
}

/** The rest of the world of one run, and what must hold of it afterwards beside what holds for every run. */
export interface World {
  readonly stage: Stage;
  readonly program: Program;
  /** For a process of the same program: what it is told, and by which ways. */
  readonly config: object;
  readonly environment: NodeJS.ProcessEnv;
  readonly tokens: Readonly<Partial<Record<'forge' | 'cluster', string>>>;
  /** The server that a host's secret belongs to, by that secret. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly lost: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** Runs the program of a world until it ends. */
export type Life = (world: World) => Promise<Pick<Ending, 'code' | 'output' | 'elapsedMs'>>;

export type MakeWorld = (stage: Stage, gateway: FakeCluster) => Promise<World>;

const GRACE_MS = 5_000;
/** A processor that others share lets timers be late. */
const LATE_MS = 10_000;

/** Plays one script; answers what it broke, and how it went. */
export async function play(
  script: Script,
  pace: Pace,
  make: MakeWorld,
  life: Life = inThisProcess,
): Promise<{ readonly broken: string[]; readonly ending: Ending }> {
  const stranger = await startStranger(script);
  const gateway = await new FakeCluster().start();
  const stage = new Stage(script, stranger.url, pace);
  stage.heard.set('stranger', stranger.heard);
  stage.before('gateway', gateway, ({ method }) => (method === 'GET' ? 'metrics' : 'tell'));
  const world = await make(stage, gateway);
  try {
    const ending = { ...(await life(world)), stage, success: successOf(gateway) };
    return { broken: [...brokenBy(ending, world), ...world.lost()], ending };
  } finally {
    await Promise.all([world.stop(), gateway.stop(), stranger.stop()]);
  }
}

const inThisProcess: Life = async ({ program, stage }) => {
  let output = '';
  const stream = {
    on: () => undefined,
    write: (text: string, done?: () => void) => {
      output += text;
      done?.();
      return true;
    },
  } as unknown as NodeJS.WriteStream;
  const host = Object.assign(new EventEmitter(), { stdout: stream, stderr: stream, exit: () => undefined });
  stage.onInterruption = (by) => host.emit(by, new Error('nobody expects \u001b[2J'));
  const startedAt = performance.now();
  // One that never ends is left behind, so that the others can be told.
  const limitMs = stage.pace.deadlineSeconds * 1000 + GRACE_MS + LATE_MS;
  const code = await Promise.race([live(program, host), sleep(limitMs, -1, { ref: false })]);
  const elapsedMs = performance.now() - startedAt;
  return { code, output, elapsedMs };
};

export function successOf({ metrics }: FakeCluster): string | undefined {
  return [...metrics].find(([series]) => /(retention|integrity)_success\{/.test(series))?.[1];
}

/** Raw messages of the language, of Node and of its libraries. */
const RAW =
  /Cannot (read|convert|destructure|access|set)|is not (a function|iterable|defined)|Unexpected (token|end|non-)|\[object Object\]|Invalid (array|string|URL|time)|TypeError|RangeError|\bat .*:\d+:\d+|JSON at position|undefined/;

/** What every run of every program promises. */
function brokenBy(
  { code, output, elapsedMs, success, stage }: Ending,
  { secrets }: Pick<World, 'secrets'>,
): readonly string[] {
  const broken: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) broken.push(what);
  };
  must(elapsedMs < stage.pace.deadlineSeconds * 1000 + GRACE_MS + LATE_MS, `ended after ${elapsedMs} ms`);
  must(!output.includes('was cut off'), 'did not end by itself');
  // That a push arrived whose answer did not cannot be known; the one behind it says so, if it gets through.
  const agrees = (success === '1') === (code === 0);
  must(agrees || (code !== 0 && stage.told.at(-1) === false), `exit code ${code} and success ${success}`);
  must(stage.told.some((told) => !told) || success !== undefined, 'pushed no metrics');
  must(
    !/told to stop|its deadline of|that nobody expected/.test(output) || code !== 0,
    'interrupted, exit code 0',
  );
  must(!/broken: .*(told to stop|its deadline of)/.test(output), 'blames an image for the end of the run');
  must(stage.requests < 2_000, `made ${stage.requests} requests`);
  for (const line of output.split('\n')) {
    must(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line), `a control character in ${JSON.stringify(line)}`);
    must(line.length < 4_200, `a line of ${line.length} characters`);
    must(
      !/(refused|upload).*got 40[13]|refuse.? these credentials/.test(line) ||
        /( takes the | without a login|follow no redirect)/.test(line),
      `a refusal that does not say what to do: ${line}`,
    );
    must(!RAW.test(line.replace(/got (".*"|\[.*\]|\{.*\})/, '')), `a raw message: ${line}`);
  }
  must(code === 0 || output.trim() !== '', 'failed without a word');
  for (const [secret, owner] of secrets) {
    const spellings = [secret, Buffer.from(secret).toString('base64')];
    must(!spellings.some((each) => output.includes(each)), `the output has ${secret}`);
    for (const [server, heard] of stage.heard)
      if (server !== owner)
        must(!heard.some((each) => spellings.some((text) => each.includes(text))), `${server} has ${secret}`);
  }
  const strangers = stage.heard.get('stranger') ?? [];
  must(!strangers.some((each) => /authorization/i.test(each)), 'a stranger was sent a credential');
  return broken;
}

function described({ method, url, headers }: IncomingMessage): string {
  const basic = Buffer.from(headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
  return `${method ?? ''} ${url ?? ''} ${JSON.stringify(headers)} ${basic}`;
}

interface Stranger {
  readonly url: string;
  readonly heard: string[];
  stop(): Promise<void>;
}

async function startStranger({ stranger }: Script): Promise<Stranger> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(described(request));
    if (stranger === 'token') response.end('{"token":"from-a-stranger"}');
    else if (stranger === 'challenge')
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="/steal",service="x",scope="y"' }).end();
    else if (stranger === 'back')
      response.writeHead(307, { location: `http://${request.headers.host ?? ''}/again` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    heard,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
