import { forEachConcurrently, Semaphore } from '../../clients/concurrency';
import type { RegistryClient } from '../../clients/oci/client';
import { onceEach, partsOf, servedOf } from '../../evidence/whole-image';
import type { CopyItem } from './decide';
import type { CopyPlan } from './plan';

export interface VerifyCopyProps {
  readonly plan: CopyPlan;
  readonly target: RegistryClient;
  /** Told of each tag that was read. @default nobody */
  readonly tell?: (line: string) => void;
}

export interface VerifyFault {
  readonly where: string;
  readonly what: string;
  readonly todo: string;
}

const maxRequests = 32;
const width = 32;

/** Reads and hashes every manifest and blob at the target; shared content once, though asked for once in each repository. */
export async function verifyCopy({
  plan,
  target,
  tell = (): void => undefined,
}: VerifyCopyProps): Promise<readonly VerifyFault[]> {
  const requests = new Semaphore(maxRequests);
  const read = new Map<string, Promise<void>>();
  const lookAt = onceEach(requests, async (repository, blob) => {
    const isRead = await read.get(blob.digest)?.then(
      () => true,
      () => false,
    );
    if (isRead === true) return target.statBlob(repository, blob);
    const reading = target.verifyBlob(repository, blob);
    read.set(blob.digest, reading);
    return reading;
  });
  const faults = new Map<CopyItem, VerifyFault[]>();
  let done = 0;
  await forEachConcurrently(plan.items, width, async (item) => {
    const { host, repository, tag } = item.to;
    const where = `${host}/${repository}:${tag}`;
    const served = await requests.run(() => servedOf(target, repository, tag));
    const digest = served?.digest;
    const found: VerifyFault[] = [];
    if (digest !== item.digest)
      found.push({
        where,
        what: `is ${digest ?? 'not there'}, and ${item.digest} at ${item.from.host}`,
        todo:
          digest === undefined
            ? 'run ./registry copy apply'
            : 'find out who pushed it; delete the tag at the wrong side, and copy again',
      });
    if (digest !== undefined)
      for (const part of (await partsOf(target, repository, digest, { requests, lookAt, served })).missing)
        found.push({
          where,
          what: `${part.kind} ${part.digest} is ${part.how}`,
          todo: part.how === 'gone' ? 'run ./registry copy apply' : whatHealsIt(part.digest),
        });
    faults.set(item, found);
    done += 1;
    tell(`${done}/${plan.items.length} ${where}`);
  });
  return plan.items.flatMap((item) => faults.get(item) ?? []);
}

/** No push heals it: Forgejo keeps the file that it has, and every copier asks by HEAD, which looks at nothing else. */
function whatHealsIt(digest: string): string {
  const hex = digest.split(':')[1] ?? '';
  return `remove packages/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex} below Forgejo's data folder, then run ./registry copy apply`;
}
