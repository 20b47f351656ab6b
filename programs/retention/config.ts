import { isTag } from '../../clients/forgejo/tag';
import { parseReference } from '../../clients/oci/reference';
import {
  type Fields,
  host,
  listOf,
  matching,
  number,
  optional,
  origin,
  parseFields,
  readable,
  whole,
} from '../fields';
import type { RetentionPolicy } from './policy';

/**
 * What one retention job is told: flat JSON, written by the construct and read back by the program. Secrets are not in
 * it; they come as files.
 */
export interface RetentionConfig extends RetentionPolicy {
  /** `observe` plans, proves its authority and reports; `enforce` also deletes. */
  readonly mode: 'observe' | 'enforce';
  /** Where the job reaches Forgejo: scheme, host and port, e.g. `http://forgejo.forgejo.svc.cluster.local`. */
  readonly forgeUrl: string;
  /** Every host by which an image reference may name this Forgejo, e.g. `forgejo.viktorbarzin.me`. */
  readonly registryHosts: readonly string[];
  /** The user or organization whose packages are pruned. */
  readonly owner: string;
  /** The account that the token belongs to: the owner itself, or a member of the owning organization. */
  readonly tokenUser: string;
  /** Every reference that the estate synthesizes for the present, the previous and the next phase. */
  readonly estateReferences: readonly string[];
  readonly pushgatewayUrl: string;
  /** A run that takes longer ends itself; under the CronJob's own deadline, so that it can still say so. */
  readonly deadlineSeconds: number;
  /** @default 'https://kubernetes.default.svc' */
  readonly kubernetesUrl?: string;
  /** @default 16 */
  readonly maxConcurrentRequests?: number;
}

/** The policy that ships. */
export const DEFAULT_POLICY: RetentionPolicy = {
  keepNewestTags: 10,
  alwaysKeepTags: ['latest'],
  alwaysKeepPatterns: ['/cache/'],
  graceHours: 48,
  maxDeletionsPerRun: 50,
  maxDeletedShareOfPackage: 0.3,
};

/** Reads a configuration; throws one error with every fault in it. */
export function parseConfig(text: string): RetentionConfig {
  return parseFields('retention configuration', text, FIELDS);
}

const FIELDS: Fields<RetentionConfig> = {
  mode: matching('"observe" or "enforce"', /^(observe|enforce)$/),
  forgeUrl: origin,
  registryHosts: listOf('hosts in lower case', host, 1),
  owner: matching('a user or organization in lower case', /^[a-z\d]([a-z\d._-]*[a-z\d])?$/),
  tokenUser: matching('a user', /^\w([\w.-]*\w)?$/),
  estateReferences: listOf('image references', { is: readable(parseReference) }),
  pushgatewayUrl: origin,
  deadlineSeconds: whole(1, 86_400),
  kubernetesUrl: optional(origin),
  maxConcurrentRequests: optional(whole(1, 64)),
  keepNewestTags: whole(1, 1_000_000),
  alwaysKeepTags: listOf('tags', { is: (item) => typeof item === 'string' && isTag(item) }),
  alwaysKeepPatterns: listOf('regular expressions between slashes', { is: readable(readPattern) }),
  graceHours: number('hours', 0, 87_600),
  maxDeletionsPerRun: whole(0, 1_000_000),
  maxDeletedShareOfPackage: number('a share', 0, 1),
};

function readPattern(text: string): RegExp | undefined {
  return /^\/.+\/$/.test(text) ? new RegExp(text.slice(1, -1)) : undefined;
}
