import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pullThroughCaches } from '../../estate/registries';
import { estate } from '../../estate';
import { startContainerd } from '../../lab/machines/containerd';
import { missingForNamespaces } from '../../lab/process/prerequisites';
import { findTool, type FoundTool } from '../../lab/programs/find-tool';
import { goModuleFolder } from '../../lab/programs/go-module';
import { tools, type ToolName } from '../../lab/programs/tools';
import { startLab, type Lab } from '../../lab/runs/lab';
import { mustSucceed } from '../../lab/servers/vault';
import { RegistryClient } from '../../clients/oci/client';
import { run, type Ran } from '../../terminal/run';
import { makeTree, removeTrees } from '../delivery/fixture';
import { evidence } from '../../commands/evidence';
import { probe } from '../../commands/probe';
import { retention } from '../../commands/retention';
import { verbsFor } from '../../commands/verbs';
import type { Verb } from '../../terminal/command';
import { call, livingOn } from '../support/call';
import { estateAt } from '../support/estates';
import { pushImage } from '../support/push-image';
import { describeLab } from './describe-lab';
import { applyObjects } from '../../lab/servers/apply-objects';
import { eventually } from './eventually';
import { stackObjects } from './stack-objects';
import { grant } from './vault-access';

const folder = join(__dirname, '../../docs/runbooks');
const foreign =
  /^(?:kubectl|vault|ctr|crictl|curl|\.\.\/\.\.\/scripts\/tg|docker|ssh|openssl|kubeadm|showmount) /;

interface Command {
  readonly page: string;
  readonly text: string;
}

/** Lines of one script, each command whole: continued by a backslash, a pipe, an open quote or an indentation. */
const commandsOf = (script: string): string[] =>
  script
    .replaceAll(/\\\n\s*/g, '')
    .replaceAll(/(?<=\|)\n\s*|\n\s+(?=\|)/g, ' ')
    .split('\n')
    .map((line) => line.replace(/ {2,}#.*$/, '').trim())
    .filter((line) => line !== '');

/** What a runbook tells to type: its blocks, and the programs of others that its sentences have with their arguments. */
function typed(page: string): Command[] {
  const text = readFileSync(join(folder, page), 'utf8');
  const fences = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;
  const blocks = [...text.matchAll(fences)].flatMap(([, language, body = '']) =>
    language === '' && !body.startsWith('Error:') ? [body] : [],
  );
  const prose = text.replaceAll(fences, '');
  const indented = [...prose.matchAll(/(?:^ {4,}(?![-*\d|]).+\n)+/gm)]
    .map(([block]) => block)
    .filter((block) =>
      commandsOf(block).every((line) =>
        /^(?:\w+=|export |\.\/registry |kubectl |\.\.\/\.\.\/scripts\/tg )/.test(line),
      ),
    );
  const spoken = [...prose.matchAll(/`([^`\n]+)`/g)]
    .map(([, code = '']) => code)
    .filter((code) => foreign.test(code) && code.split(' ').length > 2);
  return [...blocks, ...indented, ...spoken].flatMap((script) =>
    commandsOf(script).map((text) => ({ page, text })),
  );
}
const pages = readdirSync(folder).sort();
const all = pages.flatMap(typed);

const ofOwnSuite = (suite: string): string => `${suite} runs it, in the lab that it takes`;
/** What cannot be done to the servers of this lab, by the reason; a new command is tried, and is red until it works or stands here. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  [ofOwnSuite('test/docs/adopt.test.ts')]: [
    'make synth',
    './registry deliver --into <tree> --stack forgejo',
    './registry deliver --into <tree> --stack forgejo --write',
    './registry deliver --into <tree> --stack kyverno --stack monitoring --write',
    './registry deliver --into ../infra --stack infra --write',
    './registry parity --into <tree> --stack forgejo',
    './registry parity --into <tree> --stack kyverno --stack monitoring',
    'git -C <tree> switch -c registry-consolidation',
    'git -C <tree> add --all -- stacks',
    'git -C <tree> commit -m "deliver: forgejo"',
    'git -C <tree> commit -m "deliver: kyverno, monitoring"',
    'git -C <tree> switch master',
    'git -C <tree> branch -D registry-consolidation',
  ],
  [ofOwnSuite('test/lab/backup.test.ts')]: ['./registry backup /mnt/backup/forgejo-2026-05-07.tar'],
  [ofOwnSuite('test/lab/bootstrap.test.ts')]: [
    './registry bootstrap plan',
    './registry bootstrap apply',
    './registry bootstrap apply --rotate pull',
  ],
  [ofOwnSuite('test/lab/preflight.test.ts')]: ['./registry preflight'],
  [ofOwnSuite('test/docs/copies-of-the-pull-secret.test.ts')]: [
    `./registry preflight --json | jq -r '.findings[] | select(.says | contains("renew-pull-secret=now")) | .subject | split("/")[0]' | xargs -I{} sh -c 'kubectl label namespace {} renew-pull-secret=now && kubectl label namespace {} renew-pull-secret-'`,
  ],
  [ofOwnSuite('test/pods/smoke.test.ts')]: ['./registry smoke'],
  [ofOwnSuite('test/lab/copy.test.ts')]: [
    './registry copy plan --cluster http://127.0.0.1:8001 --tree ../infra',
    './registry copy apply --cluster http://127.0.0.1:8001 --tree ../infra',
    './registry copy verify --cluster http://127.0.0.1:8001 --tree ../infra',
    './registry evidence collect',
  ],
  [ofOwnSuite('test/lab/cutover.test.ts')]: [
    './registry cutover payslip-ingest --into ../infra',
    './registry cutover payslip-ingest --into ../infra --apply',
    './registry rollback payslip-ingest --into ../infra --apply',
    './registry cutover infra-ci --into ../infra --apply',
  ],
  [ofOwnSuite('test/lab/rehearsal.test.ts')]: [
    './registry evidence collect legacy-unused --cluster http://127.0.0.1:8001 --tree ../infra',
    './registry decommission --tree ../infra --cluster http://127.0.0.1:8001',
    './registry decommission --tree ../infra --ssh --cluster http://127.0.0.1:8001 --prometheus http://127.0.0.1:9090 --pushgateway http://127.0.0.1:9091',
  ],
  [ofOwnSuite('test/lab/rollout.test.ts')]: [
    './registry nodes plan',
    './registry nodes plan --only k8s-node2',
    './registry nodes plan --only registry-vm',
    './registry nodes apply',
    './registry nodes apply --only k8s-node2',
    './registry nodes apply --from k8s-node2',
  ],
  [ofOwnSuite('test/lab/onboard.test.ts')]: [
    './registry onboard fire-planner plan --source ../code',
    './registry onboard fire-planner apply --source ../code',
  ],
  'no kubelet runs here: test/pods has Jobs that log, pods that are entered and reached': [
    'kubectl -n forgejo rollout status deploy/forgejo',
    'kubectl -n forgejo logs -f job/retention-by-hand',
    'kubectl -n woodpecker logs -f job/sync-by-hand',
    'kubectl -n monitoring logs --tail=-1 job/$(kubectl -n monitoring get jobs -o name --sort-by=.status.startTime | grep integrity-probe | tail -1 | cut -d/ -f2)',
    'kubectl -n forgejo exec deploy/forgejo -- rm /data/gitea/<the path that it printed>',
    'kubectl -n monitoring port-forward svc/prometheus-prometheus-pushgateway 9091 &',
    'kubectl -n monitoring port-forward svc/prometheus-server 9090:80',
    'kubectl -n forgejo top pod',
  ],
  'the lab has it running already, on a port that was free': ['kubectl proxy &'],
  'it is a person who types what follows, or looks': [
    'vault login',
    'vault operator unseal',
    'openssl passwd -6',
  ],
  'the tree of the homelab, its Terragrunt and its state are not here': [
    '../../scripts/tg plan',
    "../../scripts/tg plan -no-color | sed '/~ metadata  *= [[{]/,/[]}] -> (known after apply)/d'",
    '../../scripts/tg apply -target=kubernetes_persistent_volume_claim.data_encrypted',
    'git commit -am "cut payslip-ingest over" && git -C ../infra commit -am "deliver: payslip-ingest"',
  ],
  'no Docker, no NAS and no second machine is here: test/lab/break-glass.test.ts makes the archive and loads it':
    [
      'sha256sum --check *.sha256',
      'docker load --input latest.tar',
      'docker run --rm -it --volume "$PWD:/tree" --workdir /tree registry.viktorbarzin.me/infra-ci:break-glass sh',
      'docker build --tag infra-ci:break-glass --file ci/Dockerfile ci/',
      'scp root@10.0.20.10:/opt/registry/breakglass/infra-ci/latest.tar . && scp latest.tar <node>:',
      'showmount -e 192.168.1.127',
      'docker compose logs nginx',
      'docker compose ps',
      'docker compose up -d',
    ],
  'it is for a node or the VM itself: test/lab/rollout.test.ts has machines': [
    'cp -a /var/lib/registry-consolidation/previous/etc/containerd/config.toml /etc/containerd/ && systemctl restart containerd',
    'mkdir -p /opt/registry/breakglass && mv /opt/registry/data/private/_breakglass/* /opt/registry/breakglass/',
    'kubeadm token create --print-join-command',
  ],
  'containerd trusts and asks the registry of the reference by its public name, which is not here': [
    'ctr -n k8s.io images push --user <user> <reference>',
  ],
  'it is named, and typed with more behind it': [
    'kubectl set image',
    'kubectl rollout restart',
    'kubectl rollout undo',
    'vault kv enable-versioning',
  ],
};
const placed = Object.values(elsewhere).flat();

/** What would end the process of the test; and an estate that stands before each step that asks for evidence. */
const atTheStep = { ...estateAt('cutover'), retention: { ...estate.retention, mode: 'enforce' } } as const;
const own: Record<string, Verb> = {
  ...{ probe: probe(livingOn()), retention: retention(livingOn()) },
  evidence: evidence(() => atTheStep, { folder: '/nowhere', now: Date.now }),
};

/** Subcommands of a program with the options behind them, and its help of the same. */
const programs: Readonly<
  Record<string, readonly [ToolName, (words: readonly string[]) => readonly string[][]]>
> = {
  kubectl: ['kubectl', (words) => [[...words, '--help'], ['options']]],
  vault: ['vault', (words) => [[...words, '-help']]],
  ctr: ['ctr', (words) => [[...words, '--help'], ['--help']]],
  crictl: ['crictl', (words) => [[...words, '--help'], ['--help']]],
  // What a plan takes, an apply does.
  '../../scripts/tg': [
    'tofu',
    (words) => [
      [...words, '-help'],
      ['plan', '-help'],
    ],
  ],
  'docker compose': ['docker-compose', (words) => [[...words, '--help']]],
};

describe('the runbooks', () => {
  it('have each command that is placed elsewhere', () => {
    expect(placed.filter((text) => !all.some((command) => command.text === text))).toEqual([]);
  });
});

describeLab('the commands of the runbooks', () => {
  let lab: Lab<
    'controllers' | 'forge' | 'kubernetes' | 'legacyRegistry' | 'prometheus' | 'pushgateway' | 'vault'
  >;
  const scratch = mkdtempSync(join(tmpdir(), 'runbooks-'));
  const bin = join(scratch, 'bin');
  let environment: Record<string, string>;
  let words: readonly (readonly [string, string | (() => Promise<string>)])[];
  let volumes = 0;
  let stopProxy = (): void => undefined;
  const isRoot = missingForNamespaces().length === 0;

  const sh = (command: string, cwd = scratch): Promise<Ran> =>
    run('sh', ['-c', command], { cwd, env: environment, input: 'a-new-token' });
  const kubectl = async (...args: string[]): Promise<string> => (await lab.kubernetes.kubectl(args)).trim();

  beforeAll(async () => {
    lab = await startLab({
      ...{ kubernetes: true, controllers: true, vault: true, forge: true, pushgateway: true },
      ...{ legacyRegistry: true, prometheus: true },
    });
    mkdirSync(bin);
    const stubs: Record<string, string> = { ssh: 'shift; exec sh -c "$*"', sudo: 'exec "$@"' };
    for (const name of ['kubectl', 'vault', 'ctr', 'crictl'] as const)
      stubs[name] = `exec '${(await findTool(name)).path}' "$@"`;
    for (const [name, script] of Object.entries(stubs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    // Addresses of the homelab, as curl is told without being told so on its line.
    const { address } = estate.registryVm;
    const at: readonly (readonly [string, string])[] = [
      [`${address}:${pullThroughCaches[0].port}`, lab.legacyRegistry.host],
      ['10.0.20.100:30091', lab.pushgateway.host],
      ['127.0.0.1:9091', lab.pushgateway.host],
    ];
    writeFileSync(join(scratch, '.curlrc'), at.map(([of, to]) => `connect-to = "${of}:${to}"\n`).join(''));
    environment = {
      ...{ PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: scratch, CURL_HOME: scratch },
      ...{ KUBECONFIG: lab.kubernetes.kubeconfig, VAULT_ADDR: lab.vault.url, VAULT_TOKEN: lab.vault.token },
    };
    await standUp();
    const proxy = spawn(join(bin, 'kubectl'), ['proxy', '--port=0'], { env: environment });
    stopProxy = () => void proxy.kill();
    const [said] = (await once(proxy.stdout, 'data')) as [Buffer];
    const viktor = await lab.forge.createUser({ name: estate.forgejo.packages.owner });
    const token = await lab.forge.createToken(viktor, ['write:package']);
    const credentials = { username: viktor.name, password: token };
    await pushImage(
      new RegistryClient({ url: lab.forge.url, credentials }),
      `${viktor.name}/app`,
      'app',
      '1',
    );
    await pushImage(new RegistryClient({ url: lab.legacyRegistry.url }), 'library/busybox', 'b', '1.37.0');
    Object.assign(environment, {
      ...{ FORGEJO_USER: viktor.name, FORGEJO_TOKEN: token, REG_USER: viktor.name, REG_PASS: token },
    });
    words = [
      [/https:\/\/forgejo\.(?:viktorbarzin\.me|example)/.source, lab.forge.url],
      ['http://127.0.0.1:8001', `http://${/127\.0\.0\.1:\d+/.exec(said.toString())?.[0] ?? ''}`],
      ['http://127.0.0.1:9090', lab.prometheus.url],
      ['<pushgateway>', lab.pushgateway.url],
      ['\\.\\./infra', makeTree()],
      ['\\.\\./<project>', join(scratch, 'repository')],
      ['<project>', 'payslip-ingest'],
      ['<namespace>', 'forgejo'],
      ['<pod>', () => firstOf('pod')],
      ['<node>', 'k8s-node2'],
      ['<its name>', 'retention-by-hand'],
      ['(?<=replicaset )<name>', () => firstOf('replicaset')],
      ['<(?:stack|host|owner)>', 'x'],
      ['-version=…', '-version=1'],
    ];
    if (!isRoot) {
      console.warn(`skipped: ctr and crictl; ${missingForNamespaces().join('; ')}`);
      return;
    }
    const hosts = join(scratch, 'certs.d');
    mkdirSync(join(hosts, 'docker.io'), { recursive: true });
    writeFileSync(join(hosts, 'docker.io/hosts.toml'), `[host."${lab.legacyRegistry.url}"]\n`);
    const containerd = await startContainerd(lab, { hostsDirectory: hosts });
    const { socket } = containerd;
    Object.assign(environment, {
      CONTAINERD_ADDRESS: socket,
      CONTAINER_RUNTIME_ENDPOINT: `unix://${socket}`,
    });
    await containerd.pull('docker.io/library/busybox:1.37.0');
    await sh('ctr -n k8s.io images export latest.tar docker.io/library/busybox:1.37.0');
  }, 900_000);
  afterAll(async () => {
    stopProxy();
    await lab.stop();
    rmSync(scratch, { recursive: true });
    removeTrees();
  }, 60_000);

  const firstOf = (kind: string): Promise<string> =>
    eventually(`a ${kind} of Forgejo`, async () => {
      const names = await kubectl('-n', 'forgejo', 'get', kind, '-o', 'jsonpath={.items[*].metadata.name}');
      return names === '' ? undefined : names.split(' ')[0];
    });

  const claim = 'forgejo-data-encrypted';
  /** Forgejo's claim, and a volume that is its own at once. */
  const makeClaim = async (): Promise<void> => {
    const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'growing' };
    const ref = { namespace: 'forgejo', name: claim };
    const volume = { capacity: { storage: '10Gi' }, hostPath: { path: '/nowhere' }, claimRef: ref };
    await applyObjects(lab.kubernetes, [
      {
        ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `pv-${(volumes += 1)}` } },
        spec: { ...spec, ...volume },
      },
      {
        ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: ref },
        spec: { ...spec, resources: { requests: { storage: '10Gi' } } },
      },
    ]);
    const bound = ['--for=jsonpath={.status.phase}=Bound', `pvc/${claim}`, '--timeout=60s'];
    await kubectl('-n', 'forgejo', 'wait', ...bound);
  };

  /** The stacks as they are applied, without what needs definitions of others; a node, and what Vault holds. */
  const standUp = async (): Promise<void> => {
    const kyverno = await goModuleFolder(tools.kyverno.source);
    const definition = join(kyverno, 'config/crds/kyverno/kyverno.io_updaterequests.yaml');
    await kubectl('apply', '--server-side', '-f', definition);
    const growing = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'growing' } };
    await applyObjects(lab.kubernetes, [
      ...['forgejo', 'kyverno', 'monitoring', 'woodpecker'].map((name) => ({
        ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      })),
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'k8s-node2' } },
      { ...growing, provisioner: 'example.org/none', allowVolumeExpansion: true },
    ]);
    for (const stack of ['forgejo', 'woodpecker', 'monitoring'])
      await applyObjects(
        lab.kubernetes,
        (await stackObjects(estate, stack)).filter(
          ({ apiVersion, kind }) => !/traefik|kyverno/.test(apiVersion) && kind !== 'PersistentVolumeClaim',
        ),
      );
    await makeClaim();
    await applyObjects(lab.kubernetes, [
      {
        ...{
          apiVersion: 'v1',
          kind: 'ResourceQuota',
          metadata: { name: 'tier-quota', namespace: 'forgejo' },
        },
        spec: { hard: { pods: '9' } },
      },
    ]);
    for (const path of ['ci/global', 'applied-stacks'])
      await mustSucceed(lab.vault, {
        ...{ method: 'POST', path: `${lab.vault.mount}/data/${path}` },
        body: { data: { forgejo_push_token: 'old', forgejo: 'a' } },
      });
    await grant(lab, estate);
    mkdirSync(join(scratch, 'repository'));
    await sh('git init --quiet repository');
  };

  it.each(pages)('%s: each does what it says', async (page) => {
    const failed: object[] = [];
    for (const { text } of typed(page)) {
      if (text.startsWith('../../scripts/tg apply -target=')) await makeClaim();
      if (placed.includes(text) || text.startsWith('export ') || (!isRoot && /\b(?:ctr|crictl) /.test(text)))
        continue;
      let given = text;
      for (const [of, to] of words)
        if (new RegExp(of).test(given))
          given = given.replaceAll(new RegExp(of, 'g'), typeof to === 'string' ? to : await to());
      const [, verb] = /^(?:\w+=\S* )*\.\/registry (.*)$/.exec(given) ?? [];
      if (verb === undefined) {
        const [, name] = /^(\w+)=\$\(/.exec(given) ?? [];
        const { code, stdout, stderr } = await sh(
          name === undefined ? given : `${given} && printf %s "$${name}"`,
        );
        if (name !== undefined) environment[name] = stdout;
        if (code !== 0) failed.push({ text, given, code, stderr });
      } else {
        const args = verb.split(' ').map((word) => (word === 'retention.json' ? join(scratch, word) : word));
        const verbs = [own[args[0] ?? ''] ?? verbsFor(args)].flat();
        const { code, err } = await call(args, { environment, verbs });
        // 2 is that it found something, as a forge that is nearly empty makes it.
        if (code !== 0 && code !== 2) failed.push({ text, given, code, err });
      }
    }
    expect(failed).toEqual([]);
  });
});

describeLab('the options in the runbooks', () => {
  it('are each one of its program', async () => {
    const unknown: string[] = [];
    const helps = new Map<string, string>();
    const found: Partial<Record<ToolName, FoundTool>> = {};
    for (const { page, text } of all)
      for (const part of text.replaceAll(/"[^"]*"|'\{[^']*'/g, 'x').split(/[|;&]+|\$\(|\bsudo\b/)) {
        const [, program = ''] =
          /^\s*'?(kubectl|vault|ctr|crictl|\.\.\/\.\.\/scripts\/tg|docker compose) /.exec(part) ?? [];
        const entry = programs[program];
        if (entry === undefined) continue;
        const line = part.slice(part.indexOf(program) + program.length).split(' -- ')[0] ?? '';
        const [words, options] = split(line);
        const [tool, linesOf] = entry;
        for (const args of linesOf(words)) {
          const key = [tool, ...args].join(' ');
          if (helps.has(key)) continue;
          const { path, libraries } = (found[tool] ??= await findTool(tool));
          const env = { ...process.env, ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }) };
          const { stdout, stderr } = await run(path, args, { env });
          helps.set(key, stdout + stderr);
        }
        const help = linesOf(words)
          .map((args) => helps.get([tool, ...args].join(' ')))
          .join('\n');
        for (const option of options)
          if (!new RegExp(`(?<![\\w-])-?${option}\\b`).test(help))
            unknown.push(`${page}: ${text}: ${option}`);
      }
    expect(helps.size).toBeGreaterThan(15);
    expect(unknown).toEqual([]);
  }, 600_000);
});

/** The subcommand of a line, and the options on it; what stands behind an option of one letter is its value. */
function split(line: string): readonly [string[], string[]] {
  const [words, options]: [string[], string[]] = [[], []];
  const parts = line.trim().split(/\s+/);
  for (const [at, part] of parts.entries())
    if (/^--?[a-z]/.test(part)) options.push(part.replace(/=.*$/, ''));
    else if (!/^-[a-z]$/.test(parts[at - 1] ?? '') && /^[a-z-]+$/.test(part) && words.length < 2)
      words.push(part);
  return [words, options];
}
