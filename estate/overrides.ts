import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A person's word in place of a measurement, for a while, one JSON file each. It opens one gate, and every list of claims
 * shows it: nothing is skipped in silence (the bake of fourteen days lasted 3 h 17 min on 2026-05-07).
 */
export interface Override {
  /** The claim that it stands in for (`requiredClaims`), or `cutover-order/<app>` for an app that others need not wait for. */
  readonly claim: string;
  readonly reason: string;
  readonly person: string;
  /** The last day on which it counts, `YYYY-MM-DD`, UTC. Judged by the commands that act, so that synth stays deterministic. */
  readonly until: string;
}

const maxDays = 31;
const DAY_MS = 24 * 3_600_000;

/** Reads every `*.json` of a folder, in name order, and says of each file that is none why. */
export function readOverrides(folder: string): {
  readonly overrides: readonly Override[];
  readonly faults: readonly string[];
} {
  const overrides: Override[] = [];
  const faults: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.json')) continue;
    const value = parsed(join(folder, name));
    if (isOverride(value)) overrides.push(value);
    else
      faults.push(
        `estate/overrides/${name}: needs claim, reason, person and until ("YYYY-MM-DD"), each of them said on one line, without tabs or marks that turn the direction of writing, got other fields; write all four so, or remove the file`,
      );
  }
  return { overrides, faults };
}

/** What a list says beside a claim that an override stands in for. */
export function describeOverride({ reason, person, until }: Override): string {
  return `overridden by ${person} until ${until}: ${reason}`;
}

/** Why an override does not count now; nothing where it does. */
export function overrideFault({ claim, until }: Override, nowMs: number): string | undefined {
  const where = `estate.overrides["${claim}"]`;
  const endMs = Date.parse(`${until}T00:00:00Z`) + DAY_MS;
  if (nowMs >= endMs) return `${where}: is over, got until "${until}"; measure the claim, or step back`;
  if (endMs > nowMs + (maxDays + 1) * DAY_MS)
    return `${where}: reaches further than ${maxDays} days, got until "${until}"; name a nearer day`;
  return undefined;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isOverride(value: unknown): value is Override {
  if (typeof value !== 'object' || value === null) return false;
  const { claim, reason, person, until } = value as Record<string, unknown>;
  return (
    [claim, reason, person].every(
      (text) =>
        typeof text === 'string' && text.trim() !== '' && !/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text),
    ) &&
    typeof until === 'string' &&
    /^\d{4}-\d{2}-\d{2}$/.test(until) &&
    isDay(until)
  );
}

/** The thirtieth of February is taken for a day of March. */
function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
