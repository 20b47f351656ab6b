import { RegistryClient } from '../../clients/oci/client';
import { ByteCheck } from './byte-check';
import { referencesByRepository } from './config';
import { verdictOf, type Verdict } from './verdict';
import { walk, type Progress, type WalkResult } from './walk';

export interface ByHandProps {
  /** Of the registry, with its scheme. */
  readonly url: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Whether every byte is read, or every object only asked for. */
  readonly hash: boolean;
  /** References that must be there. */
  readonly deployed: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

type Counts = Pick<
  WalkResult,
  | 'catalogAccessible'
  | 'repositories'
  | 'tags'
  | 'indexes'
  | 'manifests'
  | 'blobs'
  | 'missingRepositories'
  | 'deniedRepositories'
  | 'faults'
>;

/** What `--json` prints, too. */
export interface ByHandReport extends Counts {
  readonly url: string;
  readonly verdict: Verdict;
  readonly interruption?: string;
  readonly hashedBytes: number;
  /** Sorted by image. */
  readonly found: readonly {
    readonly image: string;
    readonly kind: string;
    /** The way from the image to what is broken. */
    readonly where: string;
    readonly digest: string;
  }[];
}

/** The job's walk over one registry, for a person who waits for it. Its bytes are read all at once, or not at all. */
export async function probeByHand(props: ByHandProps): Promise<ByHandReport> {
  const { url, credentials, hash, deployed, signal, onProgress } = props;
  const byteCheck = new ByteCheck({
    rereadMs: 0,
    deployedRereadMs: 0,
    maxBytesPerRun: hash ? Infinity : 0,
    slot: { sinceMs: 0, untilMs: 0 },
  });
  const found: ByHandReport['found'][number][] = [];
  const result = await walk({
    client: new RegistryClient({
      ...{ url, maxConcurrentRequests: 32, signal },
      authority: `this takes an account that may read there and its token, got ${credentials === undefined ? 'none' : `"${credentials.username}"`}; export REG_USER and REG_PASS`,
      ...(credentials === undefined ? {} : { credentials }),
    }),
    ...{ deployed: referencesByRepository(deployed), byteCheck, round: 0, signal, onProgress },
    onFault: ({ repository, reference, kind, path, digest = '-' }) => {
      const image = `${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
      found.push({ image, kind, where: path.join(' ') || 'itself', digest });
    },
  });
  const { catalogAccessible, repositories, tags, indexes, manifests, blobs } = result;
  const { missingRepositories, deniedRepositories, faults, interruption } = result;
  return {
    ...{ url, verdict: verdictOf({ result, bytesRead: hash }) },
    ...{ catalogAccessible, repositories, tags, indexes, manifests, blobs },
    ...{ missingRepositories, deniedRepositories, faults, hashedBytes: byteCheck.hashedBytes },
    ...(interruption === undefined ? {} : { interruption: interruption.message }),
    found: found.sort((a, b) => (Object.values(a).join(' ') < Object.values(b).join(' ') ? -1 : 1)),
  };
}
