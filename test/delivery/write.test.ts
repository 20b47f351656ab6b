import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync, rmSync, statSync, chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import type { Deliverable } from '../../delivery/deliverable';
import { prepareDelivery } from '../../delivery/deliver';
import { isTemporary } from '../../delivery/write';
import { stride } from '../support/stride';
import { app, forgejo, image } from './deliverables';
import { commit, makeTree, put, read, removeTrees, snapshot } from './fixture';
import { deliver, statesOf } from './walk';

jest.setTimeout(300_000);
afterAll(removeTrees);

const wealthfolio = app('wealthfolio', [image('wealthfolio-sync', 'latest')]);
const deliverables = [forgejo, wealthfolio];

describe('a delivery that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'delivery-'));
  const writer = join(folder, 'writer.cjs');
  const plan = join(folder, 'plan.json');
  beforeAll(() => {
    buildSync({
      entryPoints: [require.resolve('./killed-writer')],
      bundle: true,
      platform: 'node',
      outfile: writer,
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const run = (root: string, nth: number): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [writer, root, plan, nth.toString()], { encoding: 'utf8' });

  /** Kills a delivery at every step, starting from a committed tree, and runs it again each time. */
  async function killEverywhere(
    make: () => Promise<string>,
    wanted: readonly Deliverable[],
    declaredNowhere: (path: string, now: Readonly<Record<string, string>>) => boolean,
  ): Promise<number> {
    const whole = await make();
    const old = snapshot(whole);
    const delivery = await prepareDelivery(whole, wanted);
    writeFileSync(plan, JSON.stringify(delivery.changes));
    const survived = run(whole, 0);
    expect(survived.stderr).toBe('');
    const steps = Number(survived.stdout);
    const done = snapshot(whole);

    const half = await make();
    for (let step = 1; step <= steps; step += stride) {
      expect(run(half, step).signal).toBe('SIGKILL');
      const now = snapshot(half);
      for (const path of new Set([...Object.keys(old), ...Object.keys(done), ...Object.keys(now)])) {
        if (isTemporary(path)) continue;
        expect([path, [old[path], done[path]].includes(now[path])]).toEqual([path, true]);
      }
      expect(Object.keys(old).filter((path) => !(path in now) && declaredNowhere(path, now))).toEqual([]);
      const rerun = await prepareDelivery(half, wanted);
      rerun.write();
      expect(snapshot(half)).toEqual(done);
      // Not by git: its processes are what this test waits for.
      for (const path of new Set([...Object.keys(old), ...Object.keys(done)]))
        if (old[path] !== done[path]) put(half, path, old[path] ?? null);
      removeEmptyFolders(half);
      expect(snapshot(half)).toEqual(old);
    }
    return steps;
  }

  test('leaves every file old or new at any step of an adoption, and the next run completes it', async () => {
    const make = (): Promise<string> => Promise.resolve(makeTree());
    expect(await killEverywhere(make, deliverables, (path, now) => !removedAfterWrite(path, now))).toBe(21);
  });

  test('and at any step of a phase, forwards and back', async () => {
    const [before = [], after = []] = statesOf([])
      .slice(-2)
      .map(({ deliverables: all }) => all());
    const only = (all: readonly Deliverable[], ...stacks: readonly string[]): Deliverable[] =>
      all.filter(({ stack }) => stacks.includes(stack));
    const delivered = (first: readonly Deliverable[]) => async (): Promise<string> => {
      const root = makeTree();
      await deliver(root, first);
      return root;
    };
    // Files go before the list of them says so, which is all that may be missing.
    const isListed = (path: string): boolean => !path.startsWith('stacks/infra/dns/');
    expect(
      await killEverywhere(
        delivered(only(before, 'monitoring', 'dns')),
        only(after, 'monitoring', 'dns'),
        isListed,
      ),
    ).toBeGreaterThan(15);
    expect(
      await killEverywhere(delivered(only(after, 'dns')), only(before, 'dns'), isListed),
    ).toBeGreaterThan(5);
  });
});

/** As git would: it knows no empty folder. */
function removeEmptyFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory() && entry.name !== '.git') removeEmptyFolders(join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** The HCL goes only when the generated file beside it is already there. */
const removedAfterWrite = (path: string, now: Readonly<Record<string, string>>): boolean =>
  path.startsWith('stacks/forgejo/') && 'stacks/forgejo/cdk.tf.json' in now;

describe('a write', () => {
  test('stops before a file that changed since it was planned, and says so', async () => {
    const root = makeTree();
    const delivery = await prepareDelivery(root, [wealthfolio]);
    put(root, 'stacks/wealthfolio/main.tf', '# changed meanwhile\n');
    expect(() => {
      delivery.write();
    }).toThrow('stacks/wealthfolio/main.tf: changed while the delivery was being planned');
    expect(read(root, 'stacks/wealthfolio/main.tf')).toBe('# changed meanwhile\n');
  });

  test('keeps the mode of an edited file and leaves no temporary file', async () => {
    const root = makeTree();
    chmodSync(join(root, 'stacks/wealthfolio/main.tf'), 0o755);
    commit(root, 'mode');
    (await prepareDelivery(root, [wealthfolio])).write();
    expect(statSync(join(root, 'stacks/wealthfolio/main.tf')).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(root, 'stacks/wealthfolio')).filter(isTemporary)).toEqual([]);
  });
});
