import { createHash } from 'node:crypto';
import { forEachConcurrently, Semaphore } from '../../clients/concurrency';
import { isPassing } from '../../clients/forgejo/passing-packages';
import type { RegistryClient } from '../../clients/oci/client';
import { withGrace, WORK_GRACE_MS } from '../grace';
import type { ByteCheck } from './byte-check';
import { ServerError } from '../../clients/http/errors';
import { isRepository } from '../../clients/oci/reference';
import { askRegistry, diagnose, Interruption, interruptionBy, RepositoryDenied } from './diagnosis';
import { type Fault, type FaultKind, faultKinds } from './fault';
import { type Tally, walkRepository } from './repository-walk';

export interface WalkProps {
  readonly client: RegistryClient;
  /** What the cluster pulls: tags and digests by repository. */
  readonly deployed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly byteCheck: ByteCheck;
  /** Which of the repositories come first when the byte budget is short; another number, another order. */
  readonly round: number;
  /** Repositories and references under way at a time. @default 32 */
  readonly maxConcurrency?: number;
  /** The one given to the client: a walk that it ended is an interruption, not an error. */
  readonly signal?: AbortSignal;
  readonly onFault: (fault: Fault) => void;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress extends Readonly<Tally> {
  readonly repositories: number;
  readonly ofRepositories: number;
}

export interface WalkResult extends Readonly<Tally> {
  /** Why the walk could not be finished; absent when everything was looked at. */
  readonly interruption?: Interruption;
  /** The registry listed its repositories. */
  readonly catalogAccessible: boolean;
  readonly listedRepositories: number;
  /** Repositories looked at to the end. */
  readonly repositories: number;
  /** Repositories that the cluster pulls from and the registry does not list. */
  readonly missingRepositories: readonly string[];
  /** Repositories that the registry lists and refuses to these credentials. */
  readonly deniedRepositories: readonly string[];
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** The same by repository and kind, once each, by `repository kind`; as many as are told by name. */
  readonly broken: ReadonlyMap<string, { readonly repository: string; readonly kind: FaultKind }>;
  /** Blobs whose bytes were read damaged, with a repository that names them. */
  readonly damaged: ReadonlyMap<string, string>;
  /** How many tags each repository has whose tags could be listed. */
  readonly tagsByRepository: ReadonlyMap<string, number>;
  /** Repositories of which something could not be seen that may name more: a list, an index, a manifest. */
  readonly unseen: ReadonlySet<string>;
}

/** As many are remembered for the result as a run can have use for. */
const maxNamed = 1000;

/**
 * Looks at everything that a registry lists and everything that the cluster pulls: catalogue, tags, indexes,
 * manifests, configurations, layers. Reports every fault and goes on; stops only when the registry is gone.
 */
export async function walk(props: WalkProps): Promise<WalkResult> {
  const { client, deployed, byteCheck, onFault, onProgress } = props;
  const maxConcurrency = props.maxConcurrency ?? 32;
  const references = new Semaphore(maxConcurrency);
  const tally: Tally = { tags: 0, indexes: 0, manifests: 0, blobs: 0 };
  const faults = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  const deniedRepositories: string[] = [];
  const listed = new Set<string>();
  const broken = new Map<string, { repository: string; kind: FaultKind }>();
  const damaged = new Map<string, string>();
  const tagsByRepository = new Map<string, number>();
  const unseen = new Set<string>();
  let repositories = 0;
  const catalog = { accessible: false };
  let interruption: Interruption | undefined;

  const report = (fault: Fault): void => {
    const { repository, kind, digest, byReading } = fault;
    faults[kind] += 1;
    if (broken.size < maxNamed && isRepository(repository))
      broken.set(`${repository} ${kind}`, { repository, kind });
    if (byReading === true && digest !== undefined) {
      if (damaged.size < maxNamed && !damaged.has(digest)) damaged.set(digest, repository);
    } else if (!kind.endsWith('-blob')) unseen.add(repository);
    onFault(fault);
  };
  const walkOne = async (repository: string): Promise<void> => {
    try {
      const tags = await walkRepository({
        client,
        repository,
        deployed: deployed.get(repository) ?? new Set(),
        byteCheck,
        tally,
        references,
        maxReferences: maxConcurrency,
        onFault: report,
      });
      if (listed.has(repository)) tagsByRepository.set(repository, tags);
    } catch (error) {
      props.signal?.throwIfAborted();
      unseen.add(repository);
      const leftOut = await whyLeftOut(client, error);
      if (leftOut === 'denied') deniedRepositories.push(repository);
      else report({ repository, ...leftOut });
    }
    repositories += 1;
    onProgress?.({ ...tally, repositories, ofRepositories: listed.size });
  };

  const look = async (): Promise<void> => {
    await askRegistry(client);
    for await (const repository of client.catalog()) {
      if (isPassing(repository)) continue;
      if (isRepository(repository)) listed.add(repository);
      else report(malformedRepository(repository));
    }
    catalog.accessible = true;
    const all = new Set([...deployed.keys(), ...listed]);
    await forEachConcurrently(readingOrder(all, deployed, props.round), maxConcurrency, walkOne);
  };
  try {
    await withGrace(props.signal ?? new AbortController().signal, WORK_GRACE_MS, look);
  } catch (error) {
    interruption = interruptionBy(error, props.signal);
  }
  return {
    ...tally,
    ...(interruption === undefined ? {} : { interruption }),
    catalogAccessible: catalog.accessible,
    listedRepositories: listed.size,
    repositories,
    missingRepositories: catalog.accessible ? [...deployed.keys()].filter((name) => !listed.has(name)) : [],
    deniedRepositories,
    faults,
    broken,
    damaged,
    tagsByRepository,
    unseen,
  };
}

function malformedRepository(name: string): Fault {
  const detail =
    'the registry lists a repository by a name that nothing can pull by; delete it in the registry';
  return {
    repository: JSON.stringify(name).slice(0, 140),
    reference: '*',
    kind: 'malformed-name',
    path: [],
    detail,
  };
}

/** A repository whose tags cannot be listed is a fault of its own; that the registry is gone is thrown. */
async function whyLeftOut(
  client: RegistryClient,
  error: unknown,
): Promise<'denied' | Omit<Fault, 'repository'>> {
  if (error instanceof RepositoryDenied) return 'denied';
  if (error instanceof Interruption) throw error;
  const unreadable = { kind: 'unreadable', reference: '*', path: [] } as const;
  if (!(error instanceof ServerError)) return { ...unreadable, detail: (error as Error).message };
  try {
    return { ...unreadable, detail: (await diagnose(client, error, 'manifest')).detail };
  } catch (denial) {
    if (denial instanceof RepositoryDenied) return 'denied';
    throw denial;
  }
}

/** What the cluster pulls first; the rest in an order that changes by round, so that no name is always last. */
function readingOrder(
  repositories: ReadonlySet<string>,
  deployed: ReadonlyMap<string, unknown>,
  round: number,
): string[] {
  const place = (name: string): string =>
    `${deployed.has(name) ? 0 : 1}${createHash('sha256').update(`${round}/${name}`).digest('hex')}`;
  return [...repositories]
    .map((name) => [place(name), name] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, name]) => name);
}
