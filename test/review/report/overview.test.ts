import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { ServerError } from '../../../clients/http/errors';
import type { RangeProps } from '../../../clients/prometheus';
import { report } from '../../../commands/report';
import { status } from '../../../commands/status';
import { estate } from '../../../estate';
import type { Estate } from '../../../estate/estate';
import { phases, type Phase } from '../../../estate/phases';
import { measurementsOf } from '../../../review/report/measurements';
import { overviewOf, takeOverview, type Overview } from '../../../review/report/overview';
import { reportPage } from '../../../review/report/page';
import { statusText } from '../../../review/report/status-text';
import { isWell, verdictWords } from '../../../review/report/words';
import { exit } from '../../../terminal/exit-codes';
import { secondEstate } from '../../second-estate';
import { call } from '../../support/call';
import { estateAt, inPhase } from '../../support/estates';
import { expectGolden } from '../../support/golden';

const nowMs = Date.parse('2026-01-31T06:00:00Z');
const now = nowMs / 1000;
const take = (of: Estate, measured?: Overview['measured']): Overview => overviewOf(of, nowMs, measured);

/** Prometheus as one that answers each question by this rule. */
const answering = (rule: (query: string) => number | ServerError | undefined) => ({
  range: ({ query, to }: RangeProps): Promise<ReadonlyMap<number, number>> => {
    const value = rule(query);
    return value instanceof ServerError
      ? Promise.reject(value)
      : Promise.resolve(new Map(value === undefined ? [] : [[to, value]]));
  },
});
const well = (query: string): number =>
  query.includes('timestamp') ? now - 600 : /success|enforcing|bytes|checked/u.test(query) ? 1 : 0;
const silent = new ServerError({
  ...{ kind: 'unreachable', method: 'GET', url: new URL('http://127.0.0.1:9090') },
  detail: 'no answer within 15 s',
});

describe('what is next', () => {
  const nextAt = (phase: Phase, change: Partial<Estate> = {}): readonly string[] =>
    take({ ...estateAt(phase), ...change }).next.map(({ what, command = '' }) => `${what} | ${command}`);

  test('in each phase is what the phase after it rests on', () => {
    expect(nextAt('prepare')).toEqual([
      'see that accounts, tokens, keys and names are in place | ./registry preflight',
      'measure smoke, which "dual-push" rests on | ./registry smoke',
      'enter the phase "dual-push" in estate/index.ts | make synth',
    ]);
    expect(nextAt('dual-push').at(0)).toMatch(/^measure dual-push\/\S+, which "bake" rests on/u);
    expect(nextAt('bake')).toEqual([
      'measure bake-complete, which "cutover" rests on | ./registry evidence collect bake-complete --prometheus http://127.0.0.1:9090',
      'enter the phase "cutover" in estate/index.ts | make synth',
    ]);
    expect(nextAt('cutover').at(-1)).toContain('enter the phase "decommission"');
    expect(nextAt('decommission')).toEqual([
      'see that nothing is left of the legacy registry | ./registry decommission --tree ../infra',
    ]);
  });

  test('while apps move is the next of them, and first what its images rest on', () => {
    const apps = estateAt('cutover').apps.map((app, index) => ({ ...app, cutOver: index < 2 }));
    const pipelineImages = estate.pipelineImages;
    expect(nextAt('cutover', { apps, pipelineImages })).toEqual([
      'move claude-agent-service, the next in order | ./registry cutover claude-agent-service --into ../infra',
    ]);
    const unmeasured = estateAt('cutover').evidence.filter(
      ({ claim }) => claim !== 'image-present/claude-agent-service',
    );
    expect(nextAt('cutover', { apps, pipelineImages, evidence: unmeasured }).at(0)).toBe(
      'measure image-present/claude-agent-service | ./registry evidence collect image-present/claude-agent-service',
    );
  });

  test('is the gate that is open, whatever else could be done', () => {
    const next = nextAt('bake', { evidence: estateAt('bake').evidence.slice(1) });
    expect(next[0]).toBe('smoke: missing | ./registry smoke');
    expect(next.at(-1)).toContain('no stack is synthesized');
  });

  test('is the fault, where the estate is refused for another reason than its gates', () => {
    const refused = {
      ...estateAt('prepare'),
      phase: 'prepare' as const,
      evidenceFaults: ['estate/evidence/a.json: is not JSON'],
    };
    expect(take(refused).next).toEqual([
      { what: 'the estate is refused; each fault says what to do', command: 'make synth' },
    ]);
  });
});

describe('the measurements', () => {
  test('say of each answer whether it is as it should be, and of each that did not come why', async () => {
    const measured = await measurementsOf(estate, answering(well), nowMs);
    expect(isWell(take(estate, measured))).toBe(true);
    const late = await measurementsOf(
      estate,
      answering((query) => (query.includes('retention_last_success') ? now - 3 * 86_400 : well(query))),
      nowMs,
    );
    expect(statusText(take(estate, late))).toMatch(
      /not so +Retention of viktor's packages: last run that did everything +3 d ago/u,
    );
    const former = await measurementsOf(
      estate,
      // What a group of before says is no better than what the last run says.
      answering((query) =>
        query.includes('retention_success') ? Number(query.startsWith('max')) : well(query),
      ),
      nowMs,
    );
    expect(statusText(take(estate, former))).toMatch(/not so +Retention.+: it did all of its job +no/u);
    const none = take(
      estate,
      await measurementsOf(
        estate,
        answering(() => silent),
        nowMs,
      ),
    );
    expect(isWell(none)).toBe(false);
    expect(statusText(none)).toContain('no answer within 15 s');
    expect(reportPage(none)).toContain('no answer within 15 s');
  });

  test.each([undefined, Number.NaN, Number.POSITIVE_INFINITY])('take %s for no number', async (value) => {
    const overview = take(
      estate,
      await measurementsOf(
        estate,
        answering(() => value),
        nowMs,
      ),
    );
    expect(isWell(overview)).toBe(false);
    const page = reportPage(overview);
    expect(page).toContain('Prometheus has no');
    expect(page).not.toMatch(/NaN|Infinity/u);
  });

  test.each([
    ['milliseconds instead of seconds', nowMs, 'not so'],
    ['two hours ahead of us', now + 7_200, 'not so'],
    ['a clock that is ahead by a little', now + 1_200, 'well'],
  ])('a run at %s', async (_, second, mark) => {
    const at = answering((query) => (query.includes('timestamp') ? second : well(query)));
    const overview = take(estate, await measurementsOf(estate, at, nowMs));
    expect(statusText(overview)).toMatch(new RegExp(`^${mark} +Retention of [^:]+: last run `, 'mu'));
    expect(isWell(overview)).toBe(mark === 'well');
  });

  test('are of now: a moment that is still to come tells nothing', async () => {
    const ahead = {
      range: ({ query, to }: RangeProps) =>
        Promise.resolve(
          new Map([
            [to, well(query)],
            [to + 9_999, 7],
          ]),
        ),
    };
    expect(isWell(take(estate, await measurementsOf(estate, ahead, nowMs)))).toBe(true);
  });

  test('are asked for once: a person waits', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.writeHead(503).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const overview = await takeOverview(estate, `http://127.0.0.1:${port}`, nowMs);
    server.close();
    const questions = overview.measured?.groups.flatMap(({ readings }) => readings) ?? [];
    expect(asked).toBe(questions.length + 1);
    expect(isWell(overview)).toBe(false);
  });

  test('of a million moments are a picture all the same, up to the last', async () => {
    const dense = {
      range: ({ query, from, to }: RangeProps) => {
        const length = query.includes('kubelet') && from < to ? 1_000_000 : 1;
        return Promise.resolve(
          new Map(Array.from({ length }, (_, index) => [to - ((to - from) * index) / length, index])),
        );
      },
    };
    const measured = await measurementsOf(estate, dense, nowMs);
    expect(measured.storage.points.length).toBeLessThanOrEqual(240);
    expect(measured.storage.points.at(-1)).toEqual([now, 0]);
    expect(reportPage(take(estate, measured)).length).toBeLessThan(100_000);
  });

  test('that are not as they should be stand on top, and are first to be looked at', async () => {
    const host = estate.forgejo.host;
    const found = answering((query) => (query.includes(`failures{instance="${host}"`) ? 2 : well(query)));
    const overview = take(estate, await measurementsOf(estate, found, nowMs));
    expect(verdictWords(overview)).toEqual({
      mark: 'not so',
      text: `Integrity probe of ${host} is not as it should be`,
    });
    expect(overview.next[0]).toEqual({
      what: `Integrity probe of ${host}: look closer before anything else, not as it should be: faults`,
      command: `./registry probe https://${host}`,
    });
    expect(overview.next[1]?.command).toBe('./registry preflight');
  });

  test('that nobody knows, or asked for, are not called well', async () => {
    expect(verdictWords(take(estate))).toEqual({
      mark: 'unknown',
      text: 'no fault in the estate; nobody was asked for results',
    });
    const unknown = async (part: string): Promise<string> => {
      const some = answering((query) => (query.includes(part) ? undefined : well(query)));
      return verdictWords(take(estate, await measurementsOf(estate, some, nowMs))).text;
    };
    expect(await unknown('broken_images')).toMatch(
      /^not known: Retention of \S+ packages \(images left broken\)$/u,
    );
    expect(await unknown('kubelet')).toBe('not known: Storage of Forgejo (used of the 50Gi of its volume)');
    expect(await unknown('nothing that is asked')).toBe('all is as it should be');
  });

  test('of a volume that is all but full, which takes no image any more, are not as they should be', async () => {
    const filled = (share: number) =>
      answering((query) => (query.includes('kubelet') ? share * 50 * 2 ** 30 : well(query)));
    const overview = take(estate, await measurementsOf(estate, filled(0.95), nowMs));
    expect([isWell(overview), verdictWords(overview).text]).toEqual([
      ...[false, 'Storage of Forgejo is not as it should be'],
    ]);
    expect(statusText(overview)).toMatch(
      /^not so +Storage of Forgejo: used of the 50Gi of its volume +47\.5 GiB/mu,
    );
    expect(isWell(take(estate, await measurementsOf(estate, filled(0.8), nowMs)))).toBe(true);
  });

  test('wait for two turns of the schedule that the estate has, not of another', async () => {
    const daily = { ...estate, integrityProbe: { ...estate.integrityProbe, schedule: '0 3 * * *' } };
    const aged = answering((query) => (query.includes('timestamp') ? now - 40_000 : well(query)));
    expect(isWell(take(estate, await measurementsOf(estate, aged, nowMs)))).toBe(false);
    expect(isWell(take(daily, await measurementsOf(daily, aged, nowMs)))).toBe(true);
  });
});

test('evidence from a day to come is not so many days old', () => {
  const of = estateAt('bake');
  const evidence = of.evidence.map((one) => ({ ...one, measuredAt: '2027-01-01T00:00:00Z' }));
  const text = statusText(take({ ...of, evidence }));
  expect(text).toContain('in the future, got 2027-01-01T00:00:00Z');
  expect(text).not.toMatch(/-\d+ d ago/u);
});

describe('the page', () => {
  const estates: readonly (readonly [string, Estate])[] = [
    ['this estate', estate],
    ['the second estate', secondEstate],
  ];
  test.each(estates)('of %s in every phase names every app, claim, registry and token', (_, of) => {
    for (const phase of phases) {
      const overview = take(inPhase(of, phase));
      const page = reportPage(overview);
      const names = [
        ...overview.movers.map(({ name }) => name),
        ...[...overview.gates, ...overview.ahead].map(({ claim }) => claim),
        ...overview.registries.map(({ host }) => host),
        ...overview.tokens.map(({ vault }) => `${vault.path}:${vault.key}`),
      ];
      for (const name of names) expect(page).toContain(name);
      expect(page.length).toBeLessThan(1_000_000);
    }
  });

  test('loads nothing, and text of servers and files stays text', async () => {
    const hostile = '"><img src=x onerror=alert(1)></svg><script>alert(1)</script>';
    const failing = new ServerError({
      ...{ kind: 'unexpected', method: 'GET', url: new URL('http://127.0.0.1:9090'), detail: hostile },
    });
    const measured = await measurementsOf(
      estate,
      answering(() => failing),
      nowMs,
    );
    const of = {
      ...estate,
      evidenceFaults: [hostile],
      overrides: [{ claim: 'smoke', reason: hostile, person: hostile, until: '2026-02-02' }],
    };
    const page = reportPage(take(of, measured));
    expect(page).not.toMatch(/<(?:img|script|link|iframe)\b/u);
    expect(page).not.toMatch(/\b(?:src|href)="(?!#)/u);
    expect(page).toContain('&lt;script&gt;');
  });
});

describe('the commands', () => {
  const verbs = (of: Estate) => [
    status(
      () => of,
      () => nowMs,
    ),
    report(
      () => of,
      () => nowMs,
    ),
  ];
  const moving = (): Estate => ({
    ...estateAt('cutover'),
    apps: estateAt('cutover').apps.map((app, index) => ({ ...app, cutOver: index < 3 })),
    pipelineImages: estate.pipelineImages,
  });

  test('status is one screen', async () => {
    const printed: string[] = [];
    for (const of of [
      estate,
      moving(),
      { ...estateAt('bake'), evidence: estateAt('bake').evidence.slice(4) },
    ]) {
      const { out, code } = await call(['status'], { verbs: verbs(of) });
      expect(out.split('\n').length).toBeLessThan(40);
      printed.push(`${out}exit ${code}\n`);
    }
    expectGolden('status.txt', printed.join('\n---\n\n'));
  });

  test('report refuses a file that cannot be written', async () => {
    const { code, err } = await call(['report', '--out', '/nowhere/report.html'], { verbs: verbs(estate) });
    expect(code).toBe(exit.refused);
    expect(err).toContain('--out: cannot be written, got "/nowhere/report.html" (ENOENT)');
  });
});
