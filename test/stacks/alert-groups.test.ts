import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { legacyAccess, presentLegacy } from '../../estate/derived/legacy-registry';
import { periodOf } from '../../estate/derived/schedule';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { phases } from '../../estate/phases';
import type { AlertRule } from '../../monitoring/alert-rule';
import { alertGroups } from '../../stacks/alert-groups';
import { secondEstate } from '../second-estate';
import { inPhase } from '../support/estates';
import { synthesized } from '../support/synthesized';

const rulesOf = (subject: Estate): readonly AlertRule[] =>
  alertGroups(subject, [
    subject.forgejo.host,
    ...(presentLegacy(subject) === undefined ? [] : [legacyAccess(subject).instance]),
  ]).flatMap(({ rules }) => rules);

describe.each([
  ['this estate', estate],
  ['another one', secondEstate],
])('the alerts of %s', (_, subject: Estate) => {
  test.each(phases)('link each to a section that a runbook has, at %s', (phase) => {
    for (const { alert, annotations } of rulesOf(inPhase(subject, phase))) {
      const [, page = '', section] = /\/([a-z-]+\.md)#(.+)$/.exec(annotations.runbook_url) ?? [];
      const text = readFileSync(join(__dirname, '../../docs/runbooks', page), 'utf8');
      const sections = [...text.matchAll(/^#+ (\w+)$/gm)].map(([, title = '']) => title.toLowerCase());
      expect([alert, sections]).toEqual([alert, expect.arrayContaining([section])]);
    }
  });
});

test('what nothing of ours runs is watched by nobody: its absence would be alerted for ever', () => {
  const ofStacks = ['DriftDetectionAbsent', 'DriftDetectionStale', 'StackDrifted'];
  const { pipelines: _, ...without } = estate.stacks;

  expect(rulesOf(estate).map(({ alert }) => alert)).toEqual(expect.arrayContaining(ofStacks));
  for (const subject of [{ ...estate, stacks: without }, secondEstate])
    for (const { alert } of rulesOf(subject)) expect(ofStacks).not.toContain(alert);
});

test.each([
  ['this estate', inPhase(estate, 'bake')],
  ['another one', inPhase(secondEstate, 'bake')],
])('the log that alerts of %s send to is there until the next run has ended', (_, subject: Estate) => {
  const jobs = [...synthesized(subject).values()].flatMap(({ json }) =>
    Object.values(json.resource?.['kubernetes_cron_job_v1'] ?? {}),
  );
  expect(jobs.length).toBeGreaterThan(2);
  for (const { spec } of jobs) {
    const { schedule, job_template: job } = spec as {
      schedule: string;
      job_template: { spec: { ttl_seconds_after_finished: string; active_deadline_seconds: number } };
    };
    const { ttl_seconds_after_finished: ttl, active_deadline_seconds: longest } = job.spec;
    expect([schedule, Number(ttl) >= periodOf(schedule).longestMinutes * 60 + longest]).toEqual([
      schedule,
      true,
    ]);
  }
});
