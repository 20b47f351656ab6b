/**
 * `./registry copy` beside regclient alone, for the same images into another owner's packages: its own engine `regbot` by
 * one script to each repository, and `regctl` called for each image; and its verification beside a walk that asks one
 * thing after the other. All with 20 ms in front of every answer, as between machines. Our time has the plan in it, which
 * finds the list that the others are given.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forEachConcurrently } from '../clients/concurrency';
import { estate } from '../estate';
import type { Image } from '../estate/images';
import { sourcesOf } from '../evidence/sources';
import { findTool } from '../lab/programs/find-tool';
import { startLab } from '../lab/runs/lab';
import { performCopy } from '../migration/copy/perform';
import { planCopy, type CopyPlan } from '../migration/copy/plan';
import { verifyCopy } from '../migration/copy/verify';
import { runOk } from '../terminal/run';
import { copyProps } from '../test/lab/copy-case';
import { pushLayeredImages } from './layered-images';
import { bench, say, startBeside, timed } from './measure';
import { predecessorWalk } from './predecessor-walk';
import type { SlowRelayProps } from './slow-relay';

const images: readonly Image[] = Array.from({ length: 20 }, (_, at) => ({
  ...{ name: `app-${at}`, tag: 't0', tagOwner: 'terraform' },
  source: { registry: 'legacy', repository: `app-${at}` },
}));
const baseLayers = 5;
const [baseBytes, ownBytes] = [2 * 1024 * 1024, 100 * 1024];
const parallel = 4;
const latencyMs = 20;
const rounds = 3;

interface Sides {
  readonly legacy: string;
  readonly forge: string;
}

interface Login {
  readonly user: string;
  readonly token: string;
}

type Copy = (sides: Sides, login: Login, references: readonly string[]) => Promise<void>;

async function main(): Promise<void> {
  const lab = await startLab({ legacyRegistry: true });
  const source = await slow(lab.legacyRegistry.url);
  try {
    const references = await pushLayeredImages({
      url: lab.legacyRegistry.url,
      repositories: images.map(({ name }) => name),
      baseOf: () => Array.from({ length: baseLayers }, () => randomBytes(baseBytes)),
      ownBytes,
    });
    const { ratio, plan } = await compare(source.url, references);
    const times = await verification(plan, source.url);
    const [isAsFast, isFast] = [ratio <= 1, times >= 10];
    say(`${isAsFast ? 'met' : 'MISSED'}: no slower than the engine; ${isFast ? 'met' : 'MISSED'}: 10 times`);
    process.exitCode = isAsFast && isFast ? 0 : 1;
  } finally {
    source.process.kill();
    await lab.stop();
  }
}

const slow = (url: string): ReturnType<typeof startBeside> => {
  const props: SlowRelayProps = { url, latencyMs };
  return startBeside('slow-relay.ts', props);
};

/** Some rounds on each side, each to a forge of its own, which takes longer the more it holds. */
async function compare(
  legacy: string,
  references: readonly string[],
): Promise<{ readonly ratio: number; readonly plan: CopyPlan }> {
  const plans: CopyPlan[] = [];
  const planned: number[] = [];
  const byPlan: Copy = async (sides, login) => {
    const engine = (await findTool('regbot')).path;
    const props = copyProps({ ...sides, ...login, owner: login.user, engine, images });
    const { value: plan, seconds } = await timed(() => planCopy(props));
    plans.push(plan);
    planned.push(seconds);
    const copied = await performCopy({ ...props, plan });
    if (copied.length !== references.length) throw new Error('bench: not all was copied');
  };
  const sides = [byPlan, engineAlone, processEach].map((copy) => ({ copy, seconds: [] as number[] }));
  // The machine is not as fast in one minute as in the next, so that each is first in its turn.
  for (let round = 0; round < rounds; round += 1)
    for (const { copy, seconds } of [...sides.slice(round), ...sides.slice(0, round)])
      seconds.push(await secondsOf(copy, legacy, references));
  const [plan] = plans;
  const [ours = [], alone = [], oneByOne = []] = sides.map(({ seconds }) => seconds);
  if (plan === undefined) throw new Error('bench: no plan');
  const ratio = Math.min(...ours) / Math.min(...alone, ...oneByOne);
  say(
    `${references.length} images, ${parallel} at a time: planned, copied and looked at in ${shown(ours)} (the plan ${shown(planned)}); regbot alone ${shown(alone)}; a regctl to each image ${shown(oneByOne)}: ${ratio.toFixed(2)} of the faster one's time`,
  );
  return { ratio, plan };
}

async function secondsOf(copy: Copy, legacy: string, references: readonly string[]): Promise<number> {
  const lab = await startLab({ forge: true });
  const { forge } = lab;
  const target = await slow(forge.url);
  try {
    const user = await forge.createUser({ name: 'owner' });
    const login = { user: user.name, token: await forge.createToken(user, ['write:package']) };
    return (await timed(() => copy({ legacy, forge: target.url }, login, references))).seconds;
  } finally {
    target.process.kill();
    await lab.stop();
  }
}

/** As a person would write it: a script to each repository, with all that belongs to an image. */
const engineAlone: Copy = async (sides, login, references) => {
  const scripts = images.map(({ name }) => ({
    name,
    script: references
      .filter((reference) => reference.startsWith(`${name}:`))
      .map((reference) => namesOf(sides, login, reference).map((each) => JSON.stringify(each)))
      .map(([from, to]) => `image.copy(${from}, ${to}, { digestTags = true })`)
      .join('\n'),
  }));
  const { path } = await findTool('regbot');
  await withFolder(async (folder) => {
    const creds = Object.entries(hostsOf(sides, login)).map(([registry, host]) => ({ registry, ...host }));
    const content = { version: 1, creds, defaults: { parallel }, scripts };
    writeFileSync(join(folder, 'regbot.json'), JSON.stringify(content), { mode: 0o600 });
    const env = { PATH: process.env['PATH'], HOME: folder };
    await runOk(path, ['once', '--config', join(folder, 'regbot.json')], { env });
  });
};

/** As a person would call it: with all that belongs to an image, as many at a time. */
const processEach: Copy = async (sides, login, references) => {
  const { path } = await findTool('regctl');
  await withFolder(async (folder) => {
    const content = { hosts: hostsOf(sides, login) };
    writeFileSync(join(folder, 'regctl.json'), JSON.stringify(content), { mode: 0o600 });
    const env = { PATH: process.env['PATH'], HOME: folder, REGCTL_CONFIG: join(folder, 'regctl.json') };
    await forEachConcurrently(references, parallel, async (reference) => {
      const names = namesOf(sides, login, reference);
      await runOk(path, ['image', 'copy', '--digest-tags', '--referrers', ...names], { env });
    });
  });
};

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-copy-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const hostsOf = ({ legacy, forge }: Sides, { user, token }: Login): Record<string, object> => ({
  [new URL(legacy).host]: { tls: 'disabled' },
  [new URL(forge).host]: { tls: 'disabled', user, pass: token },
});

const namesOf = ({ legacy, forge }: Sides, { user }: Login, reference: string): [string, string] => [
  `${new URL(legacy).host}/${reference}`,
  `${new URL(forge).host}/${user}/${reference}`,
];

/** How many times faster every byte is read than a walk is that asks for each blob's head. */
async function verification(plan: CopyPlan, url: string): Promise<number> {
  const there = { ...plan, items: plan.items.map((item) => ({ ...item, to: item.from })) };
  const { target } = sourcesOf(estate, { forgejo: url }, {}, Date.now());
  const [verified, walked]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const { value: faults, seconds } = await timed(() => verifyCopy({ plan: there, target }));
    if (faults.length > 0) throw new Error('bench: faults');
    verified.push(seconds);
    walked.push((await timed(() => predecessorWalk(url))).seconds);
  }
  const times = Math.min(...walked) / Math.min(...verified);
  say(
    `every byte verified at ${latencyMs} ms a request in ${shown(verified)}, one request after the other ${shown(walked)}: ${times.toFixed(1)} times`,
  );
  return times;
}

const shown = (all: readonly number[]): string => all.map((each) => `${each.toFixed(1)} s`).join(', ');

void bench(main);
