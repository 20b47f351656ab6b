import type { Estate } from '../../estate/estate';
import { rulesAcrossFacts, validateEstate } from '../../estate/validate';
import { withTestEvidence } from './estates';
import { holdsWord, leavesOf, watched, withLeaf, type Leaf } from './leaves';
import { choosesFields, plausible } from './plausible';
import { renderersOf } from './renderers';

/** `<where>: <what is wrong>, got <value>; <what to do>` */
const faultForm = /^[a-z][\w.[\]"/:@ -]*: .+, got .+; .+$/i;

/** Facts that no part of this version reads; each waits for one that is planned. A fact that has its reader leaves. */
const waiting = [/^woodpeckerOnlyRepositories\//, /^projects\/\d+\/(move|pipeline|pipelineIs)$/];

/** Words that the code itself writes, whatever the fact of the same spelling says. */
const wordsOfTheCode = new Set([
  'forgejo', // the server, its Service and its stack
  'kyverno', // the chart and its stack
  'traefik',
  'infra',
  'monitoring', // the stack
  'registry', // the service
  'root',
  'latest',
  'curl',
  'cron',
  'token',
  'login',
  'kubelet',
  'containerd.io',
  'password_hash',
]);

export interface Judged {
  readonly refused: number;
  readonly faults: readonly string[];
}

/** Changes each leaf alone and says what of it is wrong. */
export function judgeLeaves(subject: Estate): Judged {
  const base = withTestEvidence(subject);
  const renderers = renderersOf(base);
  const rendered = new Map(
    [...renderers].map(([name, render]) => {
      const { subject: seen, read } = watched(base);
      return [name, { render, read, text: render(seen) }] as const;
    }),
  );
  const ruled = watched(base);
  for (const rule of rulesAcrossFacts) rule(ruled.subject);
  const leaves = leavesOf({ ...base, evidence: [], evidenceFaults: [] });

  let refused = 0;
  const faults = leaves.flatMap((leaf) => {
    if (choosesFields.test(leaf.path)) return [];
    const value = plausible(leaf);
    const where = `${leaf.path} "${leaf.value}" -> "${value}"`;
    const changed = withTestEvidence(withLeaf(base, leaf.path, value));
    const texts = new Map<string, string>();
    try {
      validateEstate(changed);
      for (const [name, { render, read, text }] of rendered)
        texts.set(name, read.has(leaf.path) ? render(changed) : text);
    } catch (error) {
      refused++;
      return wrongMessages(error).map((message) => `${where}: is refused by "${message}"`);
    }
    return [
      ...(isUsed(leaf, texts) ? [] : [`${where}: is read by nothing`]),
      ...tracesOf(leaf, changed, texts).map((name) => `${where}: the old value shows in ${name}`),
    ];
  });
  return { refused, faults };

  function isUsed({ path }: Leaf, texts: ReadonlyMap<string, string>): boolean {
    const shows = [...texts].some(([name, text]) => text !== rendered.get(name)?.text);
    return shows || ruled.read.has(path) || waiting.some((pattern) => pattern.test(path));
  }
}

function wrongMessages(error: unknown): string[] {
  const lines = error instanceof Error ? error.message.split('\n') : [String(error)];
  return lines
    .filter((line) => !/^the (estate|cloud-config) has \d+ faults?:$/.test(line))
    .filter((line) => !faultForm.test(line));
}

/** The renderings that still hold the old value, unless another fact has it too or it says nothing. */
function tracesOf({ value }: Leaf, changed: Estate, texts: ReadonlyMap<string, string>): string[] {
  const word = String(value);
  const saysNothing =
    typeof value === 'boolean' || (typeof value === 'number' && value < 1000) || wordsOfTheCode.has(word);
  if (saysNothing || leavesOf(changed).some((other) => holdsWord(String(other.value), word))) return [];
  return [...texts].filter(([, text]) => holdsWord(text, word)).map(([name]) => name);
}
