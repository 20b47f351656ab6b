import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mediaTypes } from '../../../clients/oci/manifest';
import type { IntegrityProbeConfig } from '../../../programs/integrity-probe/config';
import { recall } from '../../../programs/integrity-probe/memory';
import { run } from '../../../programs/integrity-probe/probe-run';
import { FakePushgateway } from '../../support/fake-pushgateway';
import { FakeRegistry } from '../../support/fake-registry';

const minute = 60_000;
const quarter = 15 * minute;
const day = 24 * 60 * minute;
const start = 20_000 * day;
const instance = 'forgejo.example';
const job = 'forgejo-integrity-probe';
let registry: FakeRegistry;
let pushgateway: FakePushgateway;

beforeEach(async () => {
  registry = await new FakeRegistry().start();
  pushgateway = await new FakePushgateway().start();
});
afterEach(async () => {
  await registry.stop();
  await pushgateway.stop();
});

interface Outcome {
  readonly code: number;
  readonly log: string;
  /** The value of a gauge by its name and further labels, as it stands in the Pushgateway now. */
  readonly gauge: (name: string, labels?: string) => number | undefined;
}

async function probe(
  nowMs: number,
  props: Partial<IntegrityProbeConfig> = {},
  signal = new AbortController().signal,
): Promise<Outcome> {
  const lines: string[] = [];
  const config = {
    ...{ registryUrl: registry.url, pushgatewayUrl: pushgateway.url, instance, job },
    ...{ retiredJobs: [], deployedReferences: [], intervalMinutes: 15, rereadDays: 7, deployedRereadDays: 1 },
    ...{ maxBytesPerRun: 1e9, maxConcurrentRequests: 4, deadlineSeconds: 600, ...props },
  };
  const code = await run({
    ...{ config, log: (line) => lines.push(line), now: () => nowMs, signal },
  });
  const held = pushgateway.metrics().split('\n');
  return {
    code,
    log: lines.join('\n'),
    gauge: (name, labels = '') => {
      const line = held.find(
        (each) => each.startsWith(`registry_manifest_integrity_${name}{`) && each.includes(labels),
      );
      return line === undefined ? undefined : Number(line.split(' ').at(-1));
    },
  };
}

/** An image of one blob; answers the blob's digest. */
function pushImage(tag: string, text: string, repository = 'viktor/app'): string {
  const body = Buffer.from(text);
  const digest = registry.putBlob(repository, body);
  registry.putManifest(repository, tag, {
    ...{ schemaVersion: 2, mediaType: mediaTypes.image, layers: [] },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: body.length },
  });
  return digest;
}

function damage(digest: string, repository = 'viktor/app'): void {
  const body = Buffer.from(registry.repository(repository).blobs.get(digest) ?? '');
  body.writeUInt8(body.readUInt8(0) ^ 1, 0);
  registry.repository(repository).blobs.set(digest, body);
}

describe('a damaged blob', () => {
  it('is found within its days, told by every run after that, and no longer once it was read whole', async () => {
    const digest = pushImage('1', 'layer');
    expect((await probe(start)).code).toBe(0);
    damage(digest);
    let found = Infinity;
    for (let round = 1; round <= 8 * 96; round += 1) {
      const { code, gauge } = await probe(start + round * quarter);
      if (code === 2 && found === Infinity) found = round;
      expect(gauge('failures')).toBe(round < found ? 0 : 1);
      expect(gauge('damaged_blob', `digest="${digest}",`)).toBe(
        round < found ? undefined : (start + found * quarter) / 1000,
      );
    }
    expect(found).toBeLessThanOrEqual(7 * 96);
    damage(digest);
    const healed = await probe(start + 9 * day);
    expect(healed.code).toBe(0);
    expect(healed.log).toContain(`viktor/app ${digest}: healed, after it was found damaged at `);
    expect(healed.gauge('damaged_blob')).toBeUndefined();
  }, 120_000);

  it('that answers a server error when it is read is remembered like one of other bytes', async () => {
    const digest = pushImage('1', 'layer');
    const other = pushImage('2', 'other');
    await probe(start);
    let fails = true;
    registry.intercept = ({ method, url }, response) => {
      if (!fails || method !== 'GET' || url?.endsWith(digest) !== true) return false;
      response.writeHead(500).end();
      return true;
    };
    expect((await probe(start + 7 * day)).gauge('damaged_blob', digest)).toBeDefined();
    const next = await probe(start + 7 * day + quarter, { maxBytesPerRun: 0 });
    expect(next.code).toBe(2);
    expect(next.gauge('damaged_blob', other)).toBeUndefined();
    fails = false;
    expect((await probe(start + 7 * day + 2 * quarter, { maxBytesPerRun: 0 })).code).toBe(0);
  }, 60_000);

  it('that nothing names any more is gone, which is told; not when what names it cannot be read', async () => {
    const digest = pushImage('1', 'layer');
    pushImage('2', 'other');
    damage(digest);
    await probe(start);
    const { tags } = registry.repository('viktor/app');
    const named = tags.get('1') ?? '';
    registry.intercept = ({ url }, response) => {
      if (url?.endsWith('/manifests/1') !== true) return false;
      response.writeHead(500).end();
      return true;
    };
    expect((await probe(start + quarter)).gauge('damaged_blobs')).toBe(1);
    registry.intercept = () => false;
    expect((await probe(start + 2 * quarter)).code).toBe(2);
    tags.delete('1');
    registry.repository('viktor/app').manifests.delete(named);
    const gone = await probe(start + 3 * quarter);
    expect(gone.code).toBe(0);
    expect(gone.log).toContain(`viktor/app ${digest}: named by nothing any more`);
  }, 60_000);

  it('stays known through runs that cannot look, and through a push of another run in between', async () => {
    const digest = pushImage('1', 'layer');
    pushImage('2', 'other');
    const { url } = registry;
    damage(digest);
    await probe(start);
    registry.intercept = (_, response) => {
      response.destroy();
      return true;
    };
    expect((await probe(start + quarter)).code).toBe(1);
    registry.intercept = () => false;
    expect((await probe(start + 2 * quarter, { registryUrl: url })).gauge('damaged_blobs')).toBe(1);

    pushgateway.restart();
    damage(digest);
    await probe(start + 3 * quarter);
    const entered = new Promise<void>((resolve) => {
      registry.intercept = ({ url: asked }) => {
        if (asked?.includes('/tags/list') === true) resolve();
        return false;
      };
    });
    const slow = probe(start + 7 * day, { maxBytesPerRun: 0 });
    await entered;
    damage(digest);
    await probe(start + 7 * day);
    await slow;
    expect((await probe(start + 7 * day + quarter, { maxBytesPerRun: 0 })).code).toBe(2);
  }, 60_000);

  it('beyond as many as are remembered is found by reading everything again', async () => {
    const digests = Array.from({ length: 70 }, (_, index) => pushImage(String(index), `layer ${index}`));
    await probe(start);
    digests.forEach((digest) => {
      damage(digest);
    });
    await probe(start + 7 * day);
    const { gauge } = await probe(start + 7 * day + quarter);
    expect(gauge('failures')).toBe(70);
    expect(gauge('damaged_blobs')).toBe(64);
  }, 60_000);
});

describe('turns that were missed', () => {
  it('are made up for by the next run, as far as its budget goes, and the rest by the ones after it', async () => {
    for (let index = 0; index < 200; index += 1) pushImage(String(index), `layer ${1000 + index}`);
    const first = await probe(start, { maxBytesPerRun: 500 });
    expect(first.log).toContain('present, ');
    expect(first.gauge('backlog_seconds')).toBeGreaterThan(6 * 86_400);
    let runs = 1;
    let last = first;
    while ((last.gauge('backlog_seconds') ?? 0) > 0 && runs < 60)
      last = await probe(start + (runs += 1) * quarter, { maxBytesPerRun: 500 });
    // 2,000 bytes of blobs at 500 a run, four fifths of which are taken on.
    expect(runs).toBeLessThan(15);
    expect(last.log).toContain('healthy, ');

    let read = 0;
    for (let round = 0; round === 0 || (last.gauge('backlog_seconds') ?? 0) > 0; round += 1) {
      last = await probe(start + 4 * day + round * quarter, { maxBytesPerRun: 500 });
      read += last.gauge('blobs_read') ?? 0;
    }
    expect(read).toBeGreaterThan(80);
    expect(read).toBeLessThan(200);
  }, 120_000);

  it('are not claimed by a run that the registry was away for', async () => {
    pushImage('1', 'layer');
    await probe(start);
    registry.intercept = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    for (const hours of [1, 2, 7 * 24])
      expect((await probe(start + hours * 60 * minute)).gauge('backlog_seconds')).toBe(hours * 3600);
    registry.intercept = () => false;
    const { gauge } = await probe(start + 7 * day + quarter);
    expect([gauge('blobs_read'), gauge('backlog_seconds')]).toEqual([1, 0]);
  }, 60_000);
});

describe('a memory', () => {
  it('that the Pushgateway lost begins again: everything is read once more, and a gauge says since when', async () => {
    const digest = pushImage('1', 'layer');
    await probe(start);
    damage(digest);
    pushgateway.restart();
    const { code, gauge } = await probe(start + quarter);
    expect(code).toBe(2);
    expect(gauge('memory_since_timestamp')).toBe((start + quarter) / 1000);
  });

  it('that cannot be read is no success, and what stands there is left', async () => {
    const digest = pushImage('1', 'layer');
    damage(digest);
    await probe(start);
    registry.repository('viktor/app').tags.clear();
    pushgateway.served = `registry_manifest_integrity_window_seconds{job="${job}",n="1"} 1\n`.repeat(5000);
    const { code, log, gauge } = await probe(start + quarter);
    expect(code).toBe(1);
    expect(log).toContain('what earlier runs found is not known');
    expect(gauge('verdict', 'verdict="forgetful"')).toBe(1);
    expect(gauge('damaged_blob', digest)).toBeDefined();
  });

  it.each([
    ['nothing', ''],
    ['no text at all', '\0\xff{{{}}}"""\n\n# HELP\n'],
    ['a line without an end', 'registry_manifest_integrity_'.repeat(50_000)],
    [
      'names and times that are none',
      [
        'memory_since_timestamp{} NaN',
        'read_until_timestamp{} +Inf',
        'window_seconds{} -1',
        'damaged_blob{repository="viktor/app",digest="sha256:zz"} 1',
        'damaged_blob{repository="../x",digest="sha256:0"} 1',
        'repository_tags{repository="A B"} 3',
        'repository_tags{repository="viktor/other"} -7',
        'broken{repository="viktor/app",kind="__proto__"} 1',
      ]
        .map(
          (line) =>
            `registry_manifest_integrity_${line.replace('{', `{instance="${instance}",job="${job}",`)}\n`,
        )
        .join(''),
    ],
    [
      'damage that is none',
      Array.from(
        { length: 900 },
        (_, index) =>
          `registry_manifest_integrity_damaged_blob{digest="sha256:${String(index).padStart(64, '0')}",instance="${instance}",job="${job}",repository="viktor/app"} 1e+09\n`,
      ).join(''),
    ],
  ])('of %s finds nothing and hides nothing', async (_, served) => {
    pushImage('1', 'layer');
    pushgateway.served = served;
    const { code } = await probe(start);
    expect(code).toBe(0);
    damage(pushImage('2', 'other'));
    expect((await probe(start + quarter)).code).toBe(2);
  });

  it('of a time to come is none', () => {
    const sample = (name: string, value: number): Parameters<typeof recall>[0][number] => ({
      ...{ name: `registry_manifest_integrity_${name}`, labels: { instance, job }, value },
    });
    const samples = [
      sample('memory_since_timestamp', 1),
      sample('read_until_timestamp', start / 1000 + 3600),
    ];
    expect(recall(samples, instance, start, 7 * day)).toMatchObject({
      sinceMs: start,
      readUntilMs: start - 7 * day,
    });
  });
});

describe('a repository', () => {
  it.each([
    ['loses all its tags', (): unknown => registry.repositories.get('viktor/app')?.tags.clear()],
    ['is not listed any more', (): unknown => registry.repositories.delete('viktor/app')],
  ])('that %s is told until it has tags again', async (_, lose) => {
    pushImage('1', 'layer');
    pushImage('1', 'other', 'viktor/other');
    await probe(start);
    lose();
    for (const round of [1, 2, 200]) {
      const { code, log, gauge } = await probe(start + round * quarter);
      expect(code).toBe(2);
      expect(log).toContain('viktor/app: had tags until');
      expect(gauge('repository_emptied', 'repository="viktor/app"')).toBe((start + quarter) / 1000);
    }
    pushImage('2', 'layer');
    expect((await probe(start + 3 * day)).code).toBe(0);
  });

  it.each(['viktor/retention-canary', 'viktor/smoketest'])(
    'of the name %s is none: it comes and goes, and is left where a run was killed',
    async (passing) => {
      pushImage('1', 'layer');
      pushImage('canary-1', 'canary', passing);
      await probe(start);
      registry.repositories.delete(passing);
      expect(await probe(start + quarter)).toMatchObject({ code: 0 });
    },
  );

  it('that was emptied on purpose is told until somebody says so', async () => {
    pushImage('1', 'layer');
    await probe(start);
    registry.repositories.delete('viktor/app');
    expect((await probe(start + quarter)).code).toBe(2);
    const body = `registry_manifest_integrity_repository_removed{instance="${instance}",repository="viktor/app"} 1\n`;
    await fetch(`${pushgateway.url}/metrics/job/${job}`, { method: 'POST', body });
    const confirmed = await probe(start + 2 * quarter);
    expect(confirmed.log).toContain('which was confirmed to be on purpose');
    expect(confirmed.gauge('repositories_emptied')).toBe(0);
    expect((await probe(start + 3 * quarter)).code).toBe(0);
    expect(pushgateway.metrics()).not.toContain('viktor/app');
  });

  it('whose tags cannot be listed for a while is not taken for emptied, and not forgotten', async () => {
    pushImage('1', 'layer');
    await probe(start);
    registry.intercept = ({ url }, response) => {
      if (url?.includes('/tags/list') !== true) return false;
      response.writeHead(403).end();
      return true;
    };
    expect((await probe(start + quarter)).gauge('repositories_emptied')).toBe(0);
    registry.intercept = () => false;
    registry.repositories.delete('viktor/app');
    expect((await probe(start + 2 * quarter)).gauge('repositories_emptied')).toBe(1);
  });
});

describe('what is told', () => {
  it('of repositories beyond those that are watched, is their number', async () => {
    const names = Array.from({ length: 502 }, (_, index) => `viktor/app-${String(index)}`);
    for (const name of names) pushImage('1', 'layer', name);
    expect((await probe(start)).log).toContain(
      'watched for the loss of all their tags are 500 of 502 repositories',
    );
    registry.repositories.delete('viktor/app-0');
    registry.repositories.delete('viktor/app-1');
    expect((await probe(start + quarter)).log).not.toContain('watched for');
  }, 60_000);

  it('of repositories that are refused, is as much as of faults', async () => {
    for (let index = 0; index < 1_003; index += 1) registry.repository(`viktor/app-${String(index)}`);
    registry.intercept = ({ url }, response) => {
      if (url?.startsWith('/v2/viktor/app-') !== true) return false;
      response.writeHead(403).end();
      return true;
    };
    const { log } = await probe(start);
    expect(log.match(/the registry lists it and refuses it/g)).toHaveLength(1_000);
    expect(log).toContain('and 3 repositories more that it refuses');
  }, 60_000);
});

describe('a registry that shows nothing', () => {
  it('is empty when it never showed anything, and shrunk when it did', async () => {
    expect((await probe(start)).log).toContain('empty, ');
    pushImage('1', 'layer');
    await probe(start + quarter);
    registry.repositories.clear();
    const { code, log } = await probe(start + 2 * quarter);
    expect(code).toBe(2);
    expect(log).toContain('catalog-shrunk, ');
  });
});

describe('a run that is told to stop', () => {
  it('pushes what it knows, no success among it, and leaves the memory as it was', async () => {
    const digest = pushImage('1', 'layer');
    damage(digest);
    await probe(start);
    const stop = new AbortController();
    registry.intercept = ({ url }) => {
      if (url?.includes('/manifests/') === true) stop.abort(new Error('told to stop'));
      return false;
    };
    const { code, gauge } = await probe(start + quarter, {}, stop.signal);
    expect(code).toBe(1);
    expect(gauge('success')).toBe(0);
    expect(gauge('verdict', 'verdict="interrupted"')).toBe(1);
    expect(gauge('damaged_blob', digest)).toBe(start / 1000);
    expect(gauge('repository_tags')).toBe(1);
  });
});
