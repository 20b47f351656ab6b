import { runBootstrap } from '../../credentials/run-bootstrap';
import { storedTokens } from '../../credentials/stored-tokens';
import { vaultOf } from '../../credentials/operator';
import { ForgejoApi } from '../../clients/forgejo/api';
import { listVersions } from '../../clients/forgejo/versions';
import { PrometheusApi } from '../../clients/prometheus';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import { imageAt, targetTags } from '../../estate/derived/references';
import type { Estate } from '../../estate/estate';
import { digestOf } from '../../evidence/whole-image';
import { performCopy } from '../../migration/copy/perform';
import { planCopy, type CopyPlan } from '../../migration/copy/plan';
import { verifyCopy } from '../../migration/copy/verify';
import { forgejoAlerts } from '../../monitoring/forgejo-alerts';
import { integrityAlerts } from '../../monitoring/integrity-alerts';
import { pushAlerts } from '../../monitoring/push-alerts';
import { ruleFile } from '../../monitoring/rule-file';
import type { Cluster } from '../../rollout/kubectl';
import { probeByHand } from '../../programs/integrity-probe/by-hand';
import { stringify } from 'yaml';
import { findTool } from '../programs/find-tool';
import { startPrometheus } from '../servers/prometheus';
import { bakeHistory } from './bake-history';
import { cutovers, failedCutover } from './cutovers';
import { untilDeath } from './dying-cluster';
import { expectThat, refusalOf } from './expect-that';
import { pushBuild, seedLegacy } from './images';
import { probe, retain } from './jobs';
import { killedAndAgain, kills, type KillAt } from './killed';
import { pullInNewNamespace } from './new-namespace';
import { putPullSecret, withPhase, type Scene } from './scene';

/** One step of the migration on the scene; answers what was seen, and rejects where it is not as it should be. */
export interface Stage {
  readonly name: string;
  readonly run: (scene: Scene) => Promise<string>;
}

export interface StagesProps {
  /** Builds of each image in the legacy registry besides those that are named. */
  readonly older: number;
  /** How long the bake and what comes before it last. */
  readonly days: number;
  readonly endsMs: number;
  /** Undefined kills nothing. */
  readonly killAt: KillAt | undefined;
}

export const rehearsalDayMs = 86_400_000;
const quiet = (): void => undefined;

export function stagesOf({ older, days, endsMs, killAt }: StagesProps): readonly Stage[] {
  return [
    { name: 'legacy registry with its images, cluster that runs them', run: (scene) => seed(scene, older) },
    { name: 'bootstrap: accounts, tokens, Vault', run: (scene) => bootstrap(scene, killAt) },
    { name: 'dual push of every project', run: dualPush },
    { name: 'copy, and verification of every byte', run: (scene) => copy(scene, killAt) },
    { name: 'the jobs run, the bake is measured', run: (scene) => bake(scene, { days, endsMs }) },
    { name: 'a cutover that fails goes back by itself', run: failedCutover },
    { name: 'cutover of each app in order', run: (scene) => cutovers(scene, killAt) },
    { name: 'retention deletes, and breaks nothing', run: enforce },
    { name: 'decommission: the legacy registry is gone', run: (scene) => decommission(scene, killAt) },
  ];
}

async function seed(scene: Scene, older: number): Promise<string> {
  const seeded = await seedLegacy(scene.estate, scene.source, { builtMs: scene.nowMs, older });
  scene.estate = seeded.estate;
  for (const { stack } of scene.estate.apps) await putPullSecret(scene, stack, 'none-yet');
  for (const { stack } of scene.estate.apps) await scene.deploy(stack);
  scene.writeTree();
  return `${seeded.tags} tags of ${scene.estate.images.length} images, ${scene.estate.apps.length} apps`;
}

async function bootstrap(scene: Scene, killAt: KillAt | undefined): Promise<string> {
  const { estate, lab } = scene;
  const { packages } = estate.forgejo;
  // A person's account is the person's; everything else is made.
  if (packages.ownerIs === 'user')
    await lab.forge.createUser({ name: packages.owner, visibility: 'limited' });
  const admin = await lab.forge.createAdministrator('keeper');
  const environmentOf = (vault: string): Record<string, string> => ({
    ...{ FORGEJO_ADMIN_USER: admin.name, FORGEJO_ADMIN_PASSWORD: admin.password },
    ...{ VAULT_ADDR: vault, VAULT_TOKEN: lab.vault.token },
  });
  const { mount } = lab.vault;
  const servers = [lab.forge.url, lab.vault.url];
  const noPod = (): Promise<never> => Promise.reject(new Error('no pod is asked'));
  const run = (
    verb: 'plan' | 'apply',
    [url = '', vault = '']: readonly string[] = servers,
  ): Promise<number> =>
    runBootstrap(
      verb,
      { estate, url, rotate: [], throughPod: false, now: Date.now, mount, run: noPod },
      { out: quiet, err: quiet, interactive: false, environment: environmentOf(vault) },
    );
  const killed = await killedAndAgain('bootstrap', killAt, servers, (urls) => run('apply', urls));
  await run('apply');
  expectThat((await run('plan')) === 0, 'a second bootstrap has nothing to do');
  scene.tokens = await storedTokens(estate, vaultOf(estate, environmentOf(lab.vault.url), lab.vault.mount));
  const namespaces = [...estate.apps.map(({ stack }) => stack), estate.woodpecker.namespace];
  for (const namespace of namespaces) await putPullSecret(scene, namespace, scene.tokens.pull);
  return `${killed}${await scene.enter(withPhase(estate, 'dual-push'))}`;
}

async function dualPush(scene: Scene): Promise<string> {
  const { estate, nowMs } = scene;
  await pushToBoth(scene, '1234abcd', nowMs);
  const target = scene.clientOf('pull');
  for (const image of projectImages(estate)) {
    const to = imageAt(estate, image, 'forgejo').repository;
    const here = await digestOf(target, to, '1234abcd');
    const there = await digestOf(scene.source, legacyOf(image), '1234abcd');
    expectThat(here !== undefined && here === there, `${to}:1234abcd answers alike on both sides`);
  }
  const { owner } = estate.forgejo.packages;
  const api = new ForgejoApi({ url: scene.lab.forge.url, owner, token: scene.tokens?.push ?? '' });
  const listed = new Set((await listVersions(api)).map((row) => row.package));
  for (const { name } of projectImages(estate))
    expectThat(listed.has(name), `${name} is listed under ${owner}`);
  return `${listed.size} packages listed under ${owner}`;
}

async function pushToBoth({ estate, source, clientOf }: Scene, tag: string, builtMs: number): Promise<void> {
  const target = clientOf('push');
  for (const image of projectImages(estate)) {
    const build = { tag, builtMs, content: `${image.name}:${tag}` };
    await pushBuild(source, { ...build, repository: legacyOf(image) });
    await pushBuild(target, { ...build, repository: imageAt(estate, image, 'forgejo').repository });
  }
}

const projectImages = ({ projects, images }: Estate): Estate['images'] =>
  images.filter(({ name }) => projects.some((project) => project.name === name));
const legacyOf = ({ name, source }: Estate['images'][number]): string =>
  source.registry === 'legacy' ? source.repository : name;

async function copy(scene: Scene, killAt: KillAt | undefined): Promise<string> {
  const { estate, tokens } = scene;
  const sources = scene.sources();
  const engine = (await findTool('regbot')).path;
  const run = (urls: readonly string[] = [scene.lab.forge.url]): ReturnType<typeof performCopy> =>
    performCopy({
      ...{ estate, engine },
      sources: { ...sources, target: scene.clientOf('push', urls[0]) },
      environment: {
        PATH: process.env['PATH'],
        FORGEJO_USER: estate.tokens.push.owner,
        FORGEJO_TOKEN: tokens?.push,
      },
    });
  const contentOf = ({ items }: Pick<CopyPlan, 'items'>): string =>
    items.map(({ to, digest }) => `${to.repository}:${to.tag}@${digest}`).join('\n');
  const before = await planCopy({ estate, sources });
  const killed = await killedAndAgain('copy', killAt, [scene.lab.forge.url], run);
  const copied = await run();
  const plan = await planCopy({ estate, sources });
  const isDone = plan.items.every(({ state }) => state === 'whole');
  expectThat(isDone, 'a second copy has nothing to do');
  expectThat(contentOf(plan) === contentOf(before), 'nothing is lost where it comes from');
  const faults = await verifyCopy({ plan, target: sources.target });
  expectThat(faults.length === 0, `every byte is at the target, got ${JSON.stringify(faults)}`);
  const bytes = copied.reduce((sum, item) => sum + item.bytes, 0);
  return `${killed}${copied.length} tags, ${bytes} bytes; ${await scene.enter(withPhase(estate, 'bake'))}`;
}

async function bake(scene: Scene, { days, endsMs }: Pick<StagesProps, 'days' | 'endsMs'>): Promise<string> {
  const { lab, estate } = scene;
  await probe(scene);
  await retain(scene);
  const endsAt = endsMs / 1000;
  const { observeDays, maxDeletedShareOfPackage: maxShare } = estate.retention;
  const runbookUrl = estate.hosts.runbooks;
  const { namespace, host } = estate.forgejo;
  const rules = [
    integrityAlerts({
      ...{ instances: [host], collections: [], intervalMinutes: 15, runbookUrl },
      namespace: estate.integrityProbe.namespace,
      retention: { namespace, cronJob: 'forgejo-cleanup', maxShare },
    }),
    forgejoAlerts({ namespace, runbookUrl }),
    pushAlerts({ legacy: legacySpellings(estate), forgejo: host, runbookUrl }),
  ];
  const pushed = await lab.pushgateway.metrics();
  const { url } = await startPrometheus(lab, {
    history: bakeHistory({ estate, pushed, endsAt, days, enforcedFromDay: observeDays }),
    rules: rules.map((group) => stringify(ruleFile([group]))),
  });
  scene.prometheus = new PrometheusApi({ url });
  scene.nowMs = (endsAt - (days - observeDays) * 86_400 - 60) * 1000;
  const early = await refusalOf(scene.enter(withPhase(scene.estate, 'cutover')));
  expectThat(early.includes('whole days'), `a bake of ${observeDays} days is refused, got ${early}`);
  const enforcing: Estate['retention'] = { ...estate.retention, mode: 'enforce' };
  const observed = await scene.enter({ ...scene.estate, retention: enforcing });
  scene.nowMs = endsMs;
  return `${observed}; ${await scene.enter(withPhase(scene.estate, 'cutover'))}`;
}

async function enforce(scene: Scene): Promise<string> {
  for (let build = 0; build < 12; build += 1)
    await pushToBoth(scene, (0xb0000000 + build).toString(16), scene.nowMs + build * 1000);
  const lines = await retain(scene);
  await scene.lab.forge.runCleanup();
  await probe(scene);
  return lines.filter((line) => line.includes('delete')).at(-1) ?? lines.at(-1) ?? '';
}

async function decommission(scene: Scene, killAt: KillAt | undefined): Promise<string> {
  let dead = 0;
  for (let kill = 0; killAt !== undefined && kill < kills.revisions.times; kill += 1)
    if (
      await untilDeath(scene.cluster, killAt(`revisions ${kill}`, kills.revisions.within), removeOldRevisions)
    )
      dead += 1;
  await removeOldRevisions(scene.cluster);
  const { estate, lab, tokens } = scene;
  const entered = await scene.enter(withPhase(estate, 'decommission'));
  await lab.legacyRegistry.stop();
  const { verdict, tags, hashedBytes, found } = await probeByHand({
    ...{ url: lab.forge.url, hash: true, signal: new AbortController().signal, onProgress: quiet },
    credentials: { username: estate.tokens.pull.owner, password: tokens?.pull ?? '' },
    deployed: estate.images.flatMap((image) =>
      targetTags(image).map((tag) => `${imageAt(estate, image, 'forgejo').repository}:${tag}`),
    ),
  });
  expectThat(verdict === 'healthy', `every byte is there, got ${verdict} ${JSON.stringify(found)}`);
  const pulled = await pullInNewNamespace(scene);
  return `${dead} killed; ${entered}; ${verdict}, ${tags} tags, ${hashedBytes} bytes hashed; ${pulled}`;
}

interface Revision {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly spec?: { readonly replicas?: number };
  readonly revision?: number;
}

/** What a workload could be rolled back to is a reference like any other. */
async function removeOldRevisions(cluster: Cluster): Promise<void> {
  const all = ['--all-namespaces'];
  for (const { metadata, spec } of await cluster.items<Revision>(['replicasets', ...all]))
    if (spec?.replicas === 0) await cluster.remove('replicaset', metadata.name, metadata.namespace);
  const revisions = await cluster.items<Revision>(['controllerrevisions', ...all]);
  const ownerOf = ({ metadata }: Revision): string | undefined => metadata.ownerReferences?.[0]?.uid;
  const isOld = (each: Revision): boolean =>
    revisions.some(
      (other) => ownerOf(other) === ownerOf(each) && (other.revision ?? 0) > (each.revision ?? 0),
    );
  for (const { metadata } of revisions.filter(isOld))
    await cluster.remove('controllerrevision', metadata.name, metadata.namespace);
}

export const bakeDaysOf = ({ retention }: Estate): number => Math.max(15, retention.observeDays + 8);
