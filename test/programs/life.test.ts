import { EventEmitter } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ProgramName } from '../../programs/bundle';
import { live as liveIn, type Host } from '../../programs/life';
import { FakeCluster } from '../support/fake-cluster';
import { successOf } from '../support/hostile-run';
import { configFor, ProgramProcesses, type ProcessEnding, type Started } from '../support/program-process';

const programs = ['retention', 'integrity-probe'] as const;
let processes: ProgramProcesses;
let metrics: FakeCluster;
let server: Server;
let answer: (head: string) => string | undefined;
const sockets = new Set<Socket>();

beforeAll(() => {
  processes = new ProgramProcesses();
});
afterAll(() => {
  processes.remove();
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

function start(program: ProgramName, changes: object = {}, environment: NodeJS.ProcessEnv = {}): Started {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const servers = { registryUrl: url, clusterUrl: url, pushgatewayUrl: metrics.url };
  return processes.start(program, { ...configFor(program, servers), ...changes }, environment);
}

async function live(
  ...how: Parameters<typeof start>
): Promise<ProcessEnding & { readonly success: string | undefined }> {
  const ending = await start(...how).ended;
  return { ...ending, success: successOf(metrics) };
}

describe.each(programs)('the life of %s', (program) => {
  it('ends with failure when every answer is a change of protocol', async () => {
    answer = () => 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n';
    const { code, output, success } = await live(program);

    expect({ code, success }).toEqual({ code: 1, success: '0' });
    expect(output).toContain('a change of protocol that nobody asked for');
  }, 60_000);

  it('ends when it is told to, with its metrics, whatever does not answer', async () => {
    const { kill, ended } = start(program);
    answer = () => {
      kill('SIGTERM');
      return undefined;
    };
    const { code, output } = await ended;

    expect({ code, success: successOf(metrics) }).toEqual({ code: 1, success: '0' });
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
  const { code, output } = await live('integrity-probe', {}, { REG_USER: 'puller' });

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
  const { code, output } = await live('integrity-probe', {}, environment);

  expect(code).not.toBe(0);
  expect(output).toContain('the token service refused these credentials with 401');
}, 60_000);

it('a signal between the end of the work and the end of the process changes nothing that was told', async () => {
  let heard = 0;
  const host = new EventEmitter();
  const stream = {
    on: () => undefined,
    write: (_text: string, done?: () => void) => {
      if (done !== undefined) heard += host.listenerCount('SIGTERM');
      done?.();
      return true;
    },
  };
  const ended = await liveIn(
    { name: 'x', begin: () => ({ deadlineSeconds: 60, run: () => Promise.resolve(0) }) },
    Object.assign(host, { stdout: stream, stderr: stream, exit: () => undefined }) as unknown as Host,
  );
  expect([ended, heard]).toEqual([0, 2]);
});
