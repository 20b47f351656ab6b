/**
 * `./registry copy` beside its own engine, called alone for the same images into another owner's packages; and its
 * verification beside a walk that asks one thing after the other, 20 ms in front of every answer.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forEachConcurrently } from '../clients/concurrency';
import { RegistryClient } from '../clients/oci/client';
import { pushImage } from '../clients/oci/push-image';
import { estate } from '../estate';
import type { Image } from '../estate/images';
import { sourcesOf } from '../evidence/sources';
import { findTool } from '../lab/programs/find-tool';
import { startLab } from '../lab/runs/lab';
import { performCopy } from '../migration/copy/perform';
import type { CopyPlan } from '../migration/copy/plan';
import { verifyCopy } from '../migration/copy/verify';
import { runOk } from '../terminal/run';
import { copyProps } from '../test/lab/copy-case';
import { bench, say, startBeside, timed } from './measure';
import { predecessorWalk } from './predecessor-walk';
import type { SlowRelayProps } from './slow-relay';

const repositories = 20;
const tagsOfEach = 10;
const parallel = 4;
const latencyMs = 20;
const rounds = 2;

async function main(): Promise<void> {
  const lab = await startLab({ legacyRegistry: true, forge: true });
  const folder = mkdtempSync(join(tmpdir(), 'bench-copy-'));
  try {
    const engine = (await findTool('regctl')).path;
    const source = new RegistryClient({ url: lab.legacyRegistry.url });
    const images: Image[] = Array.from({ length: repositories }, (_, at) => ({
      ...{ name: `app-${at}`, tag: 't0', tagOwner: 'terraform' },
      source: { registry: 'legacy', repository: `app-${at}` },
    }));
    const references = images.flatMap(({ name }) =>
      Array.from({ length: tagsOfEach }, (_, at) => ({ name, tag: `t${at}` })),
    );
    await forEachConcurrently(references, parallel, async ({ name, tag }) => {
      await pushImage(source, name, `${name} ${tag} ${randomBytes(50_000).toString('hex')}`, tag);
    });
    let plan: CopyPlan | undefined;
    const ours: number[] = [];
    const alone: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const login = async (side: string): Promise<{ user: string; token: string }> => {
        const user = await lab.forge.createUser({ name: `${side}-${round}` });
        return { user: user.name, token: await lab.forge.createToken(user, ['write:package']) };
      };
      const [mine, theirs] = [await login('ours'), await login('alone')];
      const at = { legacy: lab.legacyRegistry.url, forge: lab.forge.url, engine, images };
      ours.push(
        await seconds(async () => {
          const result = await performCopy(copyProps({ ...at, ...mine, owner: mine.user }));
          if (result.copied.length !== references.length) throw new Error('bench: not all was copied');
          plan = result.plan;
        }),
      );
      const hosts = [lab.legacyRegistry.host, lab.forge.host];
      const configuration = {
        hosts: Object.fromEntries(
          hosts.map((host) => [
            host,
            {
              tls: 'disabled',
              ...(host === lab.forge.host ? { user: theirs.user, pass: theirs.token } : {}),
            },
          ]),
        ),
      };
      writeFileSync(join(folder, 'regctl.json'), JSON.stringify(configuration), { mode: 0o600 });
      const env = { PATH: process.env['PATH'], HOME: folder, REGCTL_CONFIG: join(folder, 'regctl.json') };
      alone.push(
        await seconds(() =>
          forEachConcurrently(references, parallel, async ({ name, tag }) => {
            const sides = [
              `${hosts[0] ?? ''}/${name}:${tag}`,
              `${hosts[1] ?? ''}/${theirs.user}/${name}:${tag}`,
            ];
            await runOk(engine, ['image', 'copy', '--digest-tags', '--referrers', ...sides], { env });
          }),
        ),
      );
    }
    const ratio = Math.min(...ours) / Math.min(...alone);
    say(
      `${references.length} images to ${lab.forge.kind}: planned, copied and looked at in ${shown(ours)}, engine alone ${shown(alone)}: ${ratio.toFixed(2)} of its time`,
    );
    const isAsFast = ratio <= 1;
    if (plan === undefined) throw new Error('bench: no plan');

    const props: SlowRelayProps = { url: lab.legacyRegistry.url, latencyMs };
    const { url, process: relay } = await startBeside('slow-relay.ts', props);
    const here = { ...plan, items: plan.items.map((item) => ({ ...item, to: item.from })) };
    const { target } = sourcesOf(estate, { forgejo: url }, {}, Date.now());
    const verified: number[] = [];
    const walked: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      verified.push(
        await seconds(async () => {
          if ((await verifyCopy({ plan: here, target })).length > 0) throw new Error('bench: faults');
        }),
      );
      walked.push(await seconds(() => predecessorWalk(url)));
    }
    relay.kill();
    const times = Math.min(...walked) / Math.min(...verified);
    say(
      `every byte verified at ${latencyMs} ms a request in ${shown(verified)}, one request after the other ${shown(walked)}: ${times.toFixed(1)} times`,
    );
    const isFast = times >= 10;
    say(`${isAsFast ? 'met' : 'MISSED'}: no slower than the engine; ${isFast ? 'met' : 'MISSED'}: 10 times`);
    process.exitCode = isAsFast && isFast ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
    await lab.stop();
  }
}

const shown = (all: readonly number[]): string => all.map((each) => `${each.toFixed(1)} s`).join(', ');

const seconds = async (work: () => Promise<unknown>): Promise<number> => (await timed(work)).seconds;

void bench(main);
