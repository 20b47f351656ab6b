import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bundle } from '../../programs/bundle';
import { DEFAULT_POLICY } from '../../programs/retention/config';
import { FakeCluster } from '../support/fake-cluster';

const programs = ['retention', 'integrity-probe'] as const;
let folder: string;
let metrics: FakeCluster;
let server: Server;
let answer: (head: string) => string | undefined;
const sockets = new Set<Socket>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'life-'));
  for (const program of programs) writeFileSync(join(folder, `${program}.mjs`), bundle(program));
  writeFileSync(join(folder, 'token'), 'secret-token\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  metrics = await new FakeCluster().start();
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (head) => {
      const text = answer(head.toString('latin1'));
      if (text !== undefined) socket.write(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await metrics.stop();
});

interface Ending {
  readonly code: number | null;
  readonly output: string;
  readonly success: string | undefined;
}

async function live(
  program: (typeof programs)[number],
  changes: object = {},
  {
    onStart,
    environment = {},
  }: { onStart?: (stop: () => void) => void; environment?: NodeJS.ProcessEnv } = {},
): Promise<Ending> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const common = { pushgatewayUrl: metrics.url, deadlineSeconds: 20, maxConcurrentRequests: 4 };
  const configs = {
    retention: {
      ...{ ...DEFAULT_POLICY, ...common, mode: 'enforce', forgeUrl: url, registryHosts: ['forge.example'] },
      ...{ owner: 'viktor', tokenUser: 'viktor', estateReferences: [], kubernetesUrl: url },
    },
    'integrity-probe': {
      ...{ ...common, registryUrl: url, instance: 'forge.example', job: 'integrity', retiredJobs: [] },
      ...{
        deployedReferences: [],
        intervalMinutes: 15,
        rereadDays: 7,
        deployedRereadDays: 1,
        maxBytesPerRun: 0,
      },
    },
  };
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ ...configs[program], ...changes }));
  const token = join(folder, 'token');
  const child = spawn(process.execPath, [join(folder, `${program}.mjs`), config], {
    env: {
      ...{ FORGEJO_TOKEN_FILE: token, KUBERNETES_TOKEN_FILE: token },
      ...{ POD_NAMESPACE: 'forgejo', POD_NAME: 'run' },
      ...environment,
    },
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  onStart?.(() => child.kill('SIGTERM'));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const success = [...metrics.metrics].find(([series]) =>
    /(retention|integrity)_success\{/.test(series),
  )?.[1];
  return { code, output, success };
}

describe.each(programs)('the life of %s', (program) => {
  it('ends with failure when every answer is a change of protocol', async () => {
    answer = () => 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n';
    const { code, output, success } = await live(program);

    expect({ code, success }).toEqual({ code: 1, success: '0' });
    expect(output).toContain('a change of protocol that nobody asked for');
  }, 60_000);

  it('ends when it is told to, with its metrics, whatever does not answer', async () => {
    let stop = (): void => undefined;
    let stoppedAt = Infinity;
    answer = () => {
      if (stoppedAt === Infinity) {
        stoppedAt = Date.now();
        stop();
      }
      return undefined;
    };
    const { code, output, success } = await live(program, {}, { onStart: (kill) => (stop = kill) });

    expect({ code, success }).toEqual({ code: 1, success: '0' });
    expect(output).toContain('told to stop (SIGTERM)');
  }, 60_000);

  it('ends at its deadline', async () => {
    answer = () => undefined;
    const { code, output, success } = await live(program, { deadlineSeconds: 1 });

    expect({ code, success }).toEqual({ code: 1, success: '0' });
    expect(output).toContain('its deadline of 1 s has passed');
  }, 60_000);

  it('is not begun with a configuration of which anything is wrong, and names all of it', async () => {
    const { code, output } = await live(program, {
      pushgatewayUrl: 'http://user:secret@gateway',
      maxConcurrentRequests: 1e9,
      unheard: 1,
    });

    expect(code).toBe(3);
    expect(output).toMatch(
      /pushgatewayUrl must be .*maxConcurrentRequests must be .*unheard is not a setting/,
    );
    expect(output).not.toContain('secret');
    expect(output.trim().split('\n')).toHaveLength(1);
  });
});

it('the probe with half a credential is not begun', async () => {
  const { code, output } = await live('integrity-probe', {}, { environment: { REG_USER: 'puller' } });

  expect(code).toBe(3);
  expect(output).toContain('half a credential, got no REG_PASS');
});

it('the probe that a token service refuses ends', async () => {
  const none = 'content-length: 1000\r\n\r\nx';
  answer = (head) =>
    head.startsWith('GET /token')
      ? `HTTP/1.1 401 No\r\n${none}`
      : `HTTP/1.1 401 No\r\nwww-authenticate: Bearer realm="/token"\r\n${none}`;
  const environment = { REG_USER: 'puller', REG_PASS: '0'.repeat(40) };
  const { code, output } = await live('integrity-probe', {}, { environment });

  expect(code).not.toBe(0);
  expect(output).toContain('the token service refused these credentials with 401');
}, 60_000);
