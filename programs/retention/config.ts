import { isTag } from '../../clients/forgejo/tag';
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
  readonly estateReferences: readonly EstateReference[];
  readonly pushgatewayUrl: string;
  /** A run that takes longer ends itself; under the CronJob's own deadline, so that it can still say so. */
  readonly deadlineSeconds: number;
  /** @default 'https://kubernetes.default.svc' */
  readonly kubernetesUrl?: string;
  /** @default 16 */
  readonly maxConcurrentRequests?: number;
}

interface EstateReference {
  readonly reference: string;
  /** What needs it, for the reason that a person reads: `wealthfolio-sync, previous phase`. */
  readonly by: string;
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
  const value = JSON.parse(text) as unknown;
  const config = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const faults = Object.entries(RULES).flatMap(([name, { is, wanted }]) =>
    is(config[name])
      ? []
      : [`${name} must be ${wanted}, got ${name in config ? JSON.stringify(config[name]) : 'nothing'}`],
  );
  for (const name of Object.keys(config)) if (!(name in RULES)) faults.push(`${name} is not a setting`);
  if (faults.length > 0)
    throw new Error(`retention configuration: ${faults.join('; ')}; correct the construct's props`);
  return config as unknown as RetentionConfig;
}

interface Rule {
  readonly is: (value: unknown) => boolean;
  readonly wanted: string;
}

const text: Rule = { is: (value) => typeof value === 'string' && value !== '', wanted: 'a text' };
const origin: Rule = {
  is: (value) => typeof value === 'string' && /^https?:\/\/[^/@]+\/?$/.test(value) && URL.canParse(value),
  wanted: 'scheme, host and port',
};
const count = (least: number): Rule => ({
  is: (value) => Number.isInteger(value) && Number(value) >= least,
  wanted: `a whole number from ${least}`,
});
const listOf = (wanted: string, is: (item: unknown) => boolean): Rule => ({
  is: (value) => Array.isArray(value) && value.every(is),
  wanted: `a list of ${wanted}`,
});
const optional = ({ is, wanted }: Rule): Rule => ({
  is: (value) => value === undefined || is(value),
  wanted,
});

const RULES: Readonly<Record<keyof RetentionConfig, Rule>> = {
  mode: { is: (value) => value === 'observe' || value === 'enforce', wanted: '"observe" or "enforce"' },
  forgeUrl: origin,
  registryHosts: {
    is: (value) => Array.isArray(value) && value.length > 0 && value.every(text.is),
    wanted: 'a list of at least one host',
  },
  owner: text,
  tokenUser: text,
  estateReferences: listOf('{ reference, by }', (item) => {
    const { reference, by } = (item ?? {}) as Partial<EstateReference>;
    return text.is(reference) && text.is(by);
  }),
  pushgatewayUrl: origin,
  deadlineSeconds: count(1),
  kubernetesUrl: optional(origin),
  maxConcurrentRequests: optional(count(1)),
  keepNewestTags: count(1),
  alwaysKeepTags: listOf('tags', (item) => typeof item === 'string' && isTag(item)),
  alwaysKeepPatterns: listOf('regular expressions between slashes', isPattern),
  graceHours: { is: (value) => typeof value === 'number' && value >= 0, wanted: 'hours from 0' },
  maxDeletionsPerRun: count(0),
  maxDeletedShareOfPackage: {
    is: (value) => typeof value === 'number' && value >= 0 && value <= 1,
    wanted: 'a share between 0 and 1',
  },
};

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\/.+\/$/.test(value)) return false;
  try {
    return new RegExp(value.slice(1, -1)) instanceof RegExp;
  } catch {
    return false;
  }
}
