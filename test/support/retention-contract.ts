/* eslint jest/no-export: off -- one suite, two servers */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ForgejoApi } from '../../clients/forgejo/api';
import type { Tag } from '../../clients/forgejo/tag';
import { IMAGE_SOURCES } from '../../clients/kubernetes/images';
import { deleteVersion, hasVersion } from '../../clients/forgejo/version';
import { listVersions } from '../../clients/forgejo/versions';
import { RegistryClient } from '../../clients/oci/client';
import type { RetentionConfig } from '../../programs/retention/config';
import { EXIT, type ExitCode } from '../../programs/exit-code';
import { Stopped } from '../../programs/stopped';
import { run } from '../../programs/retention/run';
import { FakeCluster, OWN_POD } from './fake-cluster';
import { InterceptingProxy } from './intercepting-proxy';
import { pushImage, pushIndex } from './push-image';

/** An owner on a Forgejo, fresh for each case, and the power over its server. */
export interface Account {
  readonly url: string;
  readonly owner: string;
  readonly token: string;
  /** Another account, whose token may write its own packages and read these. */
  readonly stranger: { readonly name: string; readonly token: string };
  revokeToken(): Promise<void>;
  /** Runs the server's own clean-up, with nothing too young for it. */
  runCleanup(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface ServerUnderTest {
  newAccount(): Promise<Account>;
  stop(): Promise<void>;
}

interface ContractOptions {
  readonly timeoutMs: number;
  readonly manyVersions: number;
  /** Whether the server may be killed in mid-run; one that already ran may not. @default true */
  readonly killable?: boolean;
}

const HOST = 'forge.example';

/** What retention promises on any server that speaks Forgejo's protocol: the fake and a real one answer the same suite. */
export function retentionContract(
  name: string,
  startServer: () => Promise<ServerUnderTest>,
  { timeoutMs, manyVersions, killable = true }: ContractOptions,
): void {
  const itOnOwnForge = killable ? it : it.skip;
  describe(`retention on ${name}`, () => {
    let server: ServerUnderTest;
    let account: Account;
    let cluster: FakeCluster;
    let proxy: InterceptingProxy;
    let push: RegistryClient;
    beforeAll(async () => {
      server = await startServer();
    }, 1_800_000);
    afterAll(() => server.stop());
    beforeEach(async () => {
      account = await server.newAccount();
      cluster = await new FakeCluster().start();
      proxy = await new InterceptingProxy(account.url).start();
      const credentials = { username: account.owner, password: account.token };
      push = new RegistryClient({ url: account.url, credentials, retryDelayMs: 20 });
      expectPackages(0);
    }, timeoutMs);
    afterEach(async () => {
      await proxy.stop();
      await cluster.stop();
    });

    const repository = (name: string): string => `${account.owner}/${name}`;
    const image = (name: string, seed: string, tag?: string): Promise<string> =>
      pushImage(push, repository(name), seed, tag);
    const index = (name: string, seed: string, tag: string): Promise<string> =>
      pushIndex(push, repository(name), [`${seed} a`, `${seed} b`, `${seed} attestation`], tag);
    const expectPackages = (count: number): void => {
      const group = `instance="${HOST}",job="forgejo-retention",owner="${account.owner}"`;
      cluster.metrics.set(`forgejo_retention_packages_expected{${group}}`, String(count));
    };
    const metric = (name: string): number | undefined => {
      const found = [...cluster.metrics].find(([series]) => series.startsWith(`forgejo_retention_${name}{`));
      return found && Number(found[1]);
    };
    const runs = (reference: string): void => {
      const spec = { template: { spec: { containers: [{ name: 'main', image: reference }] } } };
      cluster.objects.set('/apis/apps/v1/deployments', [
        { metadata: { name: 'app', namespace: 'apps' }, spec },
      ]);
    };
    const retain = async (
      changes: Partial<RetentionConfig> = {},
      as = { name: account.owner, token: account.token },
      signal: AbortSignal = new AbortController().signal,
    ): Promise<{ readonly code: ExitCode; readonly lines: string }> => {
      const lines: string[] = [];
      const config: RetentionConfig = {
        ...{
          mode: 'enforce',
          forgeUrl: proxy.url,
          // The server names its token service by its own address, which the proxy stands before.
          registryHosts: [HOST, new URL(account.url).host],
          owner: account.owner,
          tokenUser: as.name,
        },
        ...{
          estateReferences: [],
          pushgatewayUrl: cluster.url,
          kubernetesUrl: cluster.url,
          deadlineSeconds: 600,
        },
        ...{ keepNewestTags: 1, alwaysKeepTags: ['latest'], alwaysKeepPatterns: ['/cache/'], graceHours: 0 },
        ...{ maxDeletionsPerRun: 5000, maxDeletedShareOfPackage: 1 },
        ...changes,
      };
      const patience = { retries: 3, retryDelayMs: 20 };
      const code = await run({
        config,
        token: as.token,
        pod: OWN_POD,
        patience,
        print: (line) => lines.push(line),
        signal,
      });
      return { code, lines: lines.join('\n') };
    };
    const tagsOf = async (name: string): Promise<readonly string[]> => {
      const tags: string[] = [];
      for (const version of await listVersions(apiOf(account)))
        if (version.package === name && !version.name.startsWith('sha256:')) tags.push(version.name);
      return tags.sort();
    };
    const isWhole = async (name: string, reference: string): Promise<boolean> => {
      const { body } = await push.getManifest(repository(name), reference);
      const { manifests = [] } = JSON.parse(body.toString()) as { manifests?: { digest: string }[] };
      const answers = await Promise.allSettled(
        manifests.map((child) => push.getManifest(repository(name), child.digest)),
      );
      return answers.every(({ status }) => status === 'fulfilled');
    };

    it(
      'deletes the tag of an old index and keeps every child and attestation of the newest, after a clean-up too',
      async () => {
        for (const version of ['v1', 'v2', 'v3']) await index('app', version, version);

        const { code } = await retain();

        expect({ code, tags: await tagsOf('app'), whole: await isWhole('app', 'v3') }).toEqual({
          code: EXIT.done,
          tags: ['v3'],
          whole: true,
        });
        await account.runCleanup();
        expect(await isWhole('app', 'v3')).toBe(true);
      },
      timeoutMs,
    );

    it(
      'judges a tag that moved to another digest by its last push',
      async () => {
        await image('app', 'first', 'stable');
        await image('app', 'second', 'v2');
        const moved = await image('app', 'third', 'stable');

        await retain();

        expect(await tagsOf('app')).toEqual(['stable']);
        expect((await push.headManifest(repository('app'), 'stable')).digest).toBe(moved);
      },
      timeoutMs,
    );

    it(
      'keeps both tags of one digest while one of them is needed, and control: takes the old one of another',
      async () => {
        await image('app', 'unneeded', 'v0');
        await image('app', 'same', 'v1');
        await image('app', 'same', 'v2');
        await image('app', 'newest', 'v3');
        runs(`${HOST}/${repository('app')}:v1`);

        await retain();

        expect(await tagsOf('app')).toEqual(['v1', 'v2', 'v3']);
      },
      timeoutMs,
    );

    it(
      'keeps what was pushed by digest only while something names it or its signature is there, and control: takes the rest',
      async () => {
        const named = await image('app', 'named by digest');
        const signed = await image('app', 'signed');
        const forgotten = await image('app', 'forgotten');
        await image('app', 'signature', `sha256-${signed.slice('sha256:'.length)}.sig`);
        await image('app', 'v1', 'v1');
        runs(`${HOST}/${repository('app')}@${named}`);

        const { code } = await retain();

        expect(code).toBe(EXIT.done);
        for (const digest of [named, signed])
          expect((await push.headManifest(repository('app'), digest)).size).toBeGreaterThan(0);
        await expect(push.headManifest(repository('app'), forgotten)).rejects.toThrow('404');
      },
      timeoutMs,
    );

    it(
      'frees what moved tags and promotion into a second package leave, and loses nothing that stays',
      async () => {
        for (const version of ['v1', 'v2', 'v3'])
          for (const name of ['app', 'app-prod']) {
            await index(name, version, version);
            await index(name, version, 'latest');
          }

        const first = await retain();
        await account.runCleanup();

        expect(first.code).toBe(EXIT.done);
        for (const name of ['app', 'app-prod']) {
          expect(await tagsOf(name)).toEqual(['latest', 'v3']);
          expect(await isWhole(name, 'latest')).toBe(true);
          expect((await listVersions(apiOf(account))).filter((row) => row.package === name)).toHaveLength(5);
        }
      },
      timeoutMs,
    );

    it(
      'keeps signatures of images that live in another package or that nobody knows',
      async () => {
        const live = await image('app', 'live', 'v1');
        for (const hex of [live, `sha256:${'e'.repeat(64)}`].map((each) => each.slice('sha256:'.length)))
          await image('signatures', `of ${hex}`, `sha256-${hex}.sig`);
        await image('signatures', 'image', 'v1');

        await retain();

        expect(await tagsOf('signatures')).toHaveLength(3);
      },
      timeoutMs,
    );

    it(
      'does not miss in the next run a package that had no tag and is gone',
      async () => {
        await image('app', 'v1', 'v1');
        await image('by-digest', 'never tagged');

        const codes = [(await retain()).code, (await retain()).code];
        await account.runCleanup();

        expect([...codes, (await retain()).code]).toEqual([EXIT.done, EXIT.done, EXIT.done]);
        expect((await listVersions(apiOf(account))).map((row) => row.package)).toEqual(['app']);
      },
      timeoutMs,
    );

    it(
      'keeps a tag that the policy spells in another case, and what an argument names at the address of the job itself',
      async () => {
        for (const version of ['stable', 'v0', 'v1', 'v2']) await image('app', version, version);
        const spec = {
          containers: [{ name: 'm', args: [`--run=${new URL(proxy.url).host}/${repository('app')}:v0`] }],
        };
        cluster.objects.set('/apis/batch/v1/cronjobs', [
          {
            metadata: { name: 'paused', namespace: 'apps' },
            spec: { suspend: true, jobTemplate: { spec: { template: { spec } } } },
          },
        ]);

        await retain({ alwaysKeepTags: ['Stable'] });

        expect(await tagsOf('app')).toEqual(['stable', 'v0', 'v2']);
      },
      timeoutMs,
    );

    it.each([204, 404])(
      'fails where a deletion is answered with %i and not made, and names it',
      async (status) => {
        for (const version of ['v1', 'v2']) await image('app', version, version);
        proxy.intercept = (request) =>
          request.startsWith('DELETE') && request.endsWith('/app/v1') ? { status } : undefined;

        const { code, lines } = await retain();

        expect(lines).toContain('app:v1 could not be deleted: Forgejo says that it is gone, and lists it');
        expect([code, metric('success'), metric('tags_deleted'), metric('failures')]).toEqual([
          EXIT.failed,
          ...[0, 0, 1],
        ]);
      },
      timeoutMs,
    );

    it(
      'fails where the deletion of a child is answered with 204 and not made, and names it',
      async () => {
        // Contents of its own: what stays without a tag concerns everybody on this server who has it.
        for (const version of ['v1', 'v2']) await index('app', `staying ${version}`, version);
        proxy.intercept = (request) =>
          request.startsWith('DELETE') && request.includes('/app/sha256') ? { status: 204 } : undefined;

        const { code, lines } = await retain();

        expect(lines).toMatch(
          /app: 3 digests could not be deleted: Forgejo says that sha256:[0-9a-f]{64}, .* is gone, and lists it/,
        );
        expect(lines).toMatch(/app:v1 deleted$/m);
        expect([code, metric('success'), metric('failures')]).toEqual([EXIT.failed, 0, 1]);
      },
      timeoutMs,
    );

    const clusterIsRead = (then: () => void): void => {
      const paths = new Set<string | undefined>();
      cluster.intercept = ({ url }) => {
        if (url?.includes('/metrics') === false && paths.size < IMAGE_SOURCES.length) {
          paths.add(url.split('?')[0]);
          if (paths.size === IMAGE_SOURCES.length) setImmediate(then);
        }
        return false;
      };
    };

    it(
      'keeps what the cluster begins to need after it was read for the plan, and control: deletes the rest',
      async () => {
        for (const version of ['v1', 'v2', 'v3']) await index('app', version, version);
        clusterIsRead(() => {
          runs(`${HOST}/${repository('app')}:v1`);
        });

        const { code, lines } = await retain();

        expect({ code, tags: await tagsOf('app') }).toEqual({ code: EXIT.done, tags: ['v1', 'v3'] });
        expect(await isWhole('app', 'v1')).toBe(true);
        expect(lines).toContain(
          'app:v1 stays, because since the plan was made the cluster needs it: Deployment apps/app',
        );
      },
      timeoutMs,
    );

    it(
      'names an image that the cluster began to need and that somebody else took away',
      async () => {
        for (const version of ['v1', 'v2', 'v3']) await image('app', version, version);
        clusterIsRead(() => {
          runs(`${HOST}/${repository('app')}:v1`);
        });
        let taken: Promise<unknown> | undefined;
        proxy.intercept = async (request) => {
          if (request.startsWith('DELETE') && request.endsWith('/app/v2'))
            await (taken ??= deleteVersion(apiOf(account), 'app', 'v1' as Tag));
          return undefined;
        };

        const { code, lines } = await retain();

        expect(lines).toContain('app:v1 is kept but broken: it is gone, and this run did not delete it');
        expect([code, metric('broken_images'), await tagsOf('app')]).toEqual([EXIT.faults, 1, ['v3']]);
      },
      timeoutMs,
    );

    it(
      'told to end while the cluster is read again, it tries nothing and calls nothing failed',
      async () => {
        for (const version of ['v1', 'v2']) await image('app', version, version);
        const told = new AbortController();
        clusterIsRead(() => {
          cluster.intercept = () => {
            told.abort(new Stopped('signal', 'SIGTERM'));
            return true;
          };
        });

        const { code, lines } = await retain({}, undefined, told.signal);

        expect(lines).toMatch(/app:v1 was not tried: .*SIGTERM/);
        expect(await tagsOf('app')).toEqual(['v1', 'v2']);
        expect(code).toBe(EXIT.failed);
      },
      timeoutMs,
    );

    it.each([
      [
        'is without the pod that asks',
        (): void => {
          cluster.objects.clear();
        },
        "without this job's own pod; look at the API server",
      ],
      [
        'is half of what it was',
        (): void => {
          cluster.objects.delete('/api/v1/podtemplates');
        },
        'nothing more is deleted because the cluster shows less than for the plan',
      ],
      [
        'cannot be read',
        (): void => {
          cluster.intercept = (request, response): boolean => {
            if (request.url?.includes('/api/v1/pods') !== true) return false;
            response.writeHead(400).end();
            return true;
          };
        },
        'refused, got 400',
      ],
    ])(
      'deletes nothing when the cluster %s before the deletions',
      async (_, then, line) => {
        for (const version of ['v1', 'v2', 'v3']) await image('app', version, version);
        cluster.objects.set(
          '/api/v1/podtemplates',
          ['a', 'b', 'c'].map((name) => ({ metadata: { name, namespace: 'apps' } })),
        );
        clusterIsRead(then);

        const { code, lines } = await retain();

        expect([code, metric('success')]).toEqual([EXIT.failed, 0]);
        expect(lines).toContain(line);
        expect(await tagsOf('app')).toEqual(['v1', 'v2', 'v3']);
      },
      timeoutMs,
    );

    it(
      'leaves what the last run found broken standing when it cannot look again',
      async () => {
        for (const version of ['v1', 'v2']) await index('app', version, version);
        const [child] = (await listVersions(apiOf(account))).filter(({ name }) => name.startsWith('sha256:'));
        await deleteVersion(apiOf(account), 'app', child?.name as Tag);
        runs(`${HOST}/${repository('app')}:v9`);
        const found = await retain({ keepNewestTags: 9 });
        proxy.intercept = () => ({ status: 400 });
        const away = await retain({ keepNewestTags: 9 });

        expect([found.code, away.code]).toEqual([EXIT.faults, EXIT.failed]);
        expect([metric('broken_images'), metric('missing_tags')]).toEqual([1, 1]);
      },
      timeoutMs,
    );

    it(
      'counts builds and not tags, and latest only where it is one of its own',
      async () => {
        for (const version of ['1', '2', '3'])
          for (const tag of [`main-${version}`, `sha-${version}`, version]) await image('app', version, tag);
        await image('app', '3', 'latest');

        await retain({ keepNewestTags: 2 });

        expect(await tagsOf('app')).toEqual(['2', '3', 'latest', 'main-2', 'main-3', 'sha-2', 'sha-3']);
      },
      timeoutMs,
    );

    it(
      'deletes nothing when the cluster shows itself without the pod that asks, or only half of what it was',
      async () => {
        for (const version of ['v1', 'v2']) await image('app', version, version);
        const pods = cluster.objects.get('/api/v1/pods') ?? [];
        cluster.objects.clear();
        const empty = await retain();
        cluster.objects.set('/api/v1/pods', pods);
        const group = `instance="${HOST}",job="forgejo-retention",owner="${account.owner}"`;
        cluster.metrics.set(`forgejo_retention_cluster_objects_expected{${group}}`, '100');
        const shrunken = await retain();

        expect([empty.code, shrunken.code]).toEqual([EXIT.refused, EXIT.refused]);
        expect(empty.lines).toContain("lack this job's own pod");
        expect(shrunken.lines.match(/the cluster shrank/g)).toHaveLength(1);
        expect(metric('success')).toBe(0);
        expect(await tagsOf('app')).toEqual(['v1', 'v2']);
      },
      timeoutMs,
    );

    it(
      'fails when too few manifests can be read, and keeps one package whole for one that is cut',
      async () => {
        for (const name of ['app', 'web', 'api', 'job'])
          for (const version of ['v1', 'v2']) await image(name, version, version);
        proxy.intercept = (request) =>
          request.startsWith('GET') && request.includes('/manifests/') ? { status: 429 } : undefined;
        const none = await retain();
        proxy.intercept = (request) =>
          request.includes('/web/manifests/v1')
            ? { rewrite: (body) => body.subarray(0, body.length / 2) }
            : undefined;
        const cut = await retain();

        expect(none).toEqual({ code: EXIT.failed, lines: expect.stringContaining('0 of 8 manifests (0 %)') });
        expect(cut.code).toBe(EXIT.faults);
        expect(await tagsOf('web')).toEqual(['v1', 'v2']);
        expect(await tagsOf('app')).toEqual(['v2']);
      },
      timeoutMs,
    );

    it(
      'counts as its own a deletion whose answer was lost',
      async () => {
        for (const version of ['v1', 'v2']) await image('app', version, version);
        let lost = 0;
        proxy.intercept = async (request) => {
          if (!request.startsWith('DELETE') || !request.endsWith('/app/v1') || lost++ > 0) return undefined;
          await fetch(`${account.url}${request.split(' ')[1] ?? ''}`, {
            method: 'DELETE',
            headers: { authorization: `token ${account.token}` },
          });
          return { status: 502 };
        };

        const { code, lines } = await retain();

        expect(code).toBe(EXIT.done);
        expect(lines).toContain('app:v1 deleted');
        expect(metric('tags_deleted')).toBe(1);
      },
      timeoutMs,
    );

    it(
      'tells what the estate names, the cluster needs or a container runs that is not there',
      async () => {
        await image('app', 'v1', 'v1');
        const gone = `sha256:${'d'.repeat(64)}`;
        runs(`${HOST}/${repository('app')}:v9`);
        cluster.objects.set('/api/v1/pods', [
          ...(cluster.objects.get('/api/v1/pods') ?? []),
          {
            metadata: { name: 'old', namespace: 'apps' },
            status: { containerStatuses: [{ imageID: `${HOST}/${repository('app')}@${gone}` }] },
          },
        ]);

        const { lines } = await retain({
          estateReferences: [`${HOST}/${repository('app')}:v8`],
        });

        expect(lines).toContain('app:v9 is missing, and the cluster needs it: Deployment apps/app');
        expect(lines).toContain(
          `app:v8 is missing, and the estate names it: ${HOST}/${repository('app')}:v8`,
        );
        expect(lines).toContain(`app@${gone} is missing, and a container runs it`);
        expect([metric('missing_tags'), metric('missing_estate_references')]).toEqual([1, 1]);
      },
      timeoutMs,
    );

    it(
      'prunes a package whose name is a path',
      async () => {
        for (const version of ['v1', 'v2']) await image('team/app/api', version, version);

        await retain();

        expect(await tagsOf('team/app/api')).toEqual(['v2']);
      },
      timeoutMs,
    );

    it(
      'keeps what a workload names in upper case, which Forgejo stores in lower case',
      async () => {
        await image('app', 'candidate', 'V1.0-RC');
        for (const version of ['v1', 'v2']) await image('app', version, version);
        runs(`${HOST}/${repository('app')}:V1.0-RC`);

        await retain();

        expect(await tagsOf('app')).toEqual(['v1.0-rc', 'v2']);
      },
      timeoutMs,
    );

    it(
      'keeps what runs by digest and what the estate names',
      async () => {
        const running = await image('app', 'running', 'v1');
        for (const version of ['v2', 'v3', 'v4']) await image('app', version, version);
        runs(`elsewhere.example/mirror/app@${running}`);

        await retain({
          estateReferences: [`${HOST}/${repository('app')}:v3`],
        });

        expect(await tagsOf('app')).toEqual(['v1', 'v3', 'v4']);
      },
      timeoutMs,
    );

    it(
      `reads ${manyVersions} versions over many pages and deletes all but the newest ten`,
      async () => {
        await image('app', 'seed', 'v0');
        const { body, mediaType } = await push.getManifest(repository('app'), 'v0');
        const manifest = JSON.parse(body.toString()) as object;
        for (let from = 1; from < manyVersions; from += 27)
          await Promise.all(
            Array.from({ length: Math.min(27, manyVersions - from) }, (_, place) => {
              const annotated = { ...manifest, annotations: { build: String(from + place) } };
              const bytes = Buffer.from(JSON.stringify(annotated));
              return push.putManifest(repository('app'), `v${from + place}`, bytes, mediaType);
            }),
          );

        const { code } = await retain({ keepNewestTags: 10, forgeUrl: account.url });

        const kept = await tagsOf('app');
        expect({ code, kept: kept.length, deleted: metric('tags_deleted') }).toEqual({
          code: EXIT.done,
          kept: 10,
          deleted: manyVersions - 10,
        });
        expect(kept.every((tag) => Number(tag.slice(1)) > manyVersions - 40)).toBe(true);
      },
      timeoutMs * 4,
    );

    it(
      'refuses, with a token of somebody who is not the owner, even to observe',
      async () => {
        for (const version of ['v1', 'v2']) await image('app', version, version);

        for (const mode of ['observe', 'enforce'] as const) {
          const { code, lines } = await retain({ mode }, account.stranger);

          expect({ code, lines }).toEqual({
            code: EXIT.refused,
            lines: expect.stringMatching(/refused.*40[13]/),
          });
        }
        expect(await tagsOf('app')).toEqual(['v1', 'v2']);
      },
      timeoutMs,
    );

    it(
      'stops at the first refusal when its token is deleted in mid-run',
      async () => {
        for (let version = 1; version <= 9; version++) await image('app', `v${version}`, `v${version}`);
        let deletes = 0;
        proxy.intercept = async (request) => {
          // The canary is the first deletion.
          if (request.startsWith('DELETE') && ++deletes === 4) await account.revokeToken();
          return undefined;
        };

        const { code, lines } = await retain({ maxConcurrentRequests: 1 });

        expect(code).toBe(EXIT.failed);
        expect(lines).toMatch(/could not be deleted: DELETE .*40[13]/);
        expect(deletes).toBe(4);
        expect(metric('failures')).toBe(1);
      },
      timeoutMs,
    );

    it(
      'loses no child of a live index to a clean-up when another package shared it',
      async () => {
        // Surprise 1 of the measurements: the rows of "copy" come first, and its tag is the one that would go.
        await index('copy', 'shared', 'v1');
        await image('copy', 'newer', 'v2');
        await index('app', 'shared', '1.0');
        await index('app', 'shared', 'latest');
        await index('app', 'other', '1.1');
        await index('app', 'other', 'latest');
        runs(`${HOST}/${repository('app')}:1.0`);

        await retain();
        await account.runCleanup();

        expect(await isWhole('app', '1.0')).toBe(true);
        expect(await isWhole('app', 'latest')).toBe(true);
      },
      timeoutMs,
    );

    itOnOwnForge(
      'fails when the server is killed in mid-run, and finishes the work after its restart',
      async () => {
        for (let version = 1; version <= 6; version++) await index('app', `v${version}`, `v${version}`);
        runs(`${HOST}/${repository('app')}:v2`);
        let deletes = 0;
        proxy.intercept = async (request) => {
          if (request.startsWith('DELETE') && ++deletes === 3) await account.kill();
          return undefined;
        };

        const killed = await retain({ maxConcurrentRequests: 1 });
        await account.start();
        proxy.intercept = () => undefined;
        const finished = await retain();

        expect([killed.code, finished.code]).toEqual([EXIT.failed, EXIT.done]);
        expect(await tagsOf('app')).toEqual(['v2', 'v6']);
        expect(await isWhole('app', 'v2')).toBe(true);
        expect(await isWhole('app', 'v6')).toBe(true);
      },
      timeoutMs,
    );

    it(
      'outlasts a storm of 503, and keeps a tag whose manifest is never answered',
      async () => {
        for (const version of ['v1', 'v2', 'v3']) await image('app', version, version);
        for (const version of ['v1', 'v2', 'v3']) await image('hit', version, version);
        const asked = new Set<string>();
        proxy.intercept = (request) => {
          if (request.includes('/hit/manifests/v1')) return { status: 503 };
          if (asked.has(request)) return undefined;
          asked.add(request);
          return { status: 503, headers: { 'retry-after': '0' } };
        };

        const { lines } = await retain();

        expect(await tagsOf('app')).toEqual(['v3']);
        expect(await tagsOf('hit')).toEqual(['v1', 'v2', 'v3']);
        expect(lines).toMatch(/hit:v1 is kept, its manifest could not be read: .*503/);
      },
      timeoutMs,
    );

    it(
      'deletes nothing when a page of the list is cut short, and control: does when it is not',
      async () => {
        for (const version of ['v1', 'v2']) await image('app', version, version);
        proxy.intercept = (request) =>
          request.includes('type=container')
            ? { rewrite: (body) => body.subarray(0, body.length / 2) }
            : undefined;

        const cut = await retain();

        expect(cut).toEqual({ code: EXIT.failed, lines: expect.stringContaining('not JSON') });
        expect(await tagsOf('app')).toEqual(['v1', 'v2']);
        proxy.intercept = () => undefined;
        expect((await retain()).code).toBe(EXIT.done);
        expect(await tagsOf('app')).toEqual(['v2']);
      },
      timeoutMs,
    );

    it(
      'leaves a package alone that has a version of neither tag nor digest, names it, and goes on with the others',
      async () => {
        for (const version of ['v1', 'v2', 'v3']) {
          await index('app', `beside ${version}`, version);
          await index('odd', `odd ${version}`, version);
        }
        // No registry takes such a name; a row of an edited database has it.
        proxy.intercept = (request) =>
          request.includes('type=container')
            ? {
                rewrite: (body) => ['v1', 'v2'].reduce((text, version) => rename(text, 'odd', version), body),
              }
            : undefined;

        const { code, lines } = await retain();

        expect(await tagsOf('app')).toEqual(['v3']);
        expect(await tagsOf('odd')).toEqual(['v1', 'v2', 'v3']);
        expect(lines).toContain('/odd:v 1 is kept, its name is neither tag nor digest');
        expect([code, metric('success'), metric('manifests_unread'), metric('tags_deleted')]).toEqual([
          EXIT.faults,
          ...[0, 2, 2],
        ]);
      },
      timeoutMs,
    );

    it(
      'keeps a package to which something is pushed between the plan and a deletion',
      async () => {
        for (const version of ['v1', 'v2', 'v3']) await image('app', version, version);
        let raced = '';
        proxy.intercept = async (request) => {
          if (raced === '' && request.includes('q=app')) raced = await image('app', 'pushed again', 'v1');
          return undefined;
        };

        const { code, lines } = await retain();

        expect(code).toBe(EXIT.done);
        expect(lines).toContain(
          'app:v1 stays, because "v1" was pushed to its package since the plan was made',
        );
        expect(await tagsOf('app')).toEqual(['v1', 'v2', 'v3']);
        expect((await push.headManifest(repository('app'), 'v1')).digest).toBe(raced);
      },
      timeoutMs,
    );

    it(
      'names what a push between the last look and a deletion has broken, and a kept tag that somebody took away',
      async () => {
        for (const version of ['v1', 'v2', 'v3']) await index('app', version, version);
        let race: Promise<void> | undefined;
        const others = async (): Promise<void> => {
          await index('app', 'v1', 'again');
          await deleteVersion(apiOf(account), 'app', 'v3' as Tag);
        };
        // Every deletion of the round waits, so that each of them comes after the push.
        proxy.intercept = async (request) => {
          if (request.startsWith('DELETE') && request.includes('/app/sha256')) await (race ??= others());
          return undefined;
        };

        const { code, lines } = await retain();

        expect(lines).toMatch(/app:again is kept but broken: its child sha256:[0-9a-f]{64} is not there/);
        expect(lines).toContain('app:v3 is kept but broken: it is gone, and this run did not delete it');
        expect([code, metric('broken_images')]).toEqual([EXIT.faults, 2]);
      },
      timeoutMs,
    );

    it(
      'may run twice at once',
      async () => {
        // Contents that no other owner has: what stands unclaimed elsewhere would rightly stay.
        for (let version = 1; version <= 9; version++) await index('app', `twice v${version}`, `v${version}`);

        const both = await Promise.all([retain(), retain()]);

        expect(both.filter(({ code }) => code !== EXIT.done).map(({ lines }) => lines)).toEqual([]);
        expect(await tagsOf('app')).toEqual(['v9']);
        expect(await isWhole('app', 'v9')).toBe(true);
      },
      timeoutMs,
    );

    it(
      'finishes the request in flight on SIGTERM, starts no other and says what was not tried',
      async () => {
        for (let version = 1; version <= 5; version++) await image('app', `v${version}`, `v${version}`);
        const told = new AbortController();
        proxy.intercept = (request) => {
          if (request.startsWith('DELETE') && request.endsWith('/app/v1')) told.abort(new Error('SIGTERM'));
          return undefined;
        };

        const { code, lines } = await retain({ maxConcurrentRequests: 1 }, undefined, told.signal);

        expect(code).toBe(EXIT.failed);
        expect(lines).toContain('app:v1 deleted');
        expect(lines).toContain('app:v2 was not tried: SIGTERM');
        expect(metric('success')).toBe(0);
        expect(await tagsOf('app')).toEqual(['v2', 'v3', 'v4', 'v5']);
      },
      timeoutMs,
    );

    it(
      'deletes nothing when it observes, when it knows no earlier run and when packages are missing',
      async () => {
        for (const version of ['v1', 'v2']) await image('app', version, version);

        const observed = await retain({ mode: 'observe' });
        cluster.metrics.clear();
        const first = await retain();
        expectPackages(2);
        const shrunken = await retain();

        expect([observed.code, first.code, shrunken.code]).toEqual([EXIT.done, EXIT.done, EXIT.refused]);
        expect(shrunken.lines).toContain('the list shrank, got 1 of 2 packages');
        expect(metric('packages_expected')).toBe(2);
        expect(await tagsOf('app')).toEqual(['v1', 'v2']);
      },
      timeoutMs,
    );

    it(
      'leaves no canary behind',
      async () => {
        await image('app', 'v1', 'v1');

        await retain();

        expect(
          proxy.requests.some(
            (request) => request.startsWith('DELETE') && request.includes('retention-canary'),
          ),
        ).toBe(true);
        expect(await tagsOf('retention-canary')).toEqual([]);
        expect(await hasVersion(apiOf(account), 'app', 'v1' as Tag)).toBe(true);
      },
      timeoutMs,
    );
  });
}

/** A page of Forgejo's list in which a version has a blank in its name. */
function rename(page: Buffer, name: string, version: string): Buffer {
  const rows = JSON.parse(page.toString()) as readonly { readonly name: string; readonly version: string }[];
  return Buffer.from(
    JSON.stringify(
      rows.map((row) =>
        row.name === name && row.version === version ? { ...row, version: version.replace('v', 'v ') } : row,
      ),
    ),
  );
}

function apiOf({ url, owner, token }: Account): ForgejoApi {
  return new ForgejoApi({ url, owner, token });
}
