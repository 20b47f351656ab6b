import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startLab, type Lab } from '../../lab/runs/lab';
import { ForgejoApi } from '../../clients/forgejo/api';
import { listVersions } from '../../clients/forgejo/versions';
import { deleteVersion } from '../../clients/forgejo/version';
import type { Tag } from '../../clients/forgejo/tag';
import { RegistryClient } from '../../clients/oci/client';
import { mediaTypes } from '../../clients/oci/manifest';
import { plan } from '../../programs/retention/plan';
import { pushImage } from '../support/push-image';
import { retainOnce } from '../support/retain-once';
import { describeStep, operationsOf } from '../support/sweep-explorer';
import { sweepForge, type SweptOwner } from '../support/sweep-forge';
import {
  applyStep,
  INDEXES,
  MODEL_NOW_MS,
  packagesOf,
  runOn,
  unclaimedElsewhere,
  type Run,
  type Step,
  type World,
} from '../support/sweep-model';
import { describeLab } from './describe-lab';

const SEQUENCES = 24;
const OPERATIONS = 5;
const BOUND = {
  packages: ['alpha/app', 'alpha/web', 'beta/app'],
  tags: ['a', 'b'],
  indexes: ['x', 'y'],
  before: OPERATIONS,
  during: 0,
};

/** Drawn with a seed of its own, so that the same sequences run every time. */
function drawn(seed: number): readonly Step[] {
  let state = seed * 2_654_435_761 + 12_345;
  const draw = (below: number): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const operations = [...operationsOf(BOUND), [{ kind: 'sweep' } as const]];
  for (let discard = 0; discard < 5; discard++) draw(2);
  return Array.from({ length: OPERATIONS }, () => operations[draw(operations.length)] ?? []).flat();
}

/** What the model says that a run of retention makes of a world, and the sweep after it. */
function predicted(before: World): readonly string[] {
  const packages = packagesOf(before);
  const { units } = plan({
    packages,
    protections: [],
    unclaimedElsewhere: unclaimedElsewhere(before),
    policy: {
      ...{ keepNewestTags: 1, alwaysKeepTags: ['latest'], alwaysKeepPatterns: [], graceHours: 0 },
      ...{ maxDeletionsPerRun: 1000, maxDeletedShareOfPackage: 1 },
    },
    nowMs: MODEL_NOW_MS,
  });
  let world = before;
  let run: Run = { packages, units, history: [] };
  for (let next = runOn(world, run).next(); next.done !== true; next = runOn(world, run).next())
    [world, run] = next.value;
  return namesOf(applyStep(world, { kind: 'sweep' }, false));
}

function namesOf(world: World): readonly string[] {
  return world.map((row) => `${row.package}:${row.name}`).sort();
}

/** The sequences of the model on a real forge: what a run leaves, and what the sweep makes of that, row by row. */
describeLab('retention on a real forge after sequences drawn from the model', () => {
  let lab: Lab<'forge'>;
  let compared = 0;
  beforeAll(async () => {
    lab = await startLab({ forge: { cleanupOlderThanSeconds: 0 } });
  }, 1_800_000);
  afterAll(async () => {
    console.log(
      `${compared} sequences of ${OPERATIONS} operations on ${lab.forge.kind} ${lab.forge.version}`,
    );
    await lab.stop();
  });

  const ownerOf = async (name: string): Promise<SweptOwner> => ({
    name,
    token: await lab.forge.createToken(await lab.forge.createUser({ name }), ['write:package']),
  });
  const sweepOf = (owners: readonly SweptOwner[]): Promise<unknown> =>
    lab.forge.kind === 'forgejo' ? lab.forge.runCleanup() : sweepForge(lab.forge.url, owners);

  it('a child that an index lists twice is claimed twice, and control: what nothing lists goes', async () => {
    const [first, second] = [await ownerOf('first'), await ownerOf('second')];
    const clientOf = ({ name, token }: SweptOwner): RegistryClient =>
      new RegistryClient({ url: lab.forge.url, credentials: { username: name, password: token } });
    const digest = await pushImage(clientOf(first), 'first/app', 'child');
    const { size = 0 } = await clientOf(first).headManifest('first/app', digest);
    const child = { mediaType: mediaTypes.image, digest, size };
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [child, child] };
    await clientOf(first).putManifest(
      ...(['first/app', 'v1', Buffer.from(JSON.stringify(index)), mediaTypes.index] as const),
    );
    for (const seed of ['child', 'listed by nothing']) await pushImage(clientOf(second), 'second/app', seed);

    await sweepOf([first, second]);

    const left = await listVersions(
      new ForgejoApi({ url: lab.forge.url, owner: 'second', token: second.token }),
    );
    expect(left.map(({ name }) => name)).toEqual([digest]);
  });

  it.each(Array.from({ length: SEQUENCES }, (_, seed) => seed))('sequence %i', async (seed) => {
    const owners = new Map<string, SweptOwner>();
    for (const role of ['alpha', 'beta']) owners.set(role, await ownerOf(`${role}-${seed}`));
    const forge = new ForgeWorld(lab.forge.url, owners, seed);
    const sweep = (): Promise<unknown> => sweepOf([...owners.values()]);
    let world: World = [];
    const steps = drawn(seed);
    for (const step of steps) {
      world = applyStep(world, step, false);
      if (step.kind === 'sweep') await sweep();
      else await forge.apply(step);
    }
    const told = steps.map(describeStep).join('; ');
    expect([told, ...(await forge.names())]).toEqual([told, ...namesOf(world)]);

    const alpha = owners.get('alpha');
    if (alpha === undefined) throw new Error('unreachable');
    const { lines } = await retainOnce(lab.forge.url, alpha);
    await sweep();

    expect([told, ...lines.filter((line) => line.includes('could not')), ...(await forge.names())]).toEqual([
      told,
      ...predicted(world),
    ]);
    compared += 1;
  });
});

/** Operations of the model as requests to a forge; images of one sequence are shared with no other. */
class ForgeWorld {
  readonly #digests = new Map<string, string>();

  constructor(
    readonly url: string,
    readonly owners: ReadonlyMap<string, SweptOwner>,
    readonly seed: number,
  ) {}

  async apply(step: Exclude<Step, { kind: 'sweep' }>): Promise<void> {
    const { client, api, repository, name } = this.#at(step.package);
    if (step.kind === 'delete') {
      await deleteVersion(api, name, step.tag as Tag);
      return;
    }
    const children = INDEXES[step.index] ?? [];
    if (step.kind === 'children') {
      const there = new Set(await this.names());
      for (const child of children)
        if (step.anew || !there.has(`${step.package}:${child}`))
          this.#digests.set(await pushImage(client, repository, `${this.seed} ${child}`), child);
      return;
    }
    const manifests = [];
    for (const [digest, child] of this.#digests)
      if (children.includes(child)) {
        const { size = 0 } = await client.headManifest(repository, digest);
        manifests.push({ mediaType: mediaTypes.image, digest, size });
      }
    const body = {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests,
      annotations: { index: step.index },
    };
    await client.putManifest(repository, step.tag, Buffer.from(JSON.stringify(body)), mediaTypes.index);
  }

  async names(): Promise<readonly string[]> {
    const names: string[] = [];
    for (const [role, { name, token }] of this.owners)
      for (const version of await listVersions(new ForgejoApi({ url: this.url, owner: name, token })))
        names.push(`${role}/${version.package}:${this.#digests.get(version.name) ?? version.name}`);
    return names.sort();
  }

  #at(of: string): { client: RegistryClient; api: ForgejoApi; repository: string; name: string } {
    const [role = '', name = ''] = of.split('/');
    const { name: owner, token } = this.owners.get(role) ?? { name: '', token: '' };
    return {
      client: new RegistryClient({ url: this.url, credentials: { username: owner, password: token } }),
      api: new ForgejoApi({ url: this.url, owner, token }),
      repository: `${owner}/${name}`,
      name,
    };
  }
}
