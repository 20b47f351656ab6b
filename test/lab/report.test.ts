import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { report } from '../../commands/report';
import { status } from '../../commands/status';
import { estate } from '../../estate';
import type { Estate } from '../../estate/estate';
import { phases } from '../../estate/phases';
import { findTool } from '../../lab/programs/find-tool';
import { startLab, type Lab } from '../../lab/runs/lab';
import { exit } from '../../terminal/exit-codes';
import { secondEstate } from '../second-estate';
import { call } from '../support/call';
import { estateAt, inPhase } from '../support/estates';
import { describeLab } from './describe-lab';

const hour = 3_600;
const gib = 1024 ** 3;
/** The last whole hour: what Prometheus was given by then, it has. */
const now = Math.floor(Date.now() / 1000 / hour) * hour;

/** Ten days of a volume that grows, of a probe that finds a fault at last, and of retention. */
function history(): string {
  const F = `instance="${estate.forgejo.host}"`;
  const R = `${F},owner="${estate.forgejo.packages.owner}"`;
  const { namespace, storage } = estate.forgejo;
  const series: Readonly<Record<string, (at: number, index: number) => number>> = {
    [`kubelet_volume_stats_used_bytes{namespace="${namespace}",persistentvolumeclaim="${storage.claimName}"}`]:
      (_, index) => 11 * gib + index * 0.02 * gib,
    [`registry_manifest_integrity_last_run_timestamp{${F}}`]: (at) => at - 300,
    [`registry_manifest_integrity_last_success_timestamp{${F}}`]: (at) => at - 300,
    [`registry_manifest_integrity_failures{${F}}`]: (_, index) => (index === 240 ? 2 : 0),
    [`registry_manifest_integrity_damaged_blobs{${F}}`]: () => 0,
    [`registry_manifest_integrity_tags_checked{${F}}`]: () => 412,
    [`forgejo_retention_last_run_timestamp_seconds{${R}}`]: (at) => at - 7_200,
    [`forgejo_retention_last_success_timestamp_seconds{${R}}`]: (at) => at - 7_200,
    [`forgejo_retention_success{${R}}`]: () => 1,
    [`forgejo_retention_enforcing{${R}}`]: () => 0,
    [`forgejo_retention_freed_bytes{${R}}`]: () => 3 * gib,
  };
  const lines = Object.entries(series).flatMap(([name, value]) => [
    `# TYPE ${name.split('{')[0] ?? ''} gauge`,
    ...Array.from({ length: 241 }, (_, index) => {
      const at = now - (240 - index) * hour;
      return `${name} ${value(at, index)} ${at}`;
    }),
  ]);
  return [...lines, '# EOF\n'].join('\n');
}

/** As people look at it: at a desk by day and by night, and on a phone. */
const looks: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light', viewport: { width: 1200, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1200, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 375, height: 800 } },
};

const brokenEvidence: Estate = {
  ...estateAt('bake'),
  evidence: estateAt('bake').evidence.slice(3),
  evidenceFaults: [
    'estate/evidence/smoke.json: was changed since it was measured, got seal "<b>" of other text',
  ],
  overrides: [
    { claim: 'dual-push/freedify', reason: 'its pipeline is down', person: 'me', until: '2000-01-01' },
  ],
};
const cases: readonly (readonly [string, Estate])[] = [
  ...phases.map((phase) => [phase, estateAt(phase)] as const),
  ['broken evidence', brokenEvidence],
  ['the second estate', inPhase(secondEstate, 'cutover')],
];

describeLab('the report, read by Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  let lab: Lab<'prometheus'>;
  let browser: Browser;

  beforeAll(async () => {
    lab = await startLab({ prometheus: { rules: [], history: history() } });
    const { path, libraries = '' } = await findTool('chromium');
    browser = await chromium.launch({
      executablePath: path,
      env: { ...process.env, LD_LIBRARY_PATH: libraries, HOME: folder },
      // Whoever is root has no sandbox; the others ask no server of the browser's maker.
      args: [
        '--no-sandbox --disable-gpu --no-first-run --disable-background-networking',
        '--disable-component-update --disable-sync --disable-quic',
      ].flatMap((line) => line.split(' ')),
    });
  }, 600_000);

  afterAll(async () => {
    await browser.close();
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function written(of: Estate, prometheus?: string): Promise<{ url: string; code: number }> {
    const file = join(folder, 'report.html');
    const asked = prometheus === undefined ? [] : ['--prometheus', prometheus];
    const verbs = [
      report(
        () => of,
        () => now * 1000,
      ),
    ];
    const { code } = await call(['report', '--out', file, ...asked], { verbs });
    expect(readFileSync(file).length).toBeLessThan(1_000_000);
    return { url: pathToFileURL(file).href, code };
  }

  /** What the browser complained about, and what it asked for. */
  async function opened(
    url: string,
    options: BrowserContextOptions,
  ): Promise<{ page: Page; said: string[]; close: () => Promise<void> }> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => said.push(...(request.url() === url ? [] : [request.url()])));
    await page.goto(url);
    return { page, said, close: () => context.close() };
  }

  test.each(cases)('is without fault in %s, by day, by night and on a phone', async (_, of) => {
    const { url } = await written(of, lab.prometheus.url);
    for (const options of Object.values(looks)) {
      // The page lets no script run, so the judge needs a browser that looks away.
      const { page, said, close } = await opened(url, { ...options, bypassCSP: true });
      expect(said).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
      await page.addScriptTag({ path: require.resolve('axe-core') });
      const { violations, passes } = await page.evaluate(() =>
        (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      );
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
      expect(passes.length).toBeGreaterThan(10);
      await close();
    }
  });

  test('shows what Prometheus has, and says what it does not have', async () => {
    const { url, code } = await written(estate, lab.prometheus.url);
    expect(code).toBe(exit.found);
    const { page, close } = await opened(url, looks['light'] ?? {});
    const results = (await page.locator('#results').innerText()).replace(/\s+/gu, ' ');
    expect(results).toContain('✗ not so faults 2');
    expect(results).toContain('✓ well last run 5 min ago');
    expect(results).toContain('it deletes no');
    expect(results).toContain('? unknown images left broken Prometheus has no such data');
    expect(await page.locator('#storage').innerText()).toMatch(/15\.8 GiB used, 32 % of the 50Gi/u);
    expect(await page.locator('#storage path.used').count()).toBe(1);
    await close();
  });

  test('can be walked by keyboard', async () => {
    const { url } = await written(estate);
    const { page, close } = await opened(url, looks['phone'] ?? {});
    const reached: string[] = [];
    for (let name = ''; name !== 'the end'; reached.push(name)) {
      await page.keyboard.press('Tab');
      name = await page.evaluate(() => {
        const { activeElement, body } = document;
        if (activeElement === null || activeElement === body) return 'the end';
        const named = activeElement.getAttribute('aria-label') ?? activeElement.textContent;
        return `${getComputedStyle(activeElement).outlineStyle === 'none' ? 'unseen ' : ''}${named}`;
      });
    }
    expect(reached.at(0)).toBe('To what is next');
    expect(reached).toContain('Gates');
    expect(reached).toContain('Apps, in the order in which they move');
    expect(reached.filter((name) => name.startsWith('unseen'))).toEqual([]);
    await close();
  });

  test('status says the same of the same Prometheus', async () => {
    const verbs = [
      status(
        () => estate,
        () => now * 1000,
      ),
    ];
    const { out, code } = await call(['status', '--prometheus', lab.prometheus.url], { verbs });
    expect(code).toBe(exit.found);
    expect(out).toMatch(/^not so +Integrity probe of \S+: faults +2$/mu);
  });
});
