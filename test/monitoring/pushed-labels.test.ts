import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { driftGauges } from '../../apply/detect-drift';
import { gaugesOf as applyGauges } from '../../apply/report';
import type { Gauge } from '../../clients/pushgateway';
import { legacyAccess } from '../../estate/derived/legacy-registry';
import { registryDashboard } from '../../monitoring/dashboard';
import { EXIT } from '../../programs/exit-code';
import type { ByteCheck } from '../../programs/integrity-probe/byte-check';
import { faultKinds, type FaultKind } from '../../programs/integrity-probe/fault';
import { blankMemory } from '../../programs/integrity-probe/memory';
import { gaugesOf as probeGauges } from '../../programs/integrity-probe/metrics';
import { DEFAULT_POLICY } from '../../programs/retention/config';
import { gaugesOf as retentionGauges } from '../../programs/retention/metrics';
import { gaugesOf as syncGauges } from '../../programs/woodpecker-sync/metrics';
import { alertGroups } from '../../stacks/alert-groups';
import { estateAt } from '../support/estates';

const estate = estateAt('dual-push');
const read = (path: string): string => readFileSync(join(__dirname, '../..', path), 'utf8');

/** The labels of each metric, as its program pushes it. */
const pushed = new Map<string, ReadonlySet<string>>([
  ...of(['job'], probe()),
  ...of(['job', 'instance', 'owner'], retention()),
  ...of(['job', 'instance'], sync()),
  ...of(['job'], driftGauges([{ stack: 'a', state: 2, says: '', unapplied: false }], new Map(), 0)),
  ...of(['job', 'stack'], applyGauges({ stack: 'a', outcome: 'applied', says: [] }, 0)),
  ...['cloud-init/collect-garbage.sh', 'cloud-init/break-glass.sh', 'pipelines/verify-push.sh'].flatMap(
    byScript,
  ),
]);

function of(group: readonly string[], gauges: readonly Gauge[]): [string, ReadonlySet<string>][] {
  return gauges.map(({ name, samples }) => [
    name,
    new Set([...group, ...Object.keys(samples[0]?.labels ?? {})]),
  ]);
}

function byScript(path: string): [string, ReadonlySet<string>][] {
  const text = read(path);
  const [, group = ''] = /(\/job\/.+)"/.exec(text) ?? [];
  const labels = new Set(
    [...group.matchAll(/\/(\w+)(?:@base64)?\/(?=[$a-z])/g)].map(([, label = '']) => label),
  );
  const names = text.match(/(?:registry_gc|break_glass|image_push)_\w+(?= (?:\$|%s))/g) ?? [];
  return names.map((name) => [name, labels]);
}

function probe(): Gauge[] {
  const result = {
    ...{ tags: 1, indexes: 1, manifests: 1, blobs: 1, repositories: 1, listedRepositories: 1 },
    ...{ catalogAccessible: true, missingRepositories: [], deniedRepositories: [], broken: new Map() },
    ...{ damaged: new Map<string, string>(), tagsByRepository: new Map<string, number>() },
    unseen: new Set<string>(),
    faults: Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>,
  };
  const one = { repository: 'a', sinceMs: 0 };
  const memory = {
    ...blankMemory(0, 0),
    damaged: new Map([['sha256:0', one]]),
    broken: new Map([['a', { ...one, kind: 'unreadable' as const }]]),
    ...{ emptied: new Map([['a', 0]]), tags: new Map([['a', 1]]) },
  };
  return probeGauges({
    ...{ instance: 'forge.example', verdict: 'healthy', code: EXIT.done, result, memory },
    byteCheck: {
      hashedBlobs: 0,
      hashedBytes: 0,
      unreadBytes: 0,
      oldestUnverifiedAgeMs: 0,
    } as unknown as ByteCheck,
    canary: { pulled: true, durationMs: 1, bytes: 1 },
    ...{ startedAtMs: 0, endedAtMs: 0 },
  });
}

function retention(): readonly Gauge[] {
  const config = {
    ...DEFAULT_POLICY,
    ...{ mode: 'enforce' as const, forgeUrl: '', registryHosts: ['forge.example'], owner: 'viktor' },
    ...{ tokenUser: 'viktor', estateReferences: [], pushgatewayUrl: '', deadlineSeconds: 2880 },
  };
  const keep = { reason: { kind: 'newest' } };
  const report = {
    ...{ startedAtMs: 0, executed: [], broken: [], freedBytes: 1, manifests: { wanted: 1, unread: 0 } },
    ...{ packages: { seen: 1, expected: 1 }, cluster: { seen: 1, expected: 1 } },
    decision: { plan: { keeps: [keep], units: [], deferredBuilds: 0 }, missing: [] },
  };
  return retentionGauges(report as unknown as Parameters<typeof retentionGauges>[0], config, EXIT.done, 1000);
}

function sync(): readonly Gauge[] {
  const scopes = new Map([['infra', { written: 1, removed: 0, failures: 0, shadows: 1 }]]);
  return syncGauges({ startedAtMs: 0, scopes }, EXIT.done, 1000);
}

const ours =
  /\b(?:registry_(?:gc|manifest_integrity)|forgejo_retention|woodpecker_secret_sync|drift|stack_apply|break_glass|image_push)_\w+/g;
/** The labels of the metrics that a text asks for; the test fails where none pushes one, or not by a label that is asked for. */
function labelsIn(text: string): Set<string> {
  const labels = new Set<string>();
  for (const [selector, matchers = ''] of text.matchAll(new RegExp(`${ours.source}(\\{[^}]*\\})?`, 'g'))) {
    const name = selector.replace(/\{.*/s, '');
    expect([...pushed.keys()]).toContain(name);
    for (const [, label = ''] of matchers.matchAll(/(\w+)=[~"%]/g))
      expect([name, [...(pushed.get(name) ?? [])]]).toEqual([name, expect.arrayContaining([label])]);
    pushed.get(name)?.forEach((label) => labels.add(label));
  }
  return labels;
}

/** What a pattern finds of labels that is none of these; of metrics that are not ours, nothing is known. */
function unknown(text: string, pattern: RegExp, labels: ReadonlySet<string>): string[] {
  const named = [...text.matchAll(pattern)].map(([, label = '']) => label);
  return labels.size === 0 ? [] : named.filter((label) => !labels.has(label));
}

const instances = [estate.forgejo.host, legacyAccess(estate).instance];
const rules = alertGroups(estate, instances).flatMap((group) => group.rules);

describe('what is asked for is pushed, by name and by label', () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    'by %s, which speaks of no other label',
    (_, { expr, labels: own, annotations: { summary, description } }) => {
      const labels = labelsIn(expr);
      expect(unknown(expr, /"\w+", "[^"]*", "(\w+)", "[^"]*"\)/g, labels)).toEqual([]);
      for (const [, label = ''] of expr.matchAll(/"(\w+)", "[^"]*", "\w*", "[^"]*"\)/g)) labels.add(label);
      const all = labels.size === 0 ? labels : new Set([...labels, ...Object.keys(own)]);
      expect(unknown(`${summary} ${description}`, /\$labels\.(\w+)/g, all)).toEqual([]);
      expect(unknown(description, / \.Labels\.(\w+)/g, labelsIn(description))).toEqual([]);
    },
  );

  test('by the dashboard, whose legends speak of no other label', () => {
    const { panels } = registryDashboard({
      ...{ instances: ['forge.example'], namespace: 'forgejo', volumeClaim: 'data', volumeCeilingBytes: 1 },
      traefikService: 'forgejo-forgejo-80@kubernetes',
    });
    for (const { expr, legendFormat } of panels.flatMap(({ targets }) => targets))
      expect(unknown(legendFormat, /\{\{(\w+)\}\}/g, labelsIn(expr))).toEqual([]);
  });
});
