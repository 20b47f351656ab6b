import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { mediaTypes } from '../../clients/oci/manifest';
import type { ProgramName } from '../../programs/bundle';
import { FakeCluster } from '../support/fake-cluster';
import { FakeForgejo } from '../support/fake-forgejo';
import { FakeRegistry } from '../support/fake-registry';
import { successOf } from '../support/hostile-run';
import { configFor, ProgramProcesses } from '../support/program-process';

/** What the pods of both programs may have; the kernel ends what takes more. */
const LIMIT_MIB = 128;
const OLD = new Date(Date.now() - 100 * 3_600_000).toISOString();
let processes: ProgramProcesses;
let forge: FakeForgejo;
let registry: FakeRegistry;
let cluster: FakeCluster;
let gateway: FakeCluster;

beforeAll(() => {
  processes = new ProgramProcesses();
});
afterAll(() => {
  processes.remove();
});
beforeEach(async () => {
  [forge, registry, cluster, gateway] = await Promise.all([
    new FakeForgejo().start(),
    new FakeRegistry().start(),
    new FakeCluster().start(),
    new FakeCluster().start(),
  ]);
  forge.tokens.set('secret-token', 'viktor');
  const group = 'instance="forge.example",job="forgejo-retention",owner="viktor"';
  gateway.metrics.set(`forgejo_retention_packages_expected{${group}}`, '0');
});
afterEach(() => Promise.all([forge.stop(), registry.stop(), cluster.stop(), gateway.stop()]));

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const child = (digest: string): string => `{"mediaType":"${mediaTypes.image}","digest":"${digest}","size":1}`;
const indexOf = (children: readonly string[]): string =>
  `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","manifests":[${children.join(',')}]}`;
const json = (response: ServerResponse, text: string, headers: Record<string, string> = {}): true => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);
  return true;
};
const manifest = (response: ServerResponse, text: string): true =>
  json(response, text, { 'content-type': mediaTypes.index });

/** Rows of one package, that many in all, by number. */
const list =
  (count: number, nameOf: (number: number) => string) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.method !== 'GET' || request.url?.startsWith('/api/v1/packages/viktor?') !== true)
      return false;
    const page = Number(new URL(request.url, forge.url).searchParams.get('page'));
    const rows = Array.from({ length: Math.min(50, count - (page - 1) * 50) }, (_, place) => {
      const id = (page - 1) * 50 + place + 1;
      return { id, name: 'app', version: nameOf(id), created_at: OLD };
    });
    return json(response, JSON.stringify(rows), { 'x-total-count': String(count) });
  };

const same60k = indexOf(Array.from({ length: 60_000 }, () => child(digestOf('x'))));
const different = indexOf(Array.from({ length: 1_000 }, (_, place) => child(digestOf(String(place)))));

const bombs: readonly (readonly [string, ProgramName, string, () => void])[] = [
  [
    'three tags, each an index of 9 MB that names the same child 60,000 times',
    'retention',
    'too little could be read, got 0 of 3 manifests',
    () => {
      const rows = list(3, (id) => `v${id}`);
      forge.intercept = (request, response) =>
        rows(request, response) ||
        ((request.url ?? '').includes('app/manifests') && manifest(response, same60k));
    },
  ],
  [
    '900 tags, each an index of 1,000 different children',
    'retention',
    'children together',
    () => {
      const rows = list(900, (id) => `v${id}`);
      forge.intercept = (request, response) =>
        rows(request, response) ||
        ((request.url ?? '').includes('app/manifests') && manifest(response, different));
    },
  ],
  [
    '5,000 versions with names of 30 KB',
    'retention',
    'a name has more than 255 characters',
    () => {
      const rest = 'x'.repeat(30_000);
      forge.intercept = list(5_000, (id) => `v${id}${rest}`);
    },
  ],
  [
    'lists of a cluster that go on for ever, of other images each',
    'retention',
    'the lists are of more than',
    () => {
      let page = 0;
      cluster.intercept = (_request, response) => {
        page += 1;
        const items = Array.from({ length: 100 }, (_, place) => ({
          metadata: { name: `p-${page}-${place}-${'n'.repeat(60)}`, namespace: 'apps' },
          spec: { containers: [{ image: `forge.example/viktor/app-${page}-${place}:${'i'.repeat(120)}` }] },
        }));
        return json(response, JSON.stringify({ items, metadata: { continue: `after-${page}` } }));
      };
    },
  ],
  [
    'images in a cluster whose names have a million characters',
    'retention',
    'the lists are of more than',
    () => {
      let page = 0;
      cluster.intercept = (_request, response) => {
        page += 1;
        const spec = { containers: [{ image: `${page}${'i'.repeat(1_000_000)}` }] };
        const items = [{ metadata: { name: `p-${page}`, namespace: 'apps' }, spec }];
        return json(response, JSON.stringify({ items, metadata: { continue: `after-${page}` } }));
      };
    },
  ],
  [
    'metrics of 15 MB',
    'retention',
    'keeps 0 versions',
    () => {
      const lines = `some_other_metric{job="x"} 1\n`.repeat(500_000);
      gateway.intercept = (request, response) => request.method === 'GET' && json(response, lines);
    },
  ],
  [
    'manifests of 4 MB, many at a time',
    'integrity-probe',
    'larger than 1048576 bytes',
    () => {
      const text = `${indexOf([])}${' '.repeat(4 * 1024 * 1024 - 200)}`;
      for (let tag = 0; tag < 40; tag += 1) registry.putManifest('viktor/app', `v${tag}`, { mediaType: 'x' });
      registry.intercept = (request, response) =>
        (request.url ?? '').includes('/manifests/') && manifest(response, text);
    },
  ],
  [
    'a catalogue of long names without end',
    'integrity-probe',
    'more than 20000 names',
    () => {
      let page = 0;
      registry.intercept = (request, response) => {
        if (request.url?.startsWith('/v2/_catalog') !== true) return false;
        page += 1;
        const repositories = Array.from(
          { length: 1_000 },
          (_, place) => `${page}/${place}/${'r'.repeat(240)}`,
        );
        return json(response, JSON.stringify({ repositories }), {
          link: `</v2/_catalog?n=1000&last=${page}>; rel="next"`,
        });
      };
    },
  ],
];

it.each(bombs)(
  '%s do not end %s before its work, nor take more than its pod has',
  async (_name, program, said, arrange) => {
    arrange();
    const source = program === 'retention' ? forge.url : registry.url;
    const servers = { registryUrl: source, clusterUrl: cluster.url, pushgatewayUrl: gateway.url };
    const { code, output, peakMiB } = await processes.start(program, {
      ...configFor(program, servers),
      ...{ maxConcurrentRequests: 16, deadlineSeconds: 240 },
      ...(program === 'retention' ? {} : { maxConcurrentRequests: 8 }),
    }).ended;

    expect({ ended: code !== null, success: successOf(gateway) }).toEqual({
      ended: true,
      success: code === 0 ? '1' : '0',
    });
    expect(output).toContain(said);
    expect(peakMiB).toBeLessThan(LIMIT_MIB);
  },
  300_000,
);
