import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RegistryClient } from '../../clients/oci/client';
import { pushImage } from '../../clients/oci/push-image';
import { cutover as cutoverVerb } from '../../commands/cutover';
import { cutoverOrder, withCutOver } from '../../estate/derived/cutover-order';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import { imageAt, pulledReference } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import { formatImageReference } from '../../estate/image-reference';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { applyObjects } from '../../lab/servers/apply-objects';
import { performCutover, type CutoverMeans, type CutoverResult } from '../../migration/cutover/perform';
import { planCutover, type CutoverPlan, type CutoverProps } from '../../migration/cutover/plan';
import { clusterBy, type Cluster } from '../../rollout/kubectl';
import { before } from '../migration/scene';
import { call, type Called } from '../support/call';
import { estateAt } from '../support/estates';
import { stride } from '../support/stride';
import { describeLab } from './describe-lab';
import { StandInKubelet } from '../../lab/servers/stand-in-kubelet';

const all = estateAt('cutover');
/** In the cutover, before the first app. */
const base: Estate = cutoverOrder(all).reduce<Estate>(
  (each, { name }) => withCutOver(each, name, false),
  all,
);
const nowMs = Date.parse('2026-01-10T00:00:00Z');
const { owner } = base.forgejo.packages;

describeLab('a cutover', () => {
  let lab: Lab<'forge' | 'legacyRegistry' | 'controllers' | 'kubernetes'>;
  let kubelet: StandInKubelet;
  let cluster: Cluster;
  let source: RegistryClient;
  let target: RegistryClient;
  let pullToken: string;
  /** What `estate/` would say. */
  let moved: Record<string, boolean> = {};

  beforeAll(async () => {
    lab = await startLab({ kubernetes: true, controllers: true, legacyRegistry: true, forge: true });
    const viktor = await lab.forge.createUser({ name: owner });
    pullToken = await lab.forge.createToken(viktor, ['read:package']);
    const password = await lab.forge.createToken(viktor, ['write:package']);
    source = new RegistryClient({ url: lab.legacyRegistry.url });
    target = new RegistryClient({ url: lab.forge.url, credentials: { username: owner, password } });
    const legacy = legacySpellings(base);
    kubelet = new StandInKubelet({
      kubernetes: lab.kubernetes,
      urlOf: (host) =>
        legacy.includes(host)
          ? lab.legacyRegistry.url
          : host === base.forgejo.host
            ? lab.forge.url
            : undefined,
    });
    cluster = clusterBy(({ args, input }) =>
      lab.kubernetes.kubectl(args, input).then(
        (stdout) => ({ code: 0, stdout, stderr: '' }),
        (error: unknown) => ({ code: 1, stdout: '', stderr: String(error) }),
      ),
    );
  }, 600_000);
  afterAll(async () => {
    await kubelet.stop();
    await lab.stop();
  });

  const secretOf = (namespace: string, password: string): object => {
    const auth = (user: string, word: string): object => ({
      auth: Buffer.from(`${user}:${word}`).toString('base64'),
    });
    const auths = {
      ...Object.fromEntries(legacySpellings(base).map((host) => [host, auth('reader', 'legacy')])),
      [base.forgejo.host]: auth(owner, password),
    };
    return {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/dockerconfigjson' },
      metadata: { name: base.pullSecret.name, namespace },
      stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
    };
  };
  /** The app as its stack has it now, and its images on both sides. */
  const deploy = async (estate: Estate, stack: string): Promise<void> => {
    const app = estate.apps.find((each) => each.stack === stack);
    if (app === undefined) throw new Error(`the estate has ${stack}`);
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: stack } },
      secretOf(stack, pullToken),
    ]);
    await applyObjects(
      lab.kubernetes,
      app.pulls.flatMap((pull) => {
        const image = formatImageReference(pulledReference(estate, app, pull));
        return pull.workloads.map(({ kind, name, containers, initContainers = [] }) => {
          const template = {
            metadata: { labels: { app: name } },
            spec: {
              containers: containers.map((container) => ({ name: container, image })),
              initContainers: initContainers.map((container) => ({ name: container, image })),
              imagePullSecrets: [{ name: base.pullSecret.name }],
              ...(kind === 'CronJob' ? { restartPolicy: 'Never' } : {}),
            },
          };
          return {
            ...{ apiVersion: kind === 'CronJob' ? 'batch/v1' : 'apps/v1', kind },
            metadata: { name, namespace: stack },
            spec:
              kind === 'CronJob'
                ? { schedule: '0 8 1 * *', jobTemplate: { spec: { template } } }
                : { replicas: 2, selector: { matchLabels: { app: name } }, template },
          };
        });
      }),
    );
  };
  const push = async (name: string, client: 'both' | 'source' = 'both', content = name): Promise<void> => {
    const image = base.images.find((each) => each.name === name);
    if (image === undefined) throw new Error(`the estate has ${name}`);
    await pushImage(source, imageAt(base, image, 'source').repository, content, image.tag);
    if (client === 'both')
      await pushImage(target, imageAt(base, image, 'forgejo').repository, content, image.tag);
  };
  const estateNow = (): Estate =>
    Object.entries(moved).reduce((each, [name, cutOver]) => withCutOver(each, name, cutOver), base);
  const props = (name: string, change: Partial<CutoverProps> = {}): CutoverProps => ({
    ...{ estate: estateNow(), name, to: 'forgejo', cluster, nowMs },
    registries: { target, sourceOf: () => source },
    ...change,
  });
  const means = (name: string): CutoverMeans => ({
    ...{ cluster, tell: () => undefined, rolloutSeconds: 60 },
    record: (cutOver) => (moved = { ...moved, [name]: cutOver }),
    // What Terraform does to these objects: it writes the references.
    bring: async (estate) => {
      const app = estate.apps.find(({ stack }) => stack === name);
      for (const pull of app?.pulls ?? [])
        for (const { kind, name: workload, containers, initContainers = [] } of pull.workloads)
          if (app !== undefined)
            await cluster.kubectl([
              ...['set', 'image', `${kind.toLowerCase()}/${workload}`, '-n', name],
              ...[...containers, ...initContainers].map(
                (container) => `${container}=${formatImageReference(pulledReference(estate, app, pull))}`,
              ),
            ]);
    },
  });
  const cut = async (name: string): Promise<CutoverResult> =>
    performCutover(await planCutover(props(name)), means(name));
  const saw = ({ looks }: CutoverResult): string[] =>
    looks.map(
      ({ holds, what, saw: text }) =>
        `${holds ? 'well' : 'not so'}: ${what}: ${text.replaceAll(/sha256:[0-9a-f]{64}/gu, '…')}`,
    );
  const imagesNow = async (namespace: string): Promise<Set<string>> =>
    new Set(
      (await cluster.items<{ spec: { containers: { image: string }[] } }>(['pods', '-n', namespace])).flatMap(
        ({ spec }) => spec.containers.map(({ image }) => image),
      ),
    );

  test('moves a Deployment and its CronJob: rolled out, the digest runs, each pulled from Forgejo, no Job run', async () => {
    await push('payslip-ingest');
    await deploy(base, 'payslip-ingest');

    const result = await cut('payslip-ingest');

    const reference = `${base.forgejo.host}/${owner}/payslip-ingest:4f70681d`;
    expect([result.state, moved, saw(result)]).toEqual([
      'done',
      { 'payslip-ingest': true },
      [
        'well: deliver and apply: done',
        `well: Deployment payslip-ingest/payslip-ingest on ${reference}: is told: ${reference}`,
        `well: Deployment payslip-ingest/payslip-ingest on ${reference}: restarts: the apply has begun its rollout`,
        `well: Deployment payslip-ingest/payslip-ingest on ${reference}: is rolled out: every pod is of the template with ${reference}`,
        expect.stringContaining(`2 pods on …; Successfully pulled image "${reference}"`),
        `well: CronJob payslip-ingest/actualbudget-payroll-sync on ${reference}: is told: ${reference}`,
        expect.stringContaining(`no pod runs it now; canary on …: Successfully pulled image "${reference}"`),
      ],
    ]);
    expect(await imagesNow('payslip-ingest')).toEqual(new Set([reference]));
    expect(await cluster.items(['jobs', '--all-namespaces'])).toEqual([]);
  });

  test('done again, it restarts, and proves by a canary what a node had already', async () => {
    const result = await cut('payslip-ingest');

    expect(result.state).toBe('done');
    expect(saw(result)[2]).toMatch(/restarts: restarted$/u);
    expect(saw(result)[4]).toContain('2 pods had it already; canary on …: Successfully pulled image');
  });

  test('goes back when told to, and comes again', async () => {
    const result = await performCutover(
      await planCutover({ ...props('payslip-ingest'), to: 'source' }),
      means('payslip-ingest'),
    );

    expect([result.state, moved, saw(result).filter((line) => line.startsWith('not so'))]).toEqual([
      'done',
      { 'payslip-ingest': false },
      [],
    ]);
    expect(await imagesNow('payslip-ingest')).toEqual(
      new Set([`${base.legacyRegistry.host}/payslip-ingest:4f70681d`]),
    );
    expect((await cut('payslip-ingest')).state).toBe('done');
  });

  test('that fails, since nodes may not pull, goes back by itself to what ran', async () => {
    await push('job-hunter');
    await deploy(base, 'job-hunter');
    await applyObjects(lab.kubernetes, [secretOf('job-hunter', 'c0ffee'.repeat(6))]);

    const result = await cut('job-hunter');

    expect([result.state, moved['job-hunter']]).toEqual(['rolled back', false]);
    expect(saw(result).filter((line) => line.startsWith('not so'))).toEqual([
      expect.stringMatching(/is rolled out: pod "job-hunter\/.*does not start, got ImagePullBackOff/u),
    ]);
    expect(await imagesNow('job-hunter')).toEqual(
      new Set([`${base.legacyRegistry.host}/job-hunter:92afc38d`]),
    );
    await applyObjects(lab.kubernetes, [secretOf('job-hunter', pullToken)]);
  });

  test('to a tag that somebody moved in between sees that another image runs, and goes back', async () => {
    const plan = await planCutover(props('job-hunter'));
    await pushImage(target, `${owner}/job-hunter`, 'another build', '92afc38d');

    const result = await performCutover(plan, means('job-hunter'));

    expect(result.state).toBe('rolled back');
    expect(saw(result).find((line) => line.startsWith('not so'))).toContain('runs another image');
    await push('job-hunter');
    expect((await cut('job-hunter')).state).toBe('done');
  });

  test('is refused for what the registries, the cluster and its Secret say, all at once', async () => {
    await push('claude-agent-service', 'source');
    await deploy(base, 'claude-agent-service');
    await lab.kubernetes.kubectl([
      ...['create', 'deployment', 'stranger', '-n', 'job-hunter'],
      `--image=${base.legacyRegistry.host}:5050/claude-agent-service:old`,
    ]);
    await lab.kubernetes.kubectl(['delete', 'secret', base.pullSecret.name, '-n', 'claude-agent-service']);

    await expect(planCutover(props('claude-agent-service'))).rejects.toThrow(
      new RegExp(
        [
          'cutover: Deployment job-hunter/stranger runs claude-agent-service, which the estate does not know, got .*',
          '.*/claude-agent-service:2fd7670d was not copied, got no such tag or digest at .*',
          '.*its pull Secret has no login for .*, got "registry-credentials", not in the namespace; .*',
        ].join('\n'),
        'u',
      ),
    );
  });

  test('killed at any of its calls, comes to the same end when it is called again, and leaves nothing behind', async () => {
    const name = 'wealthfolio';
    await push('wealthfolio-sync');
    await deploy(base, name);
    const subject = before(name);
    const plan = (cutOver: boolean): Promise<CutoverPlan> =>
      planCutover(props(name, { estate: withCutOver(subject, name, cutOver) }));
    const reference = `${base.forgejo.host}/${owner}/wealthfolio-sync:latest`;
    const of = async (kinds: string): Promise<number> => (await cluster.items([kinds, '-n', name])).length;
    /** How far it comes until this call of it, which never returns; or that there were not so many. */
    const runUntil = async (killAt: number): Promise<'killed' | 'done'> => {
      let calls = 0;
      return new Promise((resolve, reject) => {
        const call =
          <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
          (...args: A): Promise<R> => {
            calls += 1;
            if (calls !== killAt) return work(...args);
            resolve('killed');
            return new Promise<never>(() => undefined);
          };
        const dying: Cluster = {
          ...{ kubectl: call(cluster.kubectl), apply: call(cluster.apply), remove: call(cluster.remove) },
          items: call(cluster.items) as Cluster['items'],
        };
        const whole = means(name);
        plan(moved[name] ?? false)
          .then((each) => performCutover(each, { ...whole, cluster: dying, bring: call(whole.bring) }))
          .then(({ state }) => {
            if (state === 'done') resolve('done');
          })
          .catch(reject);
      });
    };
    let killAt = 1;
    for (; (await runUntil(killAt)) === 'killed'; killAt += stride) {
      const again = await performCutover(await plan(moved[name] ?? false), means(name));

      expect([killAt, again.state, moved[name], await of('jobs'), await of('pods')]).toEqual([
        killAt,
        'done',
        true,
        0,
        0,
      ]);
      expect(saw(again).at(-1)).toContain(`Successfully pulled image "${reference}"`);
      await performCutover(
        await planCutover({ ...props(name, { estate: withCutOver(subject, name, true) }), to: 'source' }),
        means(name),
      );
    }
    expect(killAt).toBeGreaterThan(5);
  }, 600_000);

  describe('by the command, with a tree of its own that OpenTofu applies', () => {
    const name = 'wealthfolio';
    const facts = mkdtempSync(join(tmpdir(), 'facts-'));
    const main = (image: string): string => `locals {
  image = "${image}"
}

resource "terraform_data" "wealthfolio_sync" {
  input = local.image
}

output "image" {
  value = local.image
}
`;
    let tree: string;
    afterAll(() => {
      rmSync(facts, { recursive: true });
      rmSync(tree, { recursive: true });
    });
    beforeAll(async () => {
      tree = mkdtempSync(join(tmpdir(), 'tree-'));
      copyFileSync(join(__dirname, '../../estate/apps.ts'), join(facts, 'apps.ts'));
      await push('wealthfolio-sync');
      await deploy(base, name);
      const [tofu, kubectl] = [await findTool('tofu'), await findTool('kubectl')];
      const script = (text: string): string => `#!/bin/sh\nset -eu\n${text}\n`;
      const files = {
        'terragrunt.hcl': '',
        '.gitignore': '.terraform*\n*.tfstate*\n',
        // After an apply it does what the Kubernetes provider would, which no lab can fetch.
        'scripts/tg': script(
          `"${tofu.path}" init -input=false >/dev/null
"${tofu.path}" "$@"
[ "$1" != apply ] || "${kubectl.path}" --kubeconfig "${lab.kubernetes.kubeconfig}" -n ${name} set image cronjob/wealthfolio-sync "sync=$("${tofu.path}" output -raw image)"`,
        ),
        [`stacks/${name}/terragrunt.hcl`]: 'include {\n  path = find_in_parent_folders()\n}\n',
        [`stacks/${name}/main.tf`]: main(`${base.legacyRegistry.host}/wealthfolio-sync:latest`),
      };
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(tree, path)), { recursive: true });
        writeFileSync(join(tree, path), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
      }
      git('init', '--quiet');
      save('the tree');
      execFileSync(join(tree, 'scripts/tg'), ['apply', '-auto-approve', '-input=false'], {
        stdio: 'pipe',
        cwd: join(tree, 'stacks', name),
      });
    });
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-C', tree, ...args], { encoding: 'utf8' });
    const save = (message: string): void => {
      git('add', '--all');
      git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', message);
    };
    /** Tells the command to end, once it is under way. */
    let told = new AbortController();
    const command = (verb: 'cutover' | 'rollback', ...more: readonly string[]): Promise<Called> => {
      told = new AbortController();
      const isMoved = readFileSync(join(facts, 'apps.ts'), 'utf8').includes('cutOver: true');
      return call(
        [verb, name, '--into', tree, '--forgejo', lab.forge.url, '--legacy', lab.legacyRegistry.url, ...more],
        {
          environment: { FORGEJO_USER: owner, FORGEJO_TOKEN: pullToken, PATH: process.env['PATH'] },
          verbs: [
            cutoverVerb(verb, () => withCutOver(before(name), name, isMoved), {
              ...{ facts, now: () => nowMs, signal: () => told.signal },
              run: ({ args, input }) =>
                lab.kubernetes.kubectl(args, input).then(
                  (stdout) => ({ code: 0, stdout, stderr: '' }),
                  (error: unknown) => ({ code: 1, stdout: '', stderr: String(error) }),
                ),
            }),
          ],
        },
      );
    };
    const imageNow = async (): Promise<string> => {
      const path = '{.items[0].spec.jobTemplate.spec.template.spec.containers[0].image}';
      return cluster.kubectl(['get', 'cronjobs', '-n', name, '-o', `jsonpath=${path}`]);
    };
    const [there, back] = [
      `${base.forgejo.host}/${owner}/wealthfolio-sync:latest`,
      `${base.legacyRegistry.host}/wealthfolio-sync:latest`,
    ];

    test('shows what becomes different in estate, tree and cluster, and changes nothing', async () => {
      const { code, out } = await command('cutover');

      expect(code).toBe(2);
      for (const line of [
        `CronJob wealthfolio/wealthfolio-sync  sync        ${back}  ${there}  yes          sha256:`,
        '-    cutOver: false,\n+    cutOver: true,',
        'image = local.wealthfolio_sync_image',
        'nothing was changed; --apply does all of it',
      ])
        expect(out).toContain(line);
      expect([git('status', '--porcelain'), await imageNow()]).toEqual(['', back]);
    });

    test('does it: the word, the delivery, the very plan, and a canary', async () => {
      const { code, out } = await command('cutover', '--apply');

      expect([code, out]).toEqual([0, expect.stringContaining('wealthfolio has moved; commit')]);
      expect(await imageNow()).toBe(there);
      expect(readFileSync(join(facts, 'apps.ts'), 'utf8').match(/cutOver: true/gu)).toHaveLength(1);
      save('cut wealthfolio over');
    });

    test('goes back, and every byte of the tree that people write is what the cutover left', async () => {
      const { code } = await command('rollback', '--apply');

      expect([
        code,
        await imageNow(),
        readFileSync(join(facts, 'apps.ts'), 'utf8').includes('cutOver: true'),
      ]).toEqual([0, back, false]);
      expect(git('status', '--porcelain').trim()).toBe(`M stacks/${name}/images.tf.json`);
      save('roll wealthfolio back');
    });

    test('told to end while Terraform applies, it says what was done and what was not, and goes on or back', async () => {
      const path = join(tree, 'stacks', name, 'main.tf');
      const [text, mark] = [readFileSync(path, 'utf8'), join(facts, 'applying')];
      const slow = `provisioner "local-exec" {\n    command = "touch ${mark}; sleep 600"\n  }\n}\n`;
      writeFileSync(path, `${text}\nresource "terraform_data" "slow" {\n  ${slow}`);
      save('somebody added what takes its time');
      const plans = (): string[] => readdirSync(tmpdir()).filter((each) => each.startsWith('parity-'));
      const before = plans();

      const ending = command('cutover', '--apply');
      while (!existsSync(mark)) await sleep(100);
      const toldMs = Date.now();
      told.abort();
      const { code, out, err } = await ending;

      expect([code, Date.now() - toldMs < 20_000, plans()]).toEqual([1, true, before]);
      expect(out).toMatch(/not so +deliver and apply +.*(?:called off|interrupt)/iu);
      expect(out).toMatch(/not so +CronJob wealthfolio.*is what runs, and was pulled +not begun/u);
      expect(err).toMatch(
        /^wealthfolio: stopped by its operator, got as far as is shown; .*apps.ts and .* stand as they were left: go on, or back by \.\/registry rollback wealthfolio --into .* --apply\nthen: \.\/registry cutover wealthfolio .*--apply\n$/u,
      );
      writeFileSync(path, text);
      git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '-qm', 'removed', path);
      execFileSync(join(tree, 'scripts/tg'), ['state', 'rm', 'terraform_data.slow'], {
        ...{ stdio: 'pipe', cwd: join(tree, 'stacks', name) },
      });
      expect(await command('cutover', '--apply')).toMatchObject({ code: 0 });
      expect(await imageNow()).toBe(there);
      expect(await command('rollback', '--apply')).toMatchObject({ code: 0 });
      expect(await imageNow()).toBe(back);
      expect(git('status', '--porcelain')).toBe('');
    });

    test('applies no plan that would destroy, and says which', async () => {
      const path = join(tree, 'stacks', name, 'main.tf');
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.replace('"wealthfolio_sync" {\n  input', '"wealthfolio_other" {\n  input'));
      save('somebody renamed it');

      const { code, out } = await command('cutover', '--apply');

      expect([code, await imageNow()]).toEqual([1, back]);
      expect(out).toContain('destroyed terraform_data.wealthfolio_sync');
      expect(out).toContain(
        'wealthfolio is not as it should be and did not go back; docs/runbooks/cutover.md',
      );
    });
  });
});
