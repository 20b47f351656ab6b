import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { phases } from '../../estate/phases';
import { registryStacksTree } from '../../trees/registry-stacks';
import { commit, git, put } from '../delivery/fixture';
import { secondEstate } from '../second-estate';
import { estateAt, narrowed } from '../support/estates';

interface Pipeline {
  readonly when: readonly object[];
  readonly clone: readonly { readonly settings: object; readonly when?: readonly object[] }[];
  readonly steps: readonly {
    readonly name: string;
    readonly image: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly commands: readonly string[];
    readonly backend_options?: object;
    readonly when?: readonly object[];
  }[];
}

const estate = estateAt('prepare');
const textOf = (path: string, of = estate): string =>
  registryStacksTree(of).find((file) => file.path === path)?.text ?? '';
const [applyFile, driftFile, scriptFile] = [
  '.woodpecker/registry-stacks.yml',
  '.woodpecker/registry-drift.yml',
  'scripts/registry-stacks/run.sh',
];

describe('the pipelines of the stacks', () => {
  test.each([applyFile, driftFile])('%s holds no dollar that Woodpecker would substitute', (path) => {
    expect(textOf(path)).not.toContain('$');
  });

  test('clone the whole history, and leave no object for later', () => {
    for (const path of [applyFile, driftFile])
      expect((parse(textOf(path)) as Pipeline).clone[0]?.settings).toEqual({
        ...{ depth: 0, partial: false, tags: false },
      });
  });

  test('plan pull requests, and apply when a person starts them, or at a push once the estate says so', () => {
    const read = (subject = estate): Pipeline => parse(textOf(applyFile, subject)) as Pipeline;
    const [planned, push] = [{ event: 'pull_request' }, { event: 'push', branch: 'master' }];
    const manual = { event: 'manual', branch: 'master' };
    expect(read().when).toEqual([planned, manual]);
    const pipelines = { image: 'infra-ci', applyOnPush: true };
    const { when, clone, steps } = read({ ...estate, stacks: { ...estate.stacks, pipelines } });
    const meant = { ...manual, evaluate: 'APPLY == "true"' };
    expect(when).toEqual([planned, push, manual]);
    expect([clone[0]?.when, steps[1]?.when]).toEqual([
      [planned, push, meant],
      [push, meant],
    ]);
  });

  test('apply nothing when a person starts another pipeline of the tree, which starts them all', () => {
    const { clone, steps } = parse(textOf(applyFile)) as Pipeline;
    const manual = { event: 'manual', branch: 'master', evaluate: 'APPLY == "true"' };
    expect(steps[1]?.when).toEqual([manual]);
    expect(clone[0]?.when).toEqual([{ event: 'pull_request' }, manual]);
  });

  test('run as an account of their own once nobody else may be it', () => {
    const options = (subject = estate): unknown =>
      (parse(textOf(applyFile, subject)) as Pipeline).steps[0]?.backend_options;
    expect(options()).toBeUndefined();
    expect(options(narrowed(estate))).toEqual({ kubernetes: { serviceAccountName: 'ci-apply' } });
  });

  test.each(phases)('run in the image that %s pulls', (phase) => {
    const { steps } = parse(textOf(driftFile, estateAt(phase))) as Pipeline;
    expect(steps.map(({ image }) => image)).toEqual([
      phase === 'cutover' || phase === 'decommission'
        ? 'forgejo.viktorbarzin.me/viktor/infra-ci:latest'
        : 'registry.viktorbarzin.me/infra-ci:latest',
    ]);
  });

  test('are none where nothing is delivered into a tree', () => {
    expect(registryStacksTree(secondEstate)).toEqual([]);
  });

  test('give the script every value that it reads, besides what Woodpecker and Kubernetes give', () => {
    const [step] = (parse(textOf(applyFile)) as Pipeline).steps;
    const given = new Set([
      ...Object.keys(step?.environment ?? {}),
      ...['HOME', 'PWD', 'KUBECONFIG', 'CI_REPO', 'CI_COMMIT_PULL_REQUEST'],
      ...['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', 'SERVICE_ACCOUNT'],
    ]);
    const read = [...textOf(scriptFile).matchAll(/\$\{?([A-Z][A-Z_]+)/g)].map(([, name = '']) => name);
    expect(read.filter((name) => !given.has(name))).toEqual([]);
  });
});

/** The script with its real shell and git; what it calls elsewhere writes down how it was called. */
describe('the script of the stacks', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'run-'));
    put(root, 'tree/terragrunt.hcl', 'locals {}\n');
    put(root, 'tree/.gitattributes', '\n');
    put(
      root,
      'project/registry',
      '#!/bin/sh\nprintf "registry %s\\n" "$*" >>"$LOG"\n[ ! -e "$HOME/$2.sh" ] || . "$HOME/$2.sh"\n',
    );
    chmodSync(join(root, 'project/registry'), 0o755);
    put(root, 'account/token', 'jwt');
    for (const repository of ['tree', 'project']) {
      git(join(root, repository), 'init', '--quiet');
      commit(join(root, repository), 'all');
    }
    mkdirSync(join(root, 'bin'));
    mkdirSync(join(root, 'home'));
    for (const name of ['npm', 'terraform', 'terragrunt', 'sops', 'kubectl', 'vault', 'curl'])
      stub(name, name === 'vault' ? 'case $1 in write) echo token;; *) echo forge-token;; esac' : '');
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const stub = (name: string, then: string): void => {
    const text = `#!/bin/sh\nprintf '${name} %s\\n' "$*" >>"$LOG"\n${then}\n`;
    writeFileSync(join(root, 'bin', name), text, { mode: 0o755 });
  };
  const does = (work: string, script: string): void => {
    writeFileSync(join(root, 'home', `${work}.sh`), script);
  };
  const run = (
    work: string,
    more: Readonly<Record<string, string>> = {},
  ): { readonly code: number | null; readonly out: string; readonly calls: readonly string[] } => {
    const log = join(root, 'log');
    writeFileSync(log, '');
    writeFileSync(join(root, 'run.sh'), textOf(scriptFile));
    const environment = (parse(textOf(applyFile)) as Pipeline).steps[0]?.environment;
    const { status, stdout, stderr } = spawnSync('sh', [join(root, 'run.sh'), work], {
      cwd: join(root, 'tree'),
      encoding: 'utf8',
      env: {
        ...environment,
        ...{ PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: join(root, 'home'), LOG: log },
        ...{ PROJECT: `file://${join(root, 'project')}`, SERVICE_ACCOUNT: join(root, 'account') },
        ...{ KUBERNETES_SERVICE_HOST: '192.0.2.1', KUBERNETES_SERVICE_PORT: '443', CI_REPO: 'viktor/infra' },
        ...more,
      },
    });
    const calls = readFileSync(log, 'utf8').split('\n');
    return { code: status, out: stdout + stderr, calls: calls.filter((line) => !line.startsWith('kubectl')) };
  };
  const plans = 'mkdir -p "$6"; [ "$2" != plan ] || touch "$6/plans.json"; [ "$2" != plan ] || exit 2';

  test('names every program that the image lacks, and begins nothing', () => {
    for (const name of ['sops', 'terragrunt']) rmSync(join(root, 'bin', name));
    const { code, out, calls } = run('apply');

    expect([code, out]).toEqual([
      1,
      "image: lacks programs, got none of: terragrunt sops; add them to the image's Dockerfile and build it\n",
    ]);
    expect(calls).toEqual(['']);
  });

  test('applies after preflight and plan, and ends as the apply does', () => {
    does('plan', plans);
    does('apply', 'exit 1');
    const { code, calls } = run('apply');

    expect(code).toBe(1);
    expect(calls.filter((line) => line.startsWith('registry')).map((line) => line.split(' --')[0])).toEqual([
      'registry preflight',
      'registry stacks plan',
      'registry stacks apply',
    ]);
    expect(readFileSync(join(root, 'home/.vault-token'), 'utf8')).toBe('token\n');
  });

  test('applies nothing that could not be planned at all, and nothing after a preflight that found faults', () => {
    for (const code of [1, 2, 3]) {
      does('plan', `exit ${code}`);
      expect(run('apply').code).toBe(code);
    }
    writeFileSync(join(root, 'project/registry'), '#!/bin/sh\n[ "$1" != preflight ]\n');
    commit(join(root, 'project'), 'preflight fails');
    const { code, calls } = run('apply');
    expect(code).toBe(1);
    expect(calls.join('\n')).not.toContain('stacks');
  });

  test('plans a pull request, ends well when there is something to apply, and writes it there', () => {
    does('plan', `${plans.replace('exit 2', 'true')}; echo 'forgejo due \`\`\` "$(touch x)"'; exit 2`);
    const { code, calls, out } = run('plan', { CI_COMMIT_PULL_REQUEST: '7' });

    expect([code, out]).toEqual([0, 'forgejo due ``` "$(touch x)"\n']);
    expect(calls.find((line) => line.startsWith('curl'))).toMatch(
      /\/api\/v1\/repos\/viktor\/infra\/issues\/7\/comments$/,
    );
    expect(calls.join('\n')).not.toContain('forge-token');
    expect(existsSync(join(root, 'tree/x'))).toBe(false);
  });

  test.each(["'; touch x; '", '$(touch x)', '`touch x`', '7 --config /etc/passwd', '"\n- touch x\n'])(
    'runs nothing that a name says: %j',
    (hostile) => {
      does('plan', plans);
      const names = [
        'CI_COMMIT_BRANCH',
        'CI_COMMIT_MESSAGE',
        'CI_COMMIT_PULL_REQUEST',
        'CI_REPO',
        'CI_COMMIT_AUTHOR',
      ];
      const { calls } = run('plan', Object.fromEntries(names.map((name) => [name, hostile])));

      expect(existsSync(join(root, 'tree/x'))).toBe(false);
      expect(calls.filter((line) => line.startsWith('registry'))).toHaveLength(2);
    },
  );

  test('gives the tree the kubeconfig that its root names', () => {
    does('plan', plans);
    run('plan');
    const kubectl = readFileSync(join(root, 'log'), 'utf8').match(/^kubectl .*$/gm) ?? [];

    expect(kubectl).toHaveLength(4);
    expect(
      kubectl.every((line) => line.startsWith('kubectl config ') && line.includes('--kubeconfig=config')),
    ).toBe(true);
    expect(kubectl[0]).toContain('--server=https://192.0.2.1:443');
    expect(kubectl[1]).toContain(`users.pipeline.tokenFile ${join(root, 'account/token')}`);
    put(root, 'tree/config', 'its own\n');
    run('plan');
    expect(readFileSync(join(root, 'log'), 'utf8')).not.toMatch(/^kubectl/m);
  });

  test.each([
    ['is done', 'exit 0'],
    ['has failed', 'exit 1'],
  ])('gives its token back where it %s', (_, end) => {
    does('drift', `cat "$HOME/.vault-token" >>"$LOG"; ${end}`);
    expect(run('drift').calls.slice(-3)).toEqual(['token', 'vault token revoke -self', '']);
  });

  test('is given no token and so gives none back', () => {
    stub('vault', 'exit 2');
    const { code, calls } = run('drift');
    expect([code, calls.length]).toEqual([2, 2]);
  });

  test('looks for drift, and ends as that does', () => {
    does('drift', 'exit 2');
    const { code, calls } = run('drift');
    expect([code, calls.at(-3)]).toEqual([
      2,
      `registry stacks drift --tree . --pushgateway http://prometheus-prometheus-pushgateway.monitoring:9091`,
    ]);
  });
});
