import { afterEach, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../../lab/process/process-identity';
import { run, type Ran } from '../../terminal/run';
import { labFolder, readLabState, type LabState } from '../../lab/process/state';
import { describeLab } from './describe-lab';

const root = join(__dirname, '../..');
const tsx = join(root, 'node_modules/.bin/tsx');
const labCommand = (...args: readonly string[]): Promise<Ran> => labCommandIn({}, ...args);
const labCommandIn = (env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ran> =>
  run(tsx, ['commands/main.ts', 'lab', ...args], { cwd: root, env: { ...process.env, ...env } });

describeLab('./registry lab', () => {
  // Names of this process, so that labs of other runs are never touched.
  const first = `up-test-${process.pid}-a`;
  const second = `up-test-${process.pid}-b`;
  const stateOf = (name: string): LabState => {
    const state = readLabState(name);
    if (state === undefined) throw new Error(`no state of lab "${name}"`);
    return state;
  };
  const running = (state: LabState): readonly string[] =>
    state.servers
      .filter(({ identity }) => identity !== undefined && isRunning(identity))
      .map(({ name }) => name);

  afterEach(async () => {
    await labCommand('down', '--name', first);
    await labCommand('down', '--name', second);
  }, 60_000);

  it('up prints the servers that are ready and ends; down leaves no process and no folder', async () => {
    const up = await labCommand('up', 'legacy-registry', 'pushgateway', '--name', first);
    expect(up).toMatchObject({ code: 0, stdout: expect.stringContaining(`lab ${first}: up`) });
    const state = stateOf(first);
    expect(running(state).toSorted()).toEqual(['legacy-registry', 'pushgateway']);
    const registry = state.servers.find(({ name }) => name === 'legacy-registry');
    expect((await fetch(`${registry?.address ?? ''}/v2/`)).status).toBe(200);

    expect(await labCommand('down', '--name', first)).toMatchObject({
      code: 0,
      stdout: `lab ${first}: down\n`,
    });
    expect(running(state)).toEqual([]);
    expect(isRunning(state.owner)).toBe(false);
    expect(existsSync(labFolder(first))).toBe(false);
  }, 300_000);

  it('a killed supervisor takes its servers along, and the next up removes the rest', async () => {
    await labCommand('up', 'pushgateway', '--name', first);
    const killed = stateOf(first);
    process.kill(killed.owner.pid, 'SIGKILL');
    while (isRunning(killed.owner) || running(killed).length > 0) await sleep(20);
    expect(existsSync(labFolder(first))).toBe(true);

    const again = await labCommand('up', 'pushgateway', '--name', first);
    expect(again).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`removed what the killed lab "${first}" left`),
    });
    expect(running(stateOf(first))).toEqual(['pushgateway']);
  }, 300_000);

  it('two labs run beside each other, and ending one leaves the other', async () => {
    await labCommand('up', 'pushgateway', '--name', first);
    await labCommand('up', 'pushgateway', '--name', second);
    const states = [stateOf(first), stateOf(second)];
    expect(new Set(states.map(({ servers }) => servers[0]?.address)).size).toBe(2);

    await labCommand('down', '--name', first);
    expect(states.map(running)).toEqual([[], ['pushgateway']]);
  }, 300_000);

  it('up of a name that already runs is refused, and what runs goes on', async () => {
    await labCommand('up', 'pushgateway', '--name', first);
    const again = await labCommand('up', 'pushgateway', '--name', first);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining(`lab "${first}": already runs`) });
    expect(running(stateOf(first))).toEqual(['pushgateway']);
  }, 300_000);

  it('a lab that is led to the servers of another shows them as existing, and leaves them when it ends', async () => {
    await labCommand('up', 'legacy-registry', 'pushgateway', '--name', first);
    const { stdout } = await labCommand('env', '--name', first);
    const env = Object.fromEntries(
      [...stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    expect(env['LAB_EXISTING']).toBe('legacy-registry,pushgateway');

    const up = await labCommandIn(env, 'up', 'legacy-registry', 'pushgateway', '--name', second);
    const rows = stateOf(first).servers.map(({ name, address }) => [name, address]);
    expect(stateOf(second).servers.map(({ name, address }) => [name, address])).toEqual(
      expect.arrayContaining(rows),
    );
    expect(up.stdout.match(/ existing$/gm)).toHaveLength(2);

    await labCommand('down', '--name', second);
    expect(running(stateOf(first)).toSorted()).toEqual(['legacy-registry', 'pushgateway']);
  }, 300_000);

  it('an unknown server is refused with the names that there are', async () => {
    const up = await labCommand('up', 'nonsense', '--name', first);
    expect(up).toMatchObject({ code: 3, stderr: expect.stringContaining('is not known, got "nonsense"') });
  }, 60_000);
});
