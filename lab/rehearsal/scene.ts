import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubernetesApi } from '../../clients/kubernetes/api';
import { RegistryClient } from '../../clients/oci/client';
import type { PrometheusApi } from '../../clients/prometheus';
import { cutoverOrder, withCutOver } from '../../estate/derived/cutover-order';
import { legacySpellings } from '../../estate/derived/legacy-registry';
import { pullLogins } from '../../estate/derived/pull-secret';
import { pulledReference } from '../../estate/derived/references';
import type { Pull } from '../../estate/apps';
import type { Estate } from '../../estate/estate';
import { readEvidence } from '../../estate/evidence';
import { formatImageReference } from '../../estate/image-reference';
import type { Phase } from '../../estate/phases';
import type { Override } from '../../estate/overrides';
import { validateEstate } from '../../estate/validate';
import type { Duty } from '../../estate/tokens';
import { claimStates } from '../../estate/derived/claim-states';
import { collectClaims } from '../../evidence/collect';
import type { Sources } from '../../evidence/sources';
import { clusterBy, type Cluster } from '../../rollout/kubectl';
import { freePort } from '../process/ports';
import { startProgram } from '../programs/start-program';
import { answers } from '../process/http-ready';
import { startLab, type Lab } from '../runs/lab';
import { StandInKubelet } from '../servers/stand-in-kubelet';
import { applyObjects } from '../servers/apply-objects';

type Servers = 'forge' | 'legacyRegistry' | 'controllers' | 'kubernetes' | 'vault' | 'pushgateway';

/** What the stages of a rehearsal share: the servers, and the estate as its owner would have changed it by now. */
export interface Scene {
  readonly lab: Lab<Servers>;
  readonly cluster: Cluster;
  /** The API server without a login, as `kubectl proxy` gives it. */
  readonly kubernetesUrl: string;
  /** Of the infrastructure: an HCL file for each app, with the references that it pulls. */
  readonly tree: string;
  readonly source: RegistryClient;
  /** @param url of Forgejo. @default its own */
  readonly clientOf: (duty: Duty, url?: string) => RegistryClient;
  estate: Estate;
  tokens: Readonly<Record<Duty, string>> | undefined;
  prometheus: PrometheusApi | undefined;
  /** The rehearsal's own clock: a bake of weeks ends now, so that it began then. */
  nowMs: number;
  /** Every claim that this state rests on, measured; then the state itself is refused or not. */
  readonly enter: (estate: Estate) => Promise<string>;
  readonly sources: () => Sources;
  /** Makes an app's objects, or its files, say what the estate does. */
  readonly deploy: (stack: string) => Promise<void>;
  readonly writeTree: () => void;
  readonly stop: () => Promise<void>;
}

/** The estate before the migration, with what its owner does by hand before: time limits, pull Secrets on every pod. */
function beforeMigration(estate: Estate, nowMs: number): Estate {
  const still = cutoverOrder(estate).reduce((each, { name }) => withCutOver(each, name, false), estate);
  return {
    ...still,
    ...{ phase: 'prepare', evidence: [], retention: { ...estate.retention, mode: 'observe' } },
    hosts: {
      ...estate.hosts,
      websecure: {
        readTimeoutSeconds: estate.forgejo.registryIngress.transferSeconds,
        writeTimeoutSeconds: 0,
      },
    },
    apps: still.apps.map((app) => ({
      ...app,
      pulls: app.pulls.map((pull) => ({
        ...pull,
        workloads: pull.workloads.map((workload) => ({ ...workload, hasPullSecret: true })),
      })),
    })),
    overrides: [noNode(nowMs)],
  };
}

/** Renewed at each step: a bake of many weeks outlasts every one. */
const noNode = (nowMs: number): Override => ({
  ...{ claim: 'smoke', person: 'the rehearsal', reason: 'no node runs here; test/pods runs the smoke test' },
  until: new Date(nowMs + 20 * 86_400_000).toISOString().slice(0, 10),
});

export async function startScene(subject: Estate, beginsMs: number): Promise<Scene> {
  const lab = await startLab({
    ...{ kubernetes: true, controllers: true, legacyRegistry: true },
    ...{ forge: true, vault: true, pushgateway: true },
  });
  const evidence = join(lab.folder, 'evidence');
  mkdirSync(evidence);
  const legacy = legacySpellings(subject);
  const hosts = new Set([...legacy, ...subject.images.map(({ source }) => source.registry as string)]);
  const kubelet = new StandInKubelet({
    kubernetes: lab.kubernetes,
    urlOf: (host) =>
      host === subject.forgejo.host ? lab.forge.url : hosts.has(host) ? lab.legacyRegistry.url : undefined,
  });
  const host = `127.0.0.1:${await freePort()}`;
  await startProgram(lab, {
    ...{ tool: 'kubectl', name: 'kubectl-proxy' },
    args: ['--kubeconfig', lab.kubernetes.kubeconfig, 'proxy', `--port=${host.split(':')[1] ?? ''}`],
    ready: () => answers(`http://${host}/version`),
  });
  const cluster = clusterBy(({ args, input }) =>
    lab.kubernetes.kubectl(args, input).then(
      (stdout) => ({ code: 0, stdout, stderr: '' }),
      (error: unknown) => ({ code: 1, stdout: '', stderr: String(error) }),
    ),
  );
  const source = new RegistryClient({ url: lab.legacyRegistry.url });
  const tree = join(lab.folder, 'tree');
  const scene: Scene = {
    ...{ lab, cluster, kubernetesUrl: `http://${host}`, tree, source },
    ...{ estate: beforeMigration(subject, beginsMs), nowMs: beginsMs },
    ...{ tokens: undefined, prometheus: undefined },
    clientOf: (duty, url = lab.forge.url) =>
      new RegistryClient({
        url,
        credentials: { username: scene.estate.tokens[duty].owner, password: scene.tokens?.[duty] ?? '' },
      }),
    sources: () => ({
      ...{ prometheus: scene.prometheus, tree, target: scene.clientOf('push'), nowMs: scene.nowMs },
      kubernetes: new KubernetesApi({ url: scene.kubernetesUrl }),
      sourceOf: () => source,
    }),
    enter: async (next) => {
      const wanted = { ...next, overrides: [noNode(scene.nowMs)] };
      const said: string[] = [];
      const open = claimStates(wanted, scene.nowMs).filter(({ standing }) => standing === 'open');
      const hold = await collectClaims(open, {
        ...{ estate: scene.estate, sources: scene.sources(), folder: evidence },
        out: (text) => said.push(text),
      });
      if (!hold) throw new Error(said.join(''));
      scene.estate = validateEstate({ ...wanted, ...readEvidence(evidence) });
      return `${open.length} claims measured${open.length === 0 ? '' : `: ${open.map(({ name }) => name).join(', ')}`}`;
    },
    writeTree: () => {
      for (const { stack } of scene.estate.apps) {
        const folder = join(tree, 'stacks', stack);
        mkdirSync(folder, { recursive: true });
        const lines = pullsOf(scene.estate, stack).map(({ image }, at) => `  image_${at} = "${image}"\n`);
        writeFileSync(join(folder, 'main.tf'), `locals {\n${lines.join('')}}\n`);
      }
    },
    deploy: (stack) => deploy(scene, stack),
    stop: async () => {
      await kubelet.stop();
      await lab.stop();
    },
  };
  return scene;
}

/** What an app pulls in its estate, each with its reference. */
export const pullsOf = (estate: Estate, stack: string): readonly (Pull & { readonly image: string })[] =>
  estate.apps
    .filter((app) => app.stack === stack)
    .flatMap((app) =>
      app.pulls.map((pull) => ({ ...pull, image: formatImageReference(pulledReference(estate, app, pull)) })),
    );

/** The pull Secret of a namespace with the logins of the estate's phase, as Kyverno or Terraform keeps it. @param token Forgejo's */
export async function putPullSecret({ estate, lab }: Scene, namespace: string, token: string): Promise<void> {
  const auths = Object.fromEntries(
    pullLogins(estate).map(({ host, user }) => {
      const isForgejo = host === estate.forgejo.host && typeof user === 'string';
      const login = isForgejo ? `${user}:${token}` : 'reader:legacy';
      return [host, { auth: Buffer.from(login).toString('base64') }];
    }),
  );
  await applyObjects(lab.kubernetes, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/dockerconfigjson' },
      metadata: { name: estate.pullSecret.name, namespace },
      stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
    },
  ]);
}

async function deploy({ estate, lab }: Scene, stack: string): Promise<void> {
  for (const { image, workloads } of pullsOf(estate, stack)) {
    const objects = workloads.map(({ kind, name, containers, initContainers = [] }) => {
      const template = {
        metadata: { labels: { app: name } },
        spec: {
          containers: containers.map((container) => ({ name: container, image })),
          initContainers: initContainers.map((container) => ({ name: container, image })),
          imagePullSecrets: [{ name: estate.pullSecret.name }],
          ...(kind === 'CronJob' && { restartPolicy: 'Never' }),
        },
      };
      const rolling = {
        ...{ selector: { matchLabels: { app: name } }, template },
        ...(kind !== 'DaemonSet' && { replicas: 1 }),
        ...(kind === 'StatefulSet' && { serviceName: name }),
      };
      return {
        ...{ apiVersion: kind === 'CronJob' ? 'batch/v1' : 'apps/v1', kind },
        metadata: { name, namespace: stack },
        spec: kind === 'CronJob' ? { schedule: '0 8 1 * *', jobTemplate: { spec: { template } } } : rolling,
      };
    });
    await applyObjects(lab.kubernetes, objects);
  }
}

export const withPhase = (estate: Estate, phase: Phase): Estate => ({ ...estate, phase });
