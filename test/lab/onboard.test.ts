import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { RegistryClient } from '../../clients/oci/client';
import { mediaTypes } from '../../clients/oci/manifest';
import { digestOf } from '../../clients/oci/push-image';
import { onboard } from '../../commands/onboard';
import type { Estate } from '../../estate/estate';
import { readEvidence } from '../../estate/evidence';
import { startLab, type Lab } from '../../lab/runs/lab';
import type { ForgeUser } from '../../lab/servers/forge-administration';
import { runOk } from '../../terminal/run';
import { call, type Called } from '../support/call';
import { estateAt } from '../support/estates';
import { FakeWoodpecker } from '../support/fake-woodpecker';
import { InterceptingProxy, type Interception } from '../support/intercepting-proxy';
import { strideOver } from '../support/stride';
import { credentialsEstate } from './credentials-estate';
import { describeLab } from './describe-lab';

describeLab('./registry onboard', () => {
  let lab: Lab<'forge' | 'legacyRegistry'>;
  let admin: ForgeUser;
  let forge: InterceptingProxy;
  let ci: InterceptingProxy;
  const woodpecker = new FakeWoodpecker();
  beforeAll(async () => {
    lab = await startLab({ forge: true, legacyRegistry: true });
    admin = await lab.forge.createAdministrator('onboarder');
    await woodpecker.start();
    forge = await new InterceptingProxy(lab.forge.url).start();
    ci = await new InterceptingProxy(woodpecker.url).start();
  }, 1_800_000);
  afterAll(async () => {
    await Promise.all([forge.stop(), ci.stop(), woodpecker.stop()]);
    await lab.stop();
  }, 60_000);

  let folder: string;
  let source: string;
  const git = (...args: string[]): Promise<string> =>
    runOk('git', ['-C', source, '-c', 'user.name=a', '-c', 'user.email=a@b.invalid', ...args]);
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'onboard-'));
    source = join(folder, 'code');
    mkdirSync(join(folder, 'evidence'));
    for (const part of ['fire-planner/.github/workflows', 'secrets'])
      mkdirSync(join(source, part), { recursive: true });
    await git('init', '--quiet');
    writeFileSync(join(source, 'fire-planner/Dockerfile'), 'FROM scratch\n');
    writeFileSync(join(source, 'fire-planner/.github/workflows/build.yml'), 'on: push\n');
    await git('add', '.');
    await git('commit', '-qm', 'planner');
    writeFileSync(join(source, 'secrets/other'), 'another project\n');
    await git('add', '.');
    await git('commit', '-qm', 'another');
    for (const name of ['registry_user', 'registry_password', 'forgejo_push_token']) {
      woodpecker.remove(name);
      woodpecker.add(name, 'a value', '', ['push', 'manual']);
    }
    woodpecker.build = async ({ fullName }) => {
      const branch = (await api(`/repos/${fullName}/branches/main`)) as { commit: { id: string } };
      await pushBoth(fullName, branch.commit.id);
      return branch.commit.id;
    };
    woodpecker.forge = async (id) => ((await api(`/repositories/${id}`)) as { full_name?: string }).full_name;
  });
  afterEach(() => {
    forge.intercept = () => undefined;
    ci.intercept = () => undefined;
    rmSync(folder, { recursive: true });
  });

  const headers = () => ({
    authorization: `Basic ${Buffer.from(`${admin.name}:${admin.password}`).toString('base64')}`,
  });
  const api = async (path: string): Promise<unknown> =>
    (await fetch(`${lab.forge.url}/api/v1${path}`, { headers: headers() })).json();
  /** What a build does: one image, under the commit's tag, on both sides. */
  const pushBoth = async (fullName: string, commit: string): Promise<void> => {
    const credentials = { username: admin.name, password: admin.password };
    const sides = [
      [new RegistryClient({ url: lab.forge.url, credentials }), fullName],
      [new RegistryClient({ url: lab.legacyRegistry.url }), fullName.split('/')[1] ?? ''],
    ] as const;
    const config = Buffer.from(
      JSON.stringify({ created: new Date().toISOString(), architecture: 'amd64', os: 'linux', commit }),
    );
    for (const [client, repository] of sides) {
      await client.putBlob(repository, config);
      const of = { mediaType: 'application/vnd.oci.image.config.v1+json', size: config.byteLength };
      const manifest = { schemaVersion: 2, mediaType: mediaTypes.image, layers: [] };
      const body = { ...manifest, config: { ...of, digest: await digestOf(config) } };
      await client.putManifest(
        repository,
        commit.slice(0, 8),
        Buffer.from(JSON.stringify(body)),
        mediaTypes.image,
      );
    }
  };
  const newEstate = async (): Promise<Estate> => {
    const { forgejo, tokens } = await credentialsEstate(lab.forge, 'user');
    return { ...estateAt('dual-push'), forgejo, tokens };
  };
  const command = async (
    estate: Estate,
    line: string,
    options: readonly string[] = ['--source', source],
  ): Promise<Called> => {
    const evidence = join(folder, 'evidence');
    const seen = { ...estate, evidence: [...estate.evidence, ...readEvidence(evidence).evidence] };
    const means = { folder: evidence, pauseMs: 1, now: Date.now, signal: () => new AbortController().signal };
    const called = await call(
      [
        ...['onboard', ...line.split(' '), '--forgejo', forge.url, '--woodpecker', ci.url],
        ...['--legacy', lab.legacyRegistry.url, ...options],
      ],
      {
        environment: {
          PATH: process.env['PATH'],
          ...{ FORGEJO_ADMIN_USER: admin.name, FORGEJO_ADMIN_PASSWORD: admin.password },
          ...{ FORGEJO_USER: admin.name, FORGEJO_TOKEN: admin.password },
          WOODPECKER_TOKEN: woodpecker.token,
        },
        verbs: [onboard(() => seen, means)],
      },
    );
    expect(called.out + called.err).not.toContain(admin.password);
    expect(called.out + called.err).not.toContain(woodpecker.token);
    return called;
  };
  const titles = ({ out }: Called): string[] =>
    out.split('\n').flatMap((line) => /^ {2}((?!note:)\S.*)/.exec(line)?.[1] ?? []);
  const names = async (path: string): Promise<string[]> =>
    ((await api(path)) as { name: string }[]).map(({ name }) => name).sort();

  it('splits the history out, registers it, writes its pipeline and sees its first build on both sides', async () => {
    const estate = await newEstate();
    const at = `/repos/${estate.forgejo.packages.owner}/fire-planner`;
    const planned = await command(estate, 'fire-planner plan');
    expect([planned.code, planned.err]).toEqual([2, '']);
    expect(titles(planned)).toEqual([
      expect.stringMatching(/^create the private repository user\S+\/fire-planner$/),
      'push the history to main',
      'register it with Woodpecker',
      'allow deployments',
      'commit ci/verify-push.sh and .woodpecker.yml to main',
      'see its build through',
      'see the build on both registries, and write that down',
    ]);
    expect(await api(at)).toHaveProperty('errors');

    const done = await command(estate, 'fire-planner apply');
    expect([done.code, done.err]).toEqual([0, '']);
    expect(await names(`${at}/contents`)).toEqual(['.github', '.woodpecker.yml', 'Dockerfile', 'ci']);
    expect(((await api(`${at}/commits`)) as unknown[]).length).toBe(2);
    expect(await api(at)).toMatchObject({ private: true, default_branch: 'main' });
    expect(woodpecker.projects.at(-1)).toMatchObject({ active: true, allowDeploy: true });
    expect(existsSync(join(folder, 'evidence/dual-push.fire-planner.json'))).toBe(true);
    expect(done.out).toContain('[ ] write fire-planner: ');

    expect(await command(estate, 'fire-planner plan')).toMatchObject({ code: 0, err: '' });
    // Without the source it goes on too, and with a newer one it does not guess.
    expect((await command(estate, 'fire-planner apply', [])).out).toMatch(
      /^\[ \] write fire-planner: \d+ into [^\n]+\nnothing to do\n$/,
    );
    writeFileSync(join(source, 'fire-planner/newer'), '');
    await git('add', '.');
    await git('commit', '-qm', 'newer');
    const newer = await command(estate, 'fire-planner apply');
    expect([newer.code, newer.err]).toEqual([
      3,
      expect.stringContaining('main does not go on from the source, got'),
    ]);
  });

  it('ended after any of its requests, it comes to the same end when it is run again', async () => {
    const asked: string[] = [];
    // How often the branch is looked for after the push is the forge's matter, so it counts once.
    const note = (request: string): undefined => {
      if (request !== asked.at(-1)) asked.push(request);
    };
    forge.intercept = note;
    ci.intercept = note;
    expect((await command(await newEstate(), 'fire-planner apply')).code).toBe(0);
    // What is lost behind a read is what was lost behind the change before it; git's own requests are its one push.
    const changes = asked.flatMap((request, index) => (request.startsWith('GET ') ? [] : [index + 1]));
    expect(changes.length).toBeGreaterThan(5);
    for (const survived of strideOver(changes)) {
      rmSync(join(folder, 'evidence'), { recursive: true });
      mkdirSync(join(folder, 'evidence'));
      const estate = await newEstate();
      let seen = 0;
      let last = '';
      const lose = (request: string): Interception => {
        if (request !== last) seen += 1;
        last = request;
        if (seen > survived) return { status: 418 };
        // Git waits for the rest of an answer that is cut, so of its push only what comes after it is lost.
        const cut = seen === survived && !request.includes('.git/');
        return cut ? { rewrite: () => Buffer.from('cut') } : undefined;
      };
      forge.intercept = lose;
      ci.intercept = lose;
      expect((await command(estate, 'fire-planner apply')).code).not.toBe(0);
      forge.intercept = () => undefined;
      ci.intercept = () => undefined;
      const again = await command(estate, 'fire-planner apply');
      expect([again.code, again.err]).toEqual([0, '']);
      const at = `/repos/${estate.forgejo.packages.owner}/fire-planner`;
      expect(((await api(`${at}/commits`)) as unknown[]).length).toBe(2);
      const mine = woodpecker.projects.filter(({ fullName }) =>
        fullName.startsWith(`${estate.forgejo.packages.owner}/`),
      );
      expect(mine.map(({ builds }) => builds.length)).toEqual([1]);
    }
  }, 900_000);

  it.each([
    ['a secret that is not there', 'is missing'],
    ['a secret for some plugins alone', 'is filtered'],
    ['a secret that a push is not given', 'is of another event'],
  ])('stops before it writes a pipeline whose build would fail for %s', async (_, how) => {
    const estate = await newEstate();
    woodpecker.remove('forgejo_push_token');
    if (how !== 'is missing')
      await fetch(`${woodpecker.url}/api/secrets`, {
        method: 'POST',
        headers: { authorization: `Bearer ${woodpecker.token}` },
        body: JSON.stringify({
          ...{ name: 'forgejo_push_token', value: 'x' },
          ...(how === 'is filtered'
            ? { events: ['push', 'manual'], images: ['a'] }
            : { events: ['pull_request'], images: [] }),
        }),
      });
    const stopped = await command(estate, 'fire-planner apply');
    expect([stopped.code, stopped.err]).toEqual([1, expect.stringContaining('got none called')]);
    const at = `/repos/${estate.forgejo.packages.owner}/fire-planner`;
    expect(await names(`${at}/contents`)).not.toContain('.woodpecker.yml');
  });

  it('a history with what Woodpecker reads before the pipeline is refused, by its files', async () => {
    mkdirSync(join(source, 'fire-planner/.woodpecker'));
    writeFileSync(join(source, 'fire-planner/.woodpecker/deploy.yml'), 'steps: []\n');
    await git('add', '.');
    await git('commit', '-qm', 'deploy');
    const estate = await newEstate();
    const stopped = await command(estate, 'fire-planner apply');
    const why =
      'Woodpecker reads no .woodpecker.yml beside these, got .woodpecker/deploy.yml; remove them from main';
    expect([stopped.code, stopped.err]).toEqual([1, expect.stringContaining(why)]);
    const again = await command(estate, 'fire-planner plan');
    expect([again.code, again.err]).toEqual([3, expect.stringContaining(why)]);
  });

  it('what is another repository of that name is not taken for it', async () => {
    const estate = await newEstate();
    const { owner } = estate.forgejo.packages;
    expect((await command(estate, 'fire-planner apply')).code).toBe(0);
    const at = `${lab.forge.url}/api/v1/repos/${owner}/fire-planner`;
    const rename = { method: 'PATCH', body: JSON.stringify({ name: 'renamed' }) };
    await fetch(at, { ...rename, headers: { ...headers(), 'content-type': 'application/json' } });
    const renamed = await command(estate, 'fire-planner plan');
    expect([renamed.code, renamed.err]).toEqual([
      1,
      expect.stringContaining('it was renamed or moved; name it'),
    ]);

    await fetch(at.replace(/fire-planner$/u, 'renamed'), { method: 'DELETE', headers: headers() });
    const deleted = await command(estate, 'fire-planner plan');
    expect([deleted.code, deleted.err]).toEqual([
      3,
      expect.stringContaining('is of another repository of that name'),
    ]);
  });

  it('a repository with another history on another branch is refused', async () => {
    const estate = await newEstate();
    const made = { name: 'fire-planner', private: true, auto_init: true, default_branch: 'trunk' };
    await fetch(`${lab.forge.url}/api/v1/admin/users/${estate.forgejo.packages.owner}/repos`, {
      ...{ method: 'POST', body: JSON.stringify(made) },
      headers: { ...headers(), 'content-type': 'application/json' },
    });
    const refused = await command(estate, 'fire-planner plan');
    expect([refused.code, refused.err]).toEqual([
      3,
      expect.stringContaining('got commits and no branch "main"'),
    ]);
  });

  it('a build that fails, or differs between the registries, is no evidence', async () => {
    const estate = await newEstate();
    const right = woodpecker.build;
    woodpecker.build = async (project) => {
      const branch = (await api(`/repos/${project.fullName}/branches/main`)) as { commit: { id: string } };
      return branch.commit.id;
    };
    const wrong = await command(estate, 'fire-planner apply');
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('not the same image on both')]);
    for (const build of woodpecker.projects.at(-1)?.builds ?? []) build.status = 'failure';
    woodpecker.build = right;
    expect((await command(estate, 'fire-planner apply')).code).toBe(0);
  });

  it.each([
    ['freedify plan', [], 'has no history, got no --source; name a clone of the project'],
    ['payslip-ingest plan', [], 'should be there, got none; correct "move" in estate/projects.ts'],
    ['infra-ci apply', [], 'stays where it is'],
    ['freedify plan', ['--source', '.', '--folder', 'x'], '--folder: is no use'],
    ['nothing plan', [], 'is no project, got "nothing"; name one of'],
    ['hmrc-sync plan', ['--source', '/nowhere'], '--source: has no history of the folder "hmrc-sync", got'],
  ])('%s with %j is refused, and nothing is made', async (line, options, why) => {
    const refused = await command(await newEstate(), line, options);
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining(why)]);
  });
});
