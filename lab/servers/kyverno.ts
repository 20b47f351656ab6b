import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startProgram } from '../programs/start-program';
import { goModuleFolder } from '../programs/go-module';
import type { Kubernetes } from './kubernetes';
import type { LabContext } from '../process/lab-context';
import { freePort } from '../process/ports';
import { definitionsEstablished } from './resource-definitions';
import { tools, type ToolName } from '../programs/tools';

export interface KyvernoProps {
  /** How often its policies are gone through again, which its own release has at an hour. @default 1h */
  readonly backgroundScanInterval?: string;
}

const namespace = 'kyverno';

/** The container that a Deployment of its release runs, as far as it is run here. */
interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

/**
 * Installs what Kyverno's own release installs, and starts its admission and background controllers with the arguments of
 * their Deployments and the access of their ServiceAccounts. The cluster's controllers must run: they aggregate its roles.
 */
export async function startKyverno(
  lab: LabContext,
  kubernetes: Kubernetes,
  { backgroundScanInterval = '1h' }: KyvernoProps = {},
): Promise<void> {
  const module = await goModuleFolder(tools.kyverno.source);
  const documents = readFileSync(join(module, 'config/install-latest-testing.yaml'), 'utf8').split(/^---$/m);
  const isDeployment = (document: string): boolean => /^kind: Deployment$/m.test(document);
  await kubernetes.kubectl(
    ['apply', '--server-side', '-f', '-'],
    documents.filter((document) => !isDeployment(document)).join('---\n'),
  );
  await definitionsEstablished(kubernetes);

  const containers = new Map(documents.filter(isDeployment).map(containerOf));
  /** @param name of its Deployment and its ServiceAccount; @param args before those of the Deployment where both name one */
  const start = async (
    tool: ToolName,
    name: string,
    args: readonly string[],
    ready: () => Promise<boolean>,
  ): Promise<void> => {
    const container = containers.get(name);
    if (container === undefined) throw new Error(`kyverno: its release has no Deployment "${name}"`);
    const metricsPort = await freePort();
    await startProgram(lab, {
      ...{ tool, name, ready },
      args: [
        ...[...container.args, `--kubeconfig=${await kubernetes.kubeconfigOf({ namespace, name })}`],
        ...['--metricsHost=127.0.0.1', `--metricsPort=${metricsPort}`, '--controllerRuntimeMetricsAddress=0'],
        ...args,
      ],
      env: {
        ...Object.fromEntries(
          container.env.flatMap(({ name: key, value }) => (value === undefined ? [] : [[key, value]])),
        ),
        BACKGROUND_SCAN_INTERVAL: backgroundScanInterval,
        ...{ KYVERNO_NAMESPACE: namespace, KYVERNO_POD_NAME: `${name}-lab` },
      },
    });
  };
  const host = '127.0.0.1';
  const port = await freePort();
  const admits = [`--serverIP=${host}:${port}`, `--webhookServerHost=${host}`, `--webhookServerPort=${port}`];
  await Promise.all([
    start('kyverno', 'kyverno-admission-controller', admits, async () => {
      const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${policyWebhook}`;
      const { status, body } = await kubernetes.request({ path });
      const registered = status === 200 && JSON.stringify(body).includes(`"url":"https://${host}:${port}/`);
      return registered && (await judgesPolicies(kubernetes));
    }),
    start('kyverno-background-controller', 'kyverno-background-controller', [], async () => {
      const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/kyverno-background-controller`;
      return (await kubernetes.request({ path })).status === 200;
    }),
  ]);
}

const policyWebhook = 'kyverno-policy-validating-webhook-cfg';

/** Its webhooks are registered before its server has its certificate; until then the API server fails to call them. */
async function judgesPolicies(kubernetes: Kubernetes): Promise<boolean> {
  const { status } = await kubernetes.request({
    method: 'POST',
    path: '/apis/kyverno.io/v1/clusterpolicies?dryRun=All',
    body: {
      ...{ apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', metadata: { name: 'is-it-judged' } },
      spec: { rules: [] },
    },
  });
  return status < 500;
}

function containerOf(document: string): [name: string, container: Container] {
  const { metadata, spec } = parse(document) as {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly [Container] } } };
  };
  return [metadata.name, spec.template.spec.containers[0]];
}
