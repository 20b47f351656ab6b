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
  try {
    return ran.stdout.trim() === '' ? undefined : (JSON.parse(ran.stdout) as unknown);
  } catch {
    throw new Refused([unreadable(args, 'no JSON')]);
  }
}

/** The objects of one kind. @throws {@link Refused} */
export async function readItems<T>(run: Run, args: readonly string[]): Promise<readonly T[]> {
  const { items } = ((await read(run, args)) ?? {}) as { items?: unknown };
  if (Array.isArray(items) && items.every((item: unknown) => hasName(item))) return items as readonly T[];
  throw new Refused([unreadable(args, 'no list of objects')]);
}

function hasName(item: unknown): boolean {
  const { metadata } = (item ?? {}) as { metadata?: { name?: unknown } | null };
  return typeof metadata?.name === 'string';
}

function unreadable(args: readonly string[], got: string): string {
  return `kubectl: "${args.join(' ')}" answered what cannot be read, got ${got}; look at what kubectl is on PATH`;
}

export async function readNodes(run: Run): Promise<readonly Node[]> {
  return inOrder((await readItems<NodeObject>(run, ['get', 'nodes'])).map(parseNode));
}

export async function readDisruption(
  run: Run,
): Promise<{ readonly pods: readonly PodObject[]; readonly budgets: readonly BudgetObject[] }> {
  const [pods, budgets] = await Promise.all([
    readItems<PodObject>(run, ['get', 'pods', '--all-namespaces']),
    readItems<BudgetObject>(run, ['get', 'poddisruptionbudgets', '--all-namespaces']),
  ]);
  return { pods, budgets };
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
