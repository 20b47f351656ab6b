import { cutoverOrder, withCutOver } from '../../estate/derived/cutover-order';
import { performCutover, type CutoverMeans, type CutoverResult } from '../../migration/cutover/perform';
import { planCutover, type CutoverProps } from '../../migration/cutover/plan';
import { untilDeath } from './dying-cluster';
import { expectThat, refusalOf } from './expect-that';
import type { KillAt } from './killed';
import { pullsOf, putPullSecret, type Scene } from './scene';

const quiet = (): void => undefined;

/** The first one's namespace has a wrong login: it goes back by itself, moves once that is right, and goes back when told to. */
export async function failedCutover(scene: Scene): Promise<string> {
  const [first] = cutoverOrder(scene.estate);
  if (first === undefined) return 'nothing moves';
  await putPullSecret(scene, first.name, 'c0ffee'.repeat(6));
  const failed = await cutOver(scene, first.name);
  expectThat(failed.state === 'rolled back', `it goes back, got ${saw(failed)}`);
  await putPullSecret(scene, first.name, scene.tokens?.pull ?? '');
  const moved = await cutOver(scene, first.name);
  expectThat(moved.state === 'done', `and moves once the login is right, got ${saw(moved)}`);
  const there = await planCutover({ ...propsOf(scene, first.name), to: 'source' });
  const back = await performCutover(there, meansOf(scene, first.name));
  expectThat(back.state === 'done', `and back, told to, got ${saw(back)}`);
  return `${first.name}: rolled back by itself, moved, rolled back by hand`;
}

/** Each in the plan's order. @param killAt at which call to the cluster each is killed before it is done again */
export async function cutovers(scene: Scene, killAt: KillAt | undefined): Promise<string> {
  const order = cutoverOrder(scene.estate).map(({ name }) => name);
  let kills = 0;
  const last = order.at(-1);
  if (last !== undefined && order.length > 1) {
    const early = await refusalOf(planCutover(propsOf(scene, last)));
    expectThat(early.includes('comes after others'), `${last} may not move first, got ${early}`);
  }
  for (const name of order) {
    // Begun, and never heard of again from its n-th call to the cluster on.
    const isKilled =
      killAt !== undefined &&
      (await untilDeath(scene.cluster, killAt(name, 12), (dying) => cutOver(scene, name, dying)));
    if (isKilled) kills += 1;
    const result = await cutOver(scene, name);
    expectThat(result.state === 'done', `${name} moves, got ${saw(result)}`);
  }
  return `${order.join(', ')}; ${kills} killed and done again`;
}

const propsOf = (scene: Scene, name: string): CutoverProps => ({
  ...{ estate: scene.estate, name, to: 'forgejo', cluster: scene.cluster, nowMs: scene.nowMs },
  registries: { target: scene.clientOf('pull'), sourceOf: () => scene.source },
});

/** What Terraform does to these objects: it writes the references. */
const meansOf = (scene: Scene, name: string): CutoverMeans => ({
  ...{ cluster: scene.cluster, tell: quiet, rolloutSeconds: 60 },
  record: (cutOver) => {
    scene.estate = withCutOver(scene.estate, name, cutOver);
    scene.writeTree();
  },
  bring: async (estate) => {
    for (const { image, workloads } of pullsOf(estate, name))
      for (const { kind, name: workload, containers, initContainers = [] } of workloads)
        await scene.cluster.kubectl([
          ...['set', 'image', `${kind.toLowerCase()}/${workload}`, '-n', name],
          ...[...containers, ...initContainers].map((container) => `${container}=${image}`),
        ]);
  },
});

/** Moved by the command's own functions, with the evidence that it asks for. */
async function cutOver(scene: Scene, name: string, cluster = scene.cluster): Promise<CutoverResult> {
  await scene.enter(withCutOver(scene.estate, name, true));
  scene.estate = withCutOver(scene.estate, name, false);
  return performCutover(await planCutover(propsOf(scene, name)), { ...meansOf(scene, name), cluster });
}

const saw = ({ state, looks }: CutoverResult): string =>
  `${state}: ${looks
    .filter(({ holds }) => !holds)
    .map(({ what, saw: text }) => `${what}: ${text}`)
    .join('; ')}`;
