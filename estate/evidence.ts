import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A measured claim that types cannot make, one JSON file each. It holds the hash of its facts: a changed fact voids it. */
export interface Evidence {
  /** `<kind>` or `<kind>/<subject>`; see `requiredClaims`. */
  readonly claim: string;
  /** `factsHash` of the claim's facts at the time of measuring. */
  readonly facts: string;
  /** RFC 3339, UTC. Freshness is judged by the command that applies, so that synth stays deterministic. */
  readonly measuredAt: string;
  /** `test` evidence is made in memory, for goldens and the lab; a file that says so is refused. */
  readonly issuer: 'measurement' | 'test';
  /** What was looked at and seen, for whoever reviews it. @default nothing was noted */
  readonly measured?: unknown;
  /** `factsHash` of all the other fields: a file that was changed by hand is no measurement. */
  readonly seal: string;
}

/** Where this homelab's evidence lies. */
export const evidenceFolder = join(__dirname, 'evidence');

/** `sha256:<hex>` over the facts as JSON with sorted keys. */
export function factsHash(facts: unknown): string {
  return `sha256:${createHash('sha256')
    .update(JSON.stringify(sortKeys(facts)))
    .digest('hex')}`;
}

/** The file of a claim below `estate/evidence`. */
function evidenceFile(claim: string): string {
  return `${claim.replaceAll('/', '.')}.json`;
}

/** Writes down that a claim was measured, and returns the file's name. */
export function writeEvidence(
  folder: string,
  { name: claim, facts }: { readonly name: string; readonly facts: unknown },
  measuredAt: Date,
  measured?: unknown,
): string {
  const unsealed = {
    claim,
    facts: factsHash(facts),
    measuredAt: `${measuredAt.toISOString().slice(0, 19)}Z`,
    issuer: 'measurement',
    ...(measured === undefined ? {} : { measured }),
  } as const;
  const evidence: Evidence = { ...unsealed, seal: factsHash(unsealed) };
  writeFileSync(join(folder, evidenceFile(claim)), `${JSON.stringify(evidence, null, 2)}\n`);
  return evidenceFile(claim);
}

/** The claims of every `*.json` of a folder, in name order, and one message for each file that is none. */
export function readEvidence(folder: string): {
  readonly evidence: readonly Evidence[];
  readonly evidenceFaults: readonly string[];
} {
  const evidence: Evidence[] = [];
  const evidenceFaults: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.json')) continue;
    try {
      evidence.push(parseEvidence(name, textOf(folder, name)));
    } catch (error) {
      evidenceFaults.push((error as Error).message);
    }
  }
  return { evidence, evidenceFaults };
}

function textOf(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Error(
      `estate/evidence/${name}: cannot be read, got ${code}; make it a file that can be, or remove it`,
    );
  }
}

/** Reads one file's text. @throws Error that names the file when it is not a piece of evidence */
function parseEvidence(name: string, text: string): Evidence {
  const wrong = (what: string, remedy = 'measure the claim again'): Error =>
    new Error(`estate/evidence/${name}: ${what}; ${remedy}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(`is not JSON, got ${text.length} characters`);
  }
  if (!isEvidence(value))
    throw wrong(
      'needs claim, facts ("sha256:…"), measuredAt (RFC 3339, UTC), issuer ("measurement") and seal, got other fields',
    );
  const { seal, ...unsealed } = value;
  if (seal !== factsHash(unsealed))
    throw wrong(`was changed since it was measured, got seal "${seal}" of other text`);
  const remedy = 'remove it, or measure the claim again'; // of two files the older one may be the one that is read
  if (name !== evidenceFile(value.claim))
    throw wrong(`is not the file of its claim, got "${value.claim}"`, remedy);
  return value;
}

function isEvidence(value: unknown): value is Evidence {
  if (typeof value !== 'object' || value === null) return false;
  const { claim, facts, measuredAt, issuer, seal } = value as Record<string, unknown>;
  return (
    typeof claim === 'string' &&
    /^[!-~]+$/.test(claim) &&
    typeof facts === 'string' &&
    /^sha256:[0-9a-f]{64}$/.test(facts) &&
    typeof measuredAt === 'string' &&
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(measuredAt) &&
    !Number.isNaN(Date.parse(measuredAt)) &&
    issuer === 'measurement' &&
    typeof seal === 'string' &&
    /^sha256:[0-9a-f]{64}$/.test(seal)
  );
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortKeys(member)]),
  );
}
