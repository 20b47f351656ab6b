import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { estate } from '../../estate';
import { periodOf } from '../../estate/derived/schedule';
import type { Estate } from '../../estate/estate';
import { holdsWord, leavesOf } from '../support/leaves';

const root = join(__dirname, '../..');
const record = join(root, 'test/golden/docs-facts.txt');
const updating = process.env['UPDATE_GOLDEN'] === '1';
const mend = 'UPDATE_GOLDEN=1 npx jest test/docs/facts.test.ts writes it anew';
const under = (folder: string, ends: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => ends.test(path))
    .map((path) => join(folder, path));
/** Decisions are left as they were made: what one of them says is of its day. */
const pages = ['README.md', 'CONTRIBUTING.md', ...under('docs', /\.md$/u)]
  .filter((page) => !page.startsWith('docs/adr/'))
  .sort();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
type Texts = ReadonlyMap<string, string>;

/** What code calls things: no homelab's name stands in it, which a test of its own sees. */
const code = ['cloud-init', 'commands', 'constructs', 'credentials', 'evidence', 'migration', 'monitoring']
  .concat('onboarding', 'pipelines', 'programs', 'rollout', 'stacks', 'trees', 'backup', 'lab', 'apply')
  .flatMap((folder) => under(folder, /\.(?:ts|sh|hcl|json)$/u).map(read))
  .join('\n')
  .replace(/\/\*[\s\S]*?\*\/|^\s*(?:\/\/|#).*$|\s\/\/ .*$/gmu, '');

/** What a page may name of the world and of machines that nobody described here. */
const ofTheWorld = [
  '/etc',
  '/etc/ssh/ssh_host_ed25519_key.pub',
  '/var/lib',
  '/var/log',
  '/data/gitea',
].concat(...['172.30.0.0', '172.30.0.11']);
const isExample = (literal: string): boolean =>
  /(?:^|\.)example(?:\.(?:com|org|net))?$|^127\.0\.0\.1|^\/mnt\/backup\//u.test(literal);

/** How facts look where they stand by themselves. */
const shapes: readonly RegExp[] = [
  /(?<![\w./-])(?:[a-z0-9-]+\.)+(?:me|lan|local|com|io|dev|org|net|example)(?![\w-])/gu,
  /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])/gu,
  /(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|[a-z][\w-]*(?:\.[\w-]+)+):(\d{4,5})\b/gu,
  /(?<=`)(?:[\d*][\d*/,-]* ){4}[\d*][\d*/,-]*(?=`)/gu,
  /(?<=[\s`(:=])\/(?:opt|etc|var|data|root|srv|mnt|tmp)(?:\/[\w.-]*\w)*(?=[\s`),;:/]|$)/gmu,
  /(?<=\bsecret\/)[a-z]+(?:[/-][a-z]+)*/gu,
  /(?<=kubectl (?:[a-z]+ )?-n )[a-z][a-z0-9-]*/gu,
  /(?<=\b(?:cronjob|deploy|deployment)\/)[a-z][a-z0-9-]*/gu,
  /(?<=`)(?:registry|forgejo|woodpecker|cloudflare|slack|vault|vm)(?:_[a-z]+)+(?=`)/gu,
  /\b(?:Registry|Forgejo|Woodpecker|Container|Retention)(?:[A-Z][a-z]+){2,}\b/gu,
];

/** Series are named by their last words. */
const isNamed = (literal: string): boolean =>
  [
    literal,
    literal.replace(/^registry_manifest_integrity_(?=.)/u, ''),
    /^(?:\/[\w.-]+){3}/u.exec(literal)?.[0],
  ].some((name) => name !== undefined && holdsWord(code, name));

interface Literal {
  readonly place: string;
  readonly literal: string;
}

const literalsIn = (texts: Texts): Literal[] =>
  [...texts].flatMap(([page, text]) =>
    text
      .replaceAll(/\]\([^)]*\)|https?:\/\/(?:github|docs|developer)\S+/gu, (link) => ' '.repeat(link.length))
      .split('\n')
      .flatMap((line, at) =>
        shapes.flatMap((shape) =>
          [...line.matchAll(shape)].map(([whole, part]) => ({
            place: `${page}:${at + 1}`,
            literal: part ?? whole,
          })),
        ),
      ),
  );

interface Fact {
  readonly path: string;
  readonly value: string;
}

const factsOf = (of: Estate): Fact[] =>
  leavesOf({ ...of, evidence: [], overrides: [] }).map(({ path, value }) => ({ path, value: String(value) }));

/** The fact that a literal is: the leaf that is it, else one that holds it, else one that it lies below. */
function factOf(literal: string, leaves: readonly Fact[]): Fact | undefined {
  return (
    leaves.find(({ value }) => value === literal) ??
    leaves.find(({ value }) => holdsWord(value, literal)) ??
    leaves.find(({ value }) => /^\/[^/]+\//u.test(value) && `${literal}/`.startsWith(`${value}/`))
  );
}

function strangers(texts: Texts, of: Estate): string[] {
  const facts = factsOf(of);
  return literalsIn(texts)
    .filter(({ literal }) => !isExample(literal) && !ofTheWorld.includes(literal))
    .filter(({ literal }) => factOf(literal, facts) === undefined && !isNamed(literal))
    .map(
      ({ place, literal }) =>
        `${place}: is neither a fact of the estate nor a name in the code, got "${literal}"; write what is, or ${mend}`,
    );
}

function recordOf(texts: Texts, of: Estate): string {
  const facts = factsOf(of);
  return [
    ...new Set(
      literalsIn(texts).flatMap(({ literal }) => {
        const fact = isExample(literal) ? undefined : factOf(literal, facts);
        return fact === undefined || isNamed(literal) ? [] : [`${fact.path} = ${fact.value}\n`];
      }),
    ),
  ]
    .sort()
    .join('');
}

const words = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen'.split(
  ' ',
);
const minutesOf = (schedule: string): number => periodOf(schedule).longestMinutes;

/** `0 4 * * *` as a clock shows it. */
const timeOf = (schedule: string): string =>
  schedule
    .split(' ')
    .slice(0, 2)
    .reverse()
    .map((part) => part.padStart(2, '0'))
    .join(':');

/** What prose says with a number or a list: the sentence, and the fact in its brackets. */
const sentences = (of: Estate): readonly (readonly [RegExp, string])[] => [
  [/newest (\w+) tags/gu, String(of.retention.keepNewestTags)],
  [/\((\d+) newest/gu, String(of.retention.keepNewestTags)],
  [/(?:daily at|wait for) (\d\d:\d\d)/gu, timeOf(of.retention.schedule)],
  [/pushed within (\d+) h/gu, String(of.retention.graceHours)],
  [/observed for (\w+) days/gu, String(of.retention.observeDays)],
  [/probe(?: runs|'s question,) every (\w+) minutes/gu, String(minutesOf(of.integrityProbe.schedule))],
  [/(\d+) GiB a run in about/gu, String(of.integrityProbe.maxBytesPerRun / 1024 ** 3)],
  [
    /(?:by itself within|\), every|`, every) (\w+) hours/gu,
    String(minutesOf(of.woodpecker.secretSync.schedule) / 60),
  ],
];

const inProse = (count: string, like: string): string =>
  /^\d+$/u.test(like) ? count : (words[Number(count)] ?? count);

/** Each page with its sentences as the estate has them. */
const told = (texts: Texts, of: Estate): Texts =>
  new Map(
    [...texts].map(([page, text]) => [
      page,
      sentences(of).reduce(
        (all, [sentence, value]) =>
          all.replaceAll(sentence, (whole: string, said: string) =>
            whole.replace(said, inProse(value, said)),
          ),
        text,
      ),
    ]),
  );

const untrue = (texts: Texts, of: Estate): string[] =>
  [...told(texts, of)].flatMap(([page, wanted]) => {
    const now = wanted.split('\n');
    return (texts.get(page) ?? '')
      .split('\n')
      .flatMap((line, at) =>
        line === now[at]
          ? []
          : [`${page}:${at + 1}: says another number than the estate, got "${line.trim()}"; ${mend}`],
      );
  });

/** Recorded facts that have another value now: where pages still say the old one. */
const stale = (texts: Texts, of: Estate, recorded: string): (Literal & { readonly now: string })[] =>
  changedFacts(of, recorded).flatMap(({ was, now }) =>
    [...texts].flatMap(([page, text]) =>
      text
        .split('\n')
        .flatMap((line, at) =>
          holdsWord(line, was) ? [{ place: `${page}:${at + 1}`, literal: was, now }] : [],
        ),
    ),
  );

function changedFacts(of: Estate, recorded: string): { readonly was: string; readonly now: string }[] {
  const leaves = leavesOf(of);
  return recorded
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [path = '', was = ''] = line.split(' = ');
      const now = leaves.find((leaf) => leaf.path === path)?.value;
      return now === undefined || String(now) === was || leaves.some(({ value }) => String(value) === was)
        ? []
        : [{ was, now: String(now) }];
    });
}

const asWord = (text: string): RegExp =>
  new RegExp(`(?<![\\w-]|\\w\\.)${text.replaceAll(/[.*+?^$()|[\]]/gu, '\\$&')}(?![\\w-]|\\.\\w)`, 'gu');

/** Pages after an update: what a fact was becomes what it is. */
const anew = (texts: Texts, of: Estate, recorded: string): Texts =>
  told(
    new Map(
      [...texts].map(([page, text]) => [
        page,
        changedFacts(of, recorded).reduce(
          (all, { was, now }) => all.replaceAll(asWord(was), () => now),
          text,
        ),
      ]),
    ),
    of,
  );

const texts = (): Texts => new Map(pages.map((page) => [page, read(page)]));
const recorded = (): string => (existsSync(record) ? readFileSync(record, 'utf8') : '');

describe('facts in documents', () => {
  test('are the estate’s', () => {
    if (updating) {
      for (const [page, text] of anew(texts(), estate, recorded()))
        if (text !== read(page)) writeFileSync(join(root, page), text);
      writeFileSync(record, recordOf(texts(), estate));
    }
    expect([
      ...stale(texts(), estate, recorded()).map(
        ({ place, literal, now }) => `${place}: the estate has "${now}", got "${literal}"; ${mend}`,
      ),
      ...strangers(texts(), estate),
      ...untrue(texts(), estate),
    ]).toEqual([]);
    expect(recorded()).toBe(recordOf(texts(), estate));
  });

  test('are found: hundreds of them, and each sentence somewhere', () => {
    expect(literalsIn(texts()).length).toBeGreaterThan(200);
    const all = [...texts().values()].join('\n');
    expect(sentences(estate).filter(([sentence]) => all.search(sentence) === -1)).toEqual([]);
    const named = literalsIn(texts()).map(({ literal }) => literal);
    expect(ofTheWorld.filter((literal) => !named.includes(literal))).toEqual([]);
  });

  test.each<readonly [string, Estate]>([
    ['host', { ...estate, forgejo: { ...estate.forgejo, host: 'git.elsewhere.example' } }],
    ['address', { ...estate, registryVm: { ...estate.registryVm, address: '192.0.2.7' } }],
    ['folder', { ...estate, registryVm: { ...estate.registryVm, folder: '/srv/caches' } }],
    ['number', { ...estate, retention: { ...estate.retention, keepNewestTags: 12 } }],
    ['schedule', { ...estate, integrityProbe: { ...estate.integrityProbe, schedule: '*/20 * * * *' } }],
  ])('a %s that changes alone is seen where it stands, and written anew', (_, other) => {
    const faults = (of: Texts): number =>
      stale(of, other, recorded()).length + strangers(of, other).length + untrue(of, other).length;
    expect(faults(texts())).toBeGreaterThan(0);
    expect(faults(anew(texts(), other, recorded()))).toBe(0);
  });

  test('what is no fact is seen', () => {
    const page =
      'at `nowhere.elsewhere.me` or 192.0.2.9:7777, `5 5 * * *`, `/opt/elsewhere`, secret/nowhere-at-all, RegistryNoSuchAlert\n';
    const got = strangers(new Map([['x.md', page]]), estate).map((line) => /got "(.*?)"/u.exec(line)?.[1]);
    expect(got.sort()).toEqual(
      [
        '/opt/elsewhere',
        '192.0.2.9',
        '5 5 * * *',
        '7777',
        'RegistryNoSuchAlert',
        'nowhere-at-all',
        'nowhere.elsewhere.me',
      ].sort(),
    );
  });
});
