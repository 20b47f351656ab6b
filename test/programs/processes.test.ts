import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { forEachConcurrently } from '../../clients/concurrency';
import { FakeCluster } from '../support/fake-cluster';
import { FakeForgejo } from '../support/fake-forgejo';
import { probeRequests, probeWorld } from '../support/hostile-probe';
import { retentionRequests, retentionWorld } from '../support/hostile-retention';
import { play, scripts, successOf, type Life } from '../support/hostile-run';
import { SEED } from '../support/hostile-suite';
import { configFor, ProgramProcesses, type Started } from '../support/program-process';

const PACE = { deadlineSeconds: 3, timeoutMs: Infinity };
const GRACE_MS = 5_000;
/** A processor that others share lets a process be late. */
const LATE_MS = 5_000;
const AT_A_TIME = 5;
const processes = new ProgramProcesses();
afterAll(() => {
  processes.remove();
});

it.each([
  ['retention', retentionWorld, retentionRequests],
  ['integrity-probe', probeWorld, probeRequests],
] as const)(
  '%s as its pod runs it keeps its promises under hostile answers and real signals',
  async (program, world, requests) => {
    const interrupted = scripts(requests).map((script) => ({
      ...script,
      interruption: script.interruption && {
        ...script.interruption,
        by: script.interruption.by === 'SIGINT' ? 'SIGINT' : 'SIGTERM',
      },
    }));
    const broken: string[] = [];
    await forEachConcurrently(
      fc.sample(interrupted, { seed: SEED, numRuns: 12 }),
      AT_A_TIME,
      async (script) => {
        let signalledAt = Infinity;
        const life: Life = async ({ stage, config, environment, tokens }) => {
          const { deadlineSeconds } = stage.pace;
          const { kill, ended } = processes.start(
            program,
            { ...config, deadlineSeconds },
            environment,
            tokens,
          );
          stage.onInterruption = (by) => {
            signalledAt = performance.now();
            kill(by as NodeJS.Signals);
          };
          const { code, ...ending } = await ended;
          return { ...ending, code: code ?? -1 };
        };
        const { broken: found } = await play(script, PACE, world, life);
        const tookMs = performance.now() - signalledAt;
        if (tookMs > GRACE_MS + LATE_MS) found.push(`ended ${tookMs} ms after its signal`);
        if (found.length > 0) broken.push(`${JSON.stringify(script)}: ${found.join('; ')}`);
      },
    );

    expect(broken).toEqual([]);
  },
  300_000,
);

describe('retention as its pod runs it', () => {
  let forge: FakeForgejo;
  let cluster: FakeCluster;
  beforeEach(async () => {
    [forge, cluster] = [await new FakeForgejo().start(), await new FakeCluster().start()];
    forge.tokens.set('secret-token', 'viktor');
    const group = 'instance="forge.example",job="forgejo-retention",owner="viktor"';
    cluster.metrics.set(`forgejo_retention_packages_expected{${group}}`, '1');
    for (let number = 0; number < 200; number += 1) {
      const body = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType, config: blob(number), layers: [] }),
      );
      forge.store.push('app', `v${number}`, body, mediaType, Date.now() - (1_000 - number) * 3_600_000);
    }
  });
  afterEach(() => Promise.all([forge.stop(), cluster.stop()]));

  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const blob = (number: number): object => ({
    mediaType: 'x',
    digest: `sha256:${'0'.repeat(64)}`,
    size: number,
  });
  const start = (): Started => {
    const servers = { registryUrl: forge.url, clusterUrl: cluster.url, pushgatewayUrl: cluster.url };
    return processes.start('retention', { ...configFor('retention', servers), deadlineSeconds: 600 });
  };
  const pushed = (): readonly string[] =>
    [...cluster.metrics.keys()].map((series) => series.split('{')[0] ?? '');

  it.each([
    ['200 manifests are read', 'GET', '/manifests/v'],
    ['what is expendable is deleted', 'DELETE', '/container/app/v'],
  ])(
    'ends within 5 s of a signal while %s, as a failure',
    async (_, method, path) => {
      let asked = 0;
      let signalledAt = Infinity;
      const { kill, ended } = start();
      forge.intercept = (request) => {
        if (request.method !== method || request.url?.includes(path) !== true) return false;
        if ((asked += 1) === 3) {
          signalledAt = performance.now();
          kill('SIGTERM');
        }
        return asked >= 3;
      };
      const { code, output } = await ended;

      expect(performance.now() - signalledAt).toBeLessThan(GRACE_MS + LATE_MS);
      expect({ code, success: successOf(cluster) }).toEqual({ code: 1, success: '0' });
      expect(output).toContain('told to stop (SIGTERM)');
      expect(output).not.toContain('was cut off');
      expect(pushed()).toContain('forgejo_retention_last_run_timestamp_seconds');
      expect(pushed()).not.toContain('forgejo_retention_last_success_timestamp_seconds');
    },
    60_000,
  );

  it('lets no server write a line of its own into the log', async () => {
    const code = `\u001b[2J\nretention: viktor/app:v19 deleted\n${'x'.repeat(15_000)}`;
    forge.intercept = (request, response) => {
      if (request.method !== 'DELETE' || request.url?.includes('/app/') !== true) return false;
      response.writeHead(418).end(JSON.stringify({ errors: [{ code, message: code }], message: code }));
      return true;
    };
    const { output } = await start().ended;

    expect(output).toContain('could not be deleted: DELETE ');
    expect(output).not.toMatch(/^retention: viktor\/app:v19 deleted/m);
    expect(output.replace(/\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThan(1_500);
  }, 60_000);
});
