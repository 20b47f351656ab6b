import type { Estate } from '../../estate/estate';
import { phases } from '../../estate/phases';
import { rulesAcrossFacts, validateEstate } from '../../estate/validate';
import { inPhase, withTestEvidence } from './estates';
import { holdsWord, leavesOf, watched, withLeaf, type Leaf } from './leaves';
import { choicesOf, choosesFields, plausible } from './plausible';
import { renderersOf } from './renderers';

/** `<where>: <what is wrong>, got <value>; <what to do>` */
const faultForm = /^[a-z][\w.[\]"/:@ -]*: .+, got .+; .+$/i;

/** Facts that no part of this version reads; one that has its reader leaves. */
const waiting: readonly { readonly facts: RegExp; readonly reader: string }[] = [
  {
    facts: /^images\/\d+\/tagOwner$/,
    reader: 'the pipelines that build an image, where no workload runs it',
  },
  { facts: /^stacks\/(branch|drift\/\w+)$/, reader: 'pipelines in the tree, where there are any' },
  { facts: /^images\/\d+\/floating\//, reader: 'a check that has a clock, which synthesis has not' },
];

/** Lines in which the code itself writes a word that is a fact's value too. */
const wordsOfTheCode: readonly { readonly word: string; readonly line: RegExp; readonly because: string }[] =
  [
    {
      word: 'kubectl',
      line: /kubectl (-n |get |config |--namespace)|for tool in /,
      because: 'alerts and scripts hold commands',
    },
    {
      word: 'docs/runbooks',
      line: /docs\/runbooks\/[\w-]+\.md/,
      because:
        "messages and alerts lead to this project's own runbooks, which lie in a folder of that name too",
    },
    {
      word: 'docs/runbooks/registry-vm.md',
      line: /\/docs\/runbooks\/registry-vm\.md/,
      because: "alerts and pages lead to this project's own runbook of that name",
    },
    {
      word: 'kubelet',
      line: /KUBELET_CONFIG_ARGS=/,
      because: 'the folders of its configuration are named after it',
    },
    {
      word: 'root',
      line: /owner: root:root|\/root\/join-cluster|root's crontab/,
      because: "system files are root's",
    },
    {
      word: 'root',
      line: /^\s*(\S+ ){5}root \//,
      because: 'a line of cron.d names the user, who has to be root',
    },
    { word: 'root', line: /Zone of the root domain/, because: 'it means another root' },
    { word: 'curl', line: /curl -|of curl\.$|for tool in curl |apk add .* curl /, because: 'scripts run it' },
    {
      word: 'cron',
      line: /cron does not start it|hides it from cron|the cron job|event: cron$|cron: registry-drift$|^\s*"cron",$/,
      because: 'alerts and comments speak of it, and it is an event of Woodpecker',
    },
    {
      word: 'forgejo_cleanup_token',
      line: /^(uniqueId = )?forgejo_cleanup_token$/,
      because: 'an address of the existing state',
    },
    {
      word: 'kubernetes',
      line: /^\s*kubernetes:?$|= kubernetes$|@kubernetes\\?"|\/etc\/kubernetes\/|kubernetes cluster\.local/,
      because: 'a provider, a router of Traefik, a folder and a plugin of CoreDNS have this name',
    },
    {
      word: 'vault-woodpecker-sync',
      line: /name( =|:) vault-woodpecker-sync$/,
      because: 'the job is called so, whatever it logs in as',
    },
    { word: 'apply', line: /\bapply\b/, because: 'a verb' },
    {
      word: '15m',
      line: /for: 15m/,
      because: 'a quarter of an hour, where the fact is a share of a processor',
    },
    {
      word: 'forgejo',
      line: /^\s*((name|app|uniqueId|stackName|schema_name|kubernetes_\w+)( =|:) )?"?forgejo"?$|^path = forgejo\/|objects of stack/,
      because: 'the server, its Service and its stack, and the addresses of these in the existing state',
    },
    { word: 'forgejo', line: /container="forgejo"/, because: 'the container of the server, in its metrics' },
    { word: 'forgejo', line: /^forgejo = /, because: 'a claim about it names the host so' },
    {
      word: 'docker.io',
      line: /_image = docker\.io\/|(Log in to|login|push|=|-) ?docker\.io/,
      because: 'images come from there and are pushed there, with a cache or without one',
    },
    { word: '3600', line: /3600/, because: 'an hour, in the deadlines, alerts and zone files that say one' },
  ];

export interface Judged {
  readonly leaves: number;
  readonly refused: number;
  readonly faults: readonly string[];
  /** Exceptions that this estate has no use for. */
  readonly idle: readonly string[];
}

/** Changes each leaf alone and says what of it is wrong. */
export function judgeLeaves(subject: Estate): Judged {
  const base = validateEstate(withTestEvidence(subject));
  const rendered = [...renderersOf(base)].map(([name, render]) => {
    const seen = watched(base);
    return { name, render, text: render(seen.subject), read: seen.read };
  });
  const read = new Set([...rendered.flatMap((each) => [...each.read]), ...readByRules(base)]);
  const leaves = leavesOf({ ...base, evidence: [], evidenceFaults: [] }).filter(
    ({ path }) => !choosesFields.test(path),
  );

  const used = new Set<object>();
  const isWaiting = ({ path }: Leaf): boolean => {
    const entry = waiting.find(({ facts }) => facts.test(path));
    if (entry !== undefined) used.add(entry);
    return entry !== undefined;
  };
  let refused = 0;
  const faults = leaves.flatMap((leaf) => {
    const value = plausible(leaf);
    const where = `${leaf.path} "${leaf.value}" -> "${value}"`;
    const changed = withTestEvidence(withLeaf(base, leaf.path, value));
    const texts = new Map<string, string>();
    try {
      validateEstate(changed);
      for (const each of rendered)
        texts.set(each.name, each.read.has(leaf.path) ? each.render(changed) : each.text);
    } catch (error) {
      refused++;
      return wrongMessages(error).map((message) => `${where}: is refused by "${message}"`);
    }
    return [
      ...(isWaiting(leaf) || read.has(leaf.path) ? [] : [`${where}: is read by nothing`]),
      ...tracesOf(leaf, changed, texts, used).map((trace) => `${where}: the old value shows in ${trace}`),
    ];
  });
  const idle = [...waiting, ...wordsOfTheCode].filter((entry) => !used.has(entry));
  return {
    leaves: leaves.length,
    refused,
    faults,
    idle: idle.map((entry) => ('facts' in entry ? entry.facts : entry.line).source),
  };
}

/** What the rules across facts read in any phase. */
function readByRules(subject: Estate): string[] {
  return phases.flatMap((phase) => {
    const seen = watched(inPhase(subject, phase));
    for (const rule of rulesAcrossFacts) rule(seen.subject);
    return [...seen.read];
  });
}

function wrongMessages(error: unknown): string[] {
  const lines = error instanceof Error ? error.message.split('\n') : [String(error)];
  return lines
    .filter((line) => !/^the (estate|cloud-config) has \d+ faults?:$/.test(line))
    .filter((line) => !faultForm.test(line));
}

/** The lines that still hold the old value and not within another fact's, unless it says nothing. */
function tracesOf(
  { path, value }: Leaf,
  changed: Estate,
  texts: ReadonlyMap<string, string>,
  used: Set<object>,
): string[] {
  const word = String(value);
  const saysNothing = typeof value === 'boolean' || (typeof value === 'number' && value < 1000);
  if (saysNothing || choicesOf({ path, value }) !== undefined) return [];
  const others = leavesOf(changed)
    .filter((other) => choicesOf(other) === undefined)
    .map((other) => String(other.value))
    .filter((other) => holdsWord(other, word));
  if (others.includes(word)) return [];
  const isTrace = (line: string): boolean => {
    const rest = others.reduce((text, other) => text.replaceAll(other, ''), line);
    if (!holdsWord(rest, word)) return false;
    const entry = wordsOfTheCode.find((each) => each.word === word && each.line.test(line));
    if (entry !== undefined) used.add(entry);
    return entry === undefined;
  };
  return [...texts]
    .filter(([, text]) => holdsWord(text, word))
    .flatMap(([name, text]) =>
      text
        .split('\n')
        .filter((line) => holdsWord(line, word) && isTrace(line))
        .map((line) => `${name}: ${line.trim()}`),
    );
}
