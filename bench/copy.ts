/**
 * `./registry copy` beside its own engine, called alone for the same images into another owner's packages; and its
 * verification beside a walk that asks one thing after the other. Both with what lies between machines, 20 ms in front of
 * every answer. The engine is given its list; what finds it, the plan, is told apart.
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
import type { Forge } from '../lab/servers/forge';
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

async function main(): Promise<void> {
  const lab = await startLab({ legacyRegistry: true, forge: true });
  const relays: { readonly kill: () => unknown }[] = [];
  const slow = async (url: string): Promise<string> => {
    const props: SlowRelayProps = { url, latencyMs };
    const relay = await startBeside('slow-relay.ts', props);
    relays.push(relay.process);
    return relay.url;
  };
  try {
    const references = await pushLayeredImages({
      url: lab.legacyRegistry.url,
      repositories: images.map(({ name }) => name),
      baseOf: () => Array.from({ length: baseLayers }, () => randomBytes(baseBytes)),
      ownBytes,
    });
    const away: Sides = { legacy: await slow(lab.legacyRegistry.url), forge: await slow(lab.forge.url) };
    const { ratio, plan } = await compare(lab.forge, away, references);
    const times = await verification(plan, away.legacy);
    const [isAsFast, isFast] = [ratio <= 1, times >= 10];
    say(`${isAsFast ? 'met' : 'MISSED'}: no slower than the engine; ${isFast ? 'met' : 'MISSED'}: 10 times`);
    process.exitCode = isAsFast && isFast ? 0 : 1;
  } finally {
    for (const relay of relays) relay.kill();
    await lab.stop();
  }
}

/** The best of some rounds on either side, each into packages of an owner of its own. */
async function compare(
  forge: Forge,
  sides: Sides,
  references: readonly string[],
): Promise<{ readonly ratio: number; readonly plan: CopyPlan }> {
  const engine = (await findTool('regctl')).path;
  const newLogin = async (): Promise<{ user: string; token: string }> => {
    const user = await forge.createUser({ name: `owner-${randomBytes(4).toString('hex')}` });
    return { user: user.name, token: await forge.createToken(user, ['write:package']) };
  };
  const plans: CopyPlan[] = [];
  const [planned, ours, alone]: [number[], number[], number[]] = [[], [], []];
  const copyByPlan = async (): Promise<void> => {
    const login = await newLogin();
    const props = copyProps({ ...sides, ...login, owner: login.user, engine, images });
    const { value: plan, seconds: looking } = await timed(() => planCopy(props));
    plans.push(plan);
    planned.push(looking);
    const { value, seconds: copying } = await timed(() => performCopy({ ...props, plan }));
    ours.push(copying);
    if (value.copied.length !== references.length) throw new Error('bench: not all was copied');
  };
  const copyAlone = async (): Promise<void> => {
    const login = await newLogin();
    alone.push((await timed(() => engineAlone(engine, sides, login, references))).seconds);
  };
  // The registry grows from one to the next, so that each is first in its turn.
  for (let round = 0; round < rounds; round += 1)
    for (const copy of round % 2 === 0 ? [copyByPlan, copyAlone] : [copyAlone, copyByPlan]) await copy();
  const [plan] = plans;
  if (plan === undefined) throw new Error('bench: no plan');
  const ratio = Math.min(...ours) / Math.min(...alone);
  say(
    `${references.length} images to ${forge.kind}: planned in ${shown(planned)}; copied and looked at in ${shown(ours)}, engine alone ${shown(alone)}: ${ratio.toFixed(2)} of its time`,
  );
  return { ratio, plan };
}

/** As a person would call it: with all that belongs to an image, as many at a time. */
async function engineAlone(
  engine: string,
  { legacy, forge }: Sides,
  { user, token }: { readonly user: string; readonly token: string },
  references: readonly string[],
): Promise<void> {
  const [from, to] = [new URL(legacy).host, new URL(forge).host];
  const folder = mkdtempSync(join(tmpdir(), 'bench-copy-'));
  try {
    const hosts = { [from]: { tls: 'disabled' }, [to]: { tls: 'disabled', user, pass: token } };
    writeFileSync(join(folder, 'regctl.json'), JSON.stringify({ hosts }), { mode: 0o600 });
    const env = { PATH: process.env['PATH'], HOME: folder, REGCTL_CONFIG: join(folder, 'regctl.json') };
    await forEachConcurrently(references, parallel, async (reference) => {
      const names = [`${from}/${reference}`, `${to}/${user}/${reference}`];
      await runOk(engine, ['image', 'copy', '--digest-tags', '--referrers', ...names], { env });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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
