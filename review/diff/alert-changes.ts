import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { factChanges, factInWords } from './fact-changes';
import type { Synthesis } from './synthesis';

type Rule = Readonly<Record<string, unknown>>;
type Stacks = Synthesis['stacks'];

/** Which alerts come, go and change, by what Prometheus would read. */
export function alertChanges(before: Stacks, after: Stacks): string[] {
  const [old, now] = [alertsIn(before), alertsIn(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [a, b] = [old.get(name), now.get(name)];
    if (isDeepStrictEqual(a, b)) return [];
    if (a === undefined) return [`${name} is new`];
    if (b === undefined) return [`${name} goes: nobody is told of it any more`];
    const [was = a, is = b] = a.length === 1 && b.length === 1 ? [a[0], b[0]] : [];
    return factChanges('', was, is).map(
      (change) => `${name} changes: ${factInWords(change).replace(/^[.:]? */u, '')}`,
    );
  });
}

function alertsIn(stacks: Stacks): Map<string, Rule[]> {
  const found = new Map<string, Rule[]>();
  const walk = (value: unknown): void => {
    if (typeof value === 'string' && /^\s*(?:- )?"?alert"?:/mu.test(value))
      for (const document of parseAllDocuments(value)) walk(document.toJS());
    if (typeof value !== 'object' || value === null) return;
    const { alert, expr } = value as Rule;
    if (typeof alert === 'string' && expr !== undefined)
      found.set(alert, [...(found.get(alert) ?? []), value as Rule]);
    else Object.values(value).forEach(walk);
  };
  walk(stacks);
  return found;
}
