import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { commitToPush, pushHistory } from '../../onboarding/history';

describe('a push of the history', () => {
  const source = mkdtempSync(join(tmpdir(), 'history-'));
  const servers: Server[] = [];
  const nobody = new AbortController().signal;
  beforeAll(() => {
    execFileSync('git', ['-C', source, 'init', '--quiet']);
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid'];
    execFileSync('git', ['-C', source, ...who, 'commit', '--quiet', '--allow-empty', '-m', 'first']);
    execFileSync('git', ['-C', source, ...who, 'commit', '--quiet', '--allow-empty', '-m', 'second']);
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });
  afterAll(() => {
    rmSync(source, { recursive: true });
  });

  const serving = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const push = async (url: string, signal = nobody, environment = process.env): Promise<void> =>
    pushHistory({
      ...{ source, url: `${url}/me/app.git`, branch: 'trunk', signal, environment },
      commit: await commitToPush({ source }, nobody),
      login: { user: 'me', password: 'a secret' },
    });

  test('follows no redirect, so that a stranger is never asked, with a login or without', async () => {
    const asked: string[] = [];
    const stranger = await serving(({ url = '' }, response) => {
      asked.push(url);
      response.writeHead(404).end();
    });
    const logins: (string | undefined)[] = [];
    const forge = await serving(({ headers, url = '' }, response) => {
      logins.push(headers.authorization);
      response.writeHead(302, { location: `${stranger}${url}` }).end();
    });

    await expect(push(forge)).rejects.toThrow(/^git push to \S+\/me\/app\.git: was refused, got ".+"; /u);

    expect(logins).toEqual([`Basic ${Buffer.from('me:a secret').toString('base64')}`]);
    expect(asked).toEqual([]);
  });

  test('shows the login to the forge alone, whatever address or submodule the source has', async () => {
    const logins: (string | undefined)[] = [];
    const stranger = await serving(({ headers }, response) => {
      logins.push(headers.authorization);
      response.writeHead(404).end();
    });
    // As a branch of nothing is advertised: what comes before the push itself then happens.
    const line = (text: string): string => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
    const forge = await serving(({ method }, response) => {
      response.setHeader('content-type', 'application/x-git-receive-pack-advertisement');
      response.writeHead(method === 'GET' ? 200 : 403);
      response.end(
        `${line('# service=git-receive-pack\n')}0000${line(`${'0'.repeat(40)} capabilities^{}\0report-status\n`)}0000`,
      );
    });
    const git = (...args: readonly string[]): unknown =>
      execFileSync('git', ['-C', source, '-c', 'protocol.file.allow=always', ...args], { stdio: 'pipe' });
    git('config', `url.${stranger}/.insteadOf`, `${forge}/`);
    await expect(push(forge)).rejects.toThrow('was refused');
    git('config', '--unset', `url.${stranger}/.insteadOf`);
    const asked = logins.length;

    git('submodule', '--quiet', 'add', source, 'part');
    git('config', 'user.name', 'a');
    git('config', 'user.email', 'a@b.invalid');
    git('-C', 'part', 'remote', 'set-url', 'origin', `${stranger}/part.git`);
    git(
      '-C',
      'part',
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'x',
    );
    git('add', 'part');
    git('commit', '--quiet', '-m', 'with a part');
    git('config', 'push.recurseSubmodules', 'on-demand');
    await expect(push(forge)).rejects.toThrow('was refused');

    expect([asked > 0, logins]).toEqual([true, Array(asked).fill(undefined)]);
  });

  test('says why git did not do it, and lets no hook of the source see the login', async () => {
    const seen = join(source, 'seen');
    for (const hook of ['pre-push', 'reference-transaction'])
      writeFileSync(join(source, '.git/hooks', hook), `#!/bin/sh\nenv >> '${seen}'\n`, { mode: 0o755 });
    const forge = await serving((_, response) => {
      response.writeHead(403).end();
    });

    await expect(push(forge)).rejects.toThrow(
      /got "fatal: unable to access .+403"; where the login was refused/u,
    );

    expect(existsSync(seen) ? readFileSync(seen, 'utf8') : '').not.toContain('Basic');
  });

  test('asks nobody for a password', async () => {
    const asked = join(source, 'asked');
    const ask = join(source, 'ask');
    writeFileSync(ask, `#!/bin/sh\necho "$1" >> '${asked}'\n`, { mode: 0o755 });
    const forge = await serving((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });

    await expect(push(forge, nobody, { ...process.env, GIT_ASKPASS: ask, SSH_ASKPASS: ask })).rejects.toThrow(
      /refused/u,
    );

    expect(existsSync(asked)).toBe(false);
  });

  test('is not of a clone that has only the newest commits', async () => {
    const shallow = mkdtempSync(join(tmpdir(), 'shallow-'));
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${source}`, shallow], { stdio: 'pipe' });

    await expect(commitToPush({ source: shallow }, nobody)).rejects.toThrow(
      /shallow clone .+; run git fetch --unshallow/u,
    );

    rmSync(shallow, { recursive: true });
  });

  test('ends when it is told to, though the server never answers, and says no secret', async () => {
    const stop = new AbortController();
    const forge = await serving(() => {
      stop.abort();
    });

    const said = await push(forge, stop.signal).catch((error: unknown) => String(error));

    expect(said).toContain('ended: it was called off');
    expect(said).not.toMatch(/a secret|bWU6YSBzZWNyZXQ/u);
  });
});
