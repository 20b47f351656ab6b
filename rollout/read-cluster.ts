import type { BudgetObject, NodeObject, PodObject } from './cluster';
import { kubectl } from './machine-command';
import { Refused } from '../steps/refused';
import { said } from '../terminal/said';
import { inOrder, parseNode, type Node } from './node';
import type { Ran } from '../terminal/run';
import type { Run } from './run-command';

/** One read of the cluster with kubectl. @throws {@link Refused} */
export async function read(run: Run, args: readonly string[]): Promise<unknown> {
  const ran = await run(kubectl([...args, '-o', 'json']));
  if (ran.code !== 0) throw new Refused([unread(args, ran)]);
  return ran.stdout.trim() === '' ? undefined : (JSON.parse(ran.stdout) as unknown);
}

export async function readNodes(run: Run): Promise<readonly Node[]> {
  const { items } = (await read(run, ['get', 'nodes'])) as { items: readonly NodeObject[] };
  return inOrder(items.map(parseNode));
}

export async function readDisruption(
  run: Run,
): Promise<{ readonly pods: readonly PodObject[]; readonly budgets: readonly BudgetObject[] }> {
  const [pods, budgets] = await Promise.all([
    read(run, ['get', 'pods', '--all-namespaces']),
    read(run, ['get', 'poddisruptionbudgets', '--all-namespaces']),
  ]);
  return {
    pods: (pods as { items: readonly PodObject[] }).items,
    budgets: (budgets as { items: readonly BudgetObject[] }).items,
  };
}

function unread(args: readonly string[], ran: Ran): string {
  const what = args.join(' ');
  if (ran.code === 127) return `kubectl: is not on PATH, got ${said(ran)}; install it`;
  if (/localhost:8080|no configuration has been provided|no such file/i.test(ran.stderr))
    return `kubectl: no cluster is configured, got ${said(ran)}; set KUBECONFIG to a kubeconfig that exists`;
  if (/forbidden/i.test(ran.stderr))
    return `kubectl: may not "${what}", got ${said(ran)}; use a kubeconfig of an administrator`;
  return `kubectl: "${what}" failed, got ${said(ran)}; look at the cluster`;
}
