import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { githubBuild, type GithubBuildProps } from '../../pipelines/github-build';
import { run, type Ran } from '../../terminal/run';
import { githubSecretsIn } from '../../trees/ci-secrets';
import { hostile, namedByPeople } from '../support/hostile';

const sha = '8f3c0a1d99e4b7c6a5d4e3f2a1b0c9d8e7f6a5b4';
const props: GithubBuildProps = {
  runner: 'ubuntu-latest',
  branches: ['main', 'master'],
  checkout: `actions/checkout@${sha}`,
  targets: [
    {
      ...{ host: 'docker.io', repository: 'me/app' },
      username: { secret: 'HUB_USERNAME' },
      password: { secret: 'HUB_TOKEN' },
    },
    { host: 'forge.example', repository: 'me/app', username: 'me', password: { secret: 'PUSH_TOKEN' } },
  ],
  deploy: { url: 'https://ci.example', repositoryId: 43, token: { secret: 'CI_TOKEN' } },
};
const script = join(__dirname, '../../pipelines/build-image.sh');

describe('the workflow', () => {
  const text = githubBuild(props).at(-1)?.text ?? '';
  const read = parse(text) as {
    on: unknown;
    permissions: unknown;
    jobs: { build: { steps: { name: string; run?: string; env?: Record<string, string>; uses?: string }[] } };
  };
  const { steps } = read.jobs.build;

  test('builds pushes alone, reads the repository and no more, and takes its action by commit', () => {
    expect(read.on).toEqual({ push: { branches: ['main', 'master'] } });
    expect(read.permissions).toEqual({ contents: 'read' });
    expect(steps.flatMap(({ uses = [] }) => uses)).toEqual([`actions/checkout@${sha}`]);
  });

  test('has expressions in the environment alone, each a declared secret', () => {
    const { env: _, ...first } = steps[0] ?? { env: {} };
    const without = [first, ...steps.slice(1).map(({ env: __, ...step }) => step)];
    const expressions = steps.flatMap(({ env = {} }) =>
      Object.values(env).filter((value) => value.includes('${{')),
    );

    expect(JSON.stringify({ ...read, jobs: { build: { steps: without } } })).not.toContain('${');
    expect(expressions.map((each) => /^\$\{\{ secrets\.(\w+) \}\}$/.exec(each)?.[1]).sort()).toEqual([
      'CI_TOKEN',
      'HUB_TOKEN',
      'HUB_USERNAME',
      'PUSH_TOKEN',
    ]);
  });

  test('pushes every target in one step, then starts the deploy by number', () => {
    expect(steps.map(({ run: line }) => line)).toEqual([
      undefined,
      'sh ci/build-image.sh login docker.io',
      'sh ci/build-image.sh login forge.example',
      'sh ci/build-image.sh push docker.io/me/app forge.example/me/app',
      'sh ci/build-image.sh deploy https://ci.example 43',
    ]);
  });

  test('may write packages only where it pushes to GitHub', () => {
    const [, target] = props.targets;
    const targets = [
      {
        ...target,
        host: 'ghcr.io',
        repository: 'me/app',
        username: 'me',
        password: { secret: 'GITHUB_TOKEN' },
      },
    ];
    const built = githubBuild({ ...props, targets });
    const { permissions } = parse(built.at(-1)?.text ?? '') as typeof read;

    expect(permissions).toEqual({ contents: 'read', packages: 'write' });
    expect(githubSecretsIn(built)).toEqual(['CI_TOKEN']);
  });

  test('that pushes nowhere is refused', () => {
    expect(() => githubBuild({ ...props, targets: [] })).toThrow(
      'build-and-deploy.yml: pushes nowhere, got no target',
    );
  });
});

/** The real script; Docker writes down how it was called, Woodpecker is a server. */
describe('the script', () => {
  let folder: string;
  let server: Server;
  let asked: { url: string; authorization: string; body: string }[];
  let answer: { status: number; body: string };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'build-image-'));
    asked = [];
    answer = { status: 200, body: '{"number":7}' };
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push({ url: request.url ?? '', authorization: request.headers.authorization ?? '', body });
        response.writeHead(answer.status).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    docker('printf manifest');
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
  });
  const docker = (inspect: string): void => {
    const digest = '$(printf manifest | sha256sum | cut -d " " -f 1)';
    writeFileSync(
      join(folder, 'docker'),
      `#!/bin/sh
{ for word; do printf '[%s]' "$word"; done; echo; } >>"$0.log"
case "$2" in
build) while [ $# -gt 0 ]; do [ "$1" != --metadata-file ] || echo '{"containerimage.digest":"sha256:'${digest}'"}' >"$2"; shift; done ;;
imagetools) ${inspect} ;;
esac
[ "$1" != login ] || cat >"$0.password"
`,
      { mode: 0o755 },
    );
  };
  const calls = (): readonly string[] => readFileSync(join(folder, 'docker.log'), 'utf8').trim().split('\n');
  const does = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    run('sh', [script, ...args], {
      cwd: folder,
      env: {
        ...{ PATH: `${folder}:${process.env['PATH'] ?? ''}`, GITHUB_SHA: sha, GITHUB_REF_NAME: 'main' },
        ...{ TOKEN: 'a.b-c', USERNAME: 'me', PASSWORD: 'p"w' },
        ...environment,
      },
    });
  const deploys = (environment: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    does(['deploy', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, '43'], environment);

  test('logs in by standard input', async () => {
    expect((await does(['login', 'docker.io'])).code).toBe(0);
    expect(calls()).toEqual(['[login][--username][me][--password-stdin][docker.io]']);
    expect(readFileSync(join(folder, 'docker.password'), 'utf8')).toBe('p"w');
  });

  test('builds once for linux/amd64, under the first eight characters of the commit everywhere, and reads each back', async () => {
    const { code, stdout, stderr } = await does(['push', 'docker.io/me/app', 'forge.example/me/app']);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^docker\.io\/me\/app:8f3c0a1d holds sha256:\w{64}\nforge\.example\/me\/app:8f3c0a1d holds /,
    );
    expect(calls()[1]).toMatch(
      /^\[buildx\]\[build\]\[--platform\]\[linux\/amd64\]\[--provenance=false\]\[--push\].*\[--tag\]\[docker\.io\/me\/app:8f3c0a1d\]\[--tag\]\[forge\.example\/me\/app:8f3c0a1d\]\[\.\]$/,
    );
  });

  test('fails where a registry holds something else, or nothing', async () => {
    docker('printf other');
    expect((await does(['push', 'docker.io/me/app'])).stderr).toContain(
      'is not what was pushed, got sha256:',
    );
    docker('exit 1');
    expect((await does(['push', 'docker.io/me/app'])).stderr).toBe(
      'docker.io/me/app:8f3c0a1d: cannot be read back\n',
    );
  });

  test('starts the deploy of the commit that it built', async () => {
    expect(await deploys()).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: expect.stringMatching(/^deploy of 8f3c0a1d: .*\/repos\/43\/pipeline\/7\n$/) as unknown,
    });
    expect(asked).toEqual([
      {
        ...{ url: '/api/repos/43/pipelines', authorization: 'Bearer a.b-c' },
        body: `{"branch":"main","variables":{"DEPLOY":"true","DEPLOY_COMMIT":"${sha}"}}`,
      },
    ]);
  });

  test.each([
    [204, '', 'starts nothing for repository 43; commit .woodpecker/deploy.yml'],
    [401, '', 'refuses TOKEN for repository 43, got 401'],
    [404, '', 'has no repository 43'],
    [302, '', 'starts no deploy of repository 43, got 302'],
    [200, '<html>', 'is no Woodpecker'],
    [200, 'null', 'is no Woodpecker'],
    [200, '{"number":"7; touch ran"}', 'is no Woodpecker'],
    [200, 'without end', 'gives no whole answer'],
  ])('an answer %i %s is a failure in words', async (status, body, words) => {
    answer = { status, body: body === 'without end' ? 'x'.repeat(3_000_000) : body };
    const { code, stderr } = await deploys();

    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  test.each(hostile)('runs and sends nothing of %j', async (value) => {
    const names = Object.fromEntries(namedByPeople.map((name) => [name, value]));
    expect((await does(['push', 'docker.io/me/app'], names)).code).toBe(0);
    expect((await deploys(names)).code).toBe(0);
    expect(asked.map(({ body }) => body)).toEqual([
      `{"branch":"main","variables":{"DEPLOY":"true","DEPLOY_COMMIT":"${sha}"}}`,
    ]);
    for (const name of ['GITHUB_SHA', 'GITHUB_REF_NAME', 'TOKEN'])
      expect((await deploys({ [name]: value })).code).toBe(1);

    expect(asked).toHaveLength(1);
    expect((await run('find', ['.', '-type', 'f'], { cwd: folder })).stdout.split('\n').sort()).toEqual([
      ...['', './docker', './docker.log'],
    ]);
  });
});
