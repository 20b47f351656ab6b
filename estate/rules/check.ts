import { posix } from 'node:path';
import type { Workload } from '../apps';
import { quantityBytes } from '../derived/quantity';
import { isSchedule, periodOf } from '../derived/schedule';
import type { Estate } from '../estate';
import { hostFaults, isFullVersion, parseImageReference } from '../image-reference';
import type { VaultKey } from '../tokens';

/** What is wrong with one value, in words; nothing when it is well formed. */
export type Check = (value: never, estate: Estate) => readonly (string | WrongPart)[];

/** A fault of a part of a value, which has its own advice. */
export type WrongPart = Readonly<Record<'part' | 'fault' | 'value' | 'whatToDo', string>>;

type Texts = (value: string) => string[];
type Numbers = (value: number) => string[];

const matches =
  (pattern: RegExp, fault: string): Texts =>
  (value) =>
    pattern.test(value) ? [] : [fault];
const within =
  (least: number, most: number, fault: string): Numbers =>
  (value) =>
    value >= least && value <= most ? [] : [fault];
const whole =
  (least: number, most: number, fault: string): Numbers =>
  (value) =>
    Number.isInteger(value) ? within(least, most, fault)(value) : [fault];
const parses =
  (parse: (value: string) => unknown, fault: string): Texts =>
  (value) => {
    try {
      parse(value);
      return [];
    } catch {
      return [fault];
    }
  };

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const most = 2 ** 31 - 1;

export const ipv4 = matches(new RegExp(`^${octet}(?:\\.${octet}){3}$`), 'is not an IPv4 address');
export const ipv4MaybeWithPort: Texts = (value) => ipv4(value.replace(/:\d+$/, ''));
/** Where a port would stand twice. */
export const hostName: Texts = (value) =>
  value.includes(':') ? ['is not a name without a port'] : hostFaults(value);
/** Pods ask by it, and the zone of it is CoreDNS's. */
export const serviceName = matches(/^([a-z0-9-]+\.){2}svc\.cluster\.local$/, 'is no full name of a Service');
export const origin = matches(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/, 'is not a URL without a path');
export const url = matches(/^https?:\/\/[a-z0-9.-]+(:\d+)?(\/\S*)?$/, 'is not an http or https URL');
export const urlOrPath: Texts = (value) => url(value.startsWith('/') ? `https://forge${value}` : value);
export const objectName = matches(/^[a-z0-9]([a-z0-9-]{0,251}[a-z0-9])?$/, 'is not a Kubernetes object name');
export const version = matches(/^\d+\.\d+\.\d+$/, 'is not a full version');
export const date = matches(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'is not a date');
export const sentence = matches(/\S+\s+\S+/, 'is not a reason');
/** As Forgejo takes it; a colon would end it in a login. */
export const forgeAccount = matches(/^[a-z0-9]([\w.-]{0,38}[a-z0-9])?$/i, 'is not the name of an account');
export const account = matches(/./, 'is empty');
export const treePath = matches(/^stacks(\/[a-z0-9][a-z0-9_-]*)+$/, 'is not a folder below stacks/');
export const treeFolder = matches(
  /^(?!\.\.?(\/|$))[\w.-]+(\/(?!\.\.?(\/|$))[\w.-]+)*$/,
  'is not a folder below the root of the tree',
);
/** Of letters that no shell, unit or crontab takes for its own. */
export const absolutePath = matches(/^(\/(?!\.\.?(\/|$))[\w.-]+)+$/, 'is not a plain absolute path');
export const resolvedPath: Texts = (value) => absolutePath(posix.resolve('/', value));
export const mountWord = matches(/^[\w.,=:-]+$/, 'is not one word of mount(8)');
/** The first copy has a name already. */
export const copyName: Texts = (value) =>
  value === 'vm' ? ['is the name of the first copy'] : objectName(value);
export const mountSource = matches(/^([\w.-]+:)?\/[\w./-]+$/, 'is not what mount(8) mounts');
export const vaultPath = matches(/^[a-z0-9][a-z0-9_/-]*[a-z0-9]$/, 'is not a path of a KV secret');
/** As Vault's policies take it: a glob at the end, `+` for one segment. */
export const vaultRulePath = matches(/^[a-z0-9][\w+*-]*(\/[\w+*-]+)+\*?$/, 'is not the path of a rule');
export const vaultName = matches(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'is not a name in Vault');
export const ciSecretName = matches(/^(?!\.+$)[\w.-]{1,255}$/, 'is not the name of a secret');
export const ciEvent = matches(
  /^(push|pull_request(_closed|_metadata)?|tag|release|deployment|cron|manual)$/,
  'is not an event',
);
/** With or without a registry and a tag, as engines take it. */
export const stepImage = matches(
  /^[a-z0-9][\w.-]*(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
  'is not an image',
);
export const pipelinePath = matches(/^\.woodpecker(\/[\w.-]+)?\.yml$/, 'is not what Woodpecker reads');
export const branchName = matches(/^\w[\w./-]*$/, 'is not the name of a branch');
export const pinnedAction = matches(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/, 'is not an action at a commit');
export const githubSecret = matches(
  /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/,
  "is not the name of one of GitHub's secrets",
);
export const githubSecretInCapitals: Texts = (value) => githubSecret(value.toUpperCase());
export const runnerLabel = matches(/^[\w.-]+$/, 'is not the label of a runner');
export const imageRow = (value: string, { images }: Estate): string[] =>
  images.some(({ name }) => name === value) ? [] : ['names an image that estate/images.ts does not have'];
export const imageRowOrHubRepository = (value: string, estate: Estate): string[] =>
  imageRow(value, estate).length === 0 ? [] : hubRepository(value);
const hubRepository = matches(/^[a-z0-9]+\/[a-z0-9]+([._-]+[a-z0-9]+)*$/, 'is no owner and name');
export const keyFingerprint = matches(/^[0-9A-F]{40}$/, 'is not the full fingerprint of a key');
export const login = matches(/^[a-z_][a-z0-9_-]{0,31}$/, 'is not the name of a login');
export const labelValue = matches(/^[a-z0-9]([\w.-]{0,61}[a-z0-9])?$/i, 'is not the value of a label');
export const aptSource = matches(/^deb (\[.+\] )?https?:\/\/\S+ \S.*$/, 'is not a line of sources.list');
export const packageName = matches(/^[a-z0-9][a-z0-9+.-]+(=\S+)?$/, 'is not the name of a package');
export const bodySize = matches(/^([1-9]\d{0,14}|[1-9]\d{0,5}[kmg])$/i, 'is not a number with k, m or g');
export const cron: Texts = (value) => {
  if (!isSchedule(value)) return ['is not a cron schedule of five fields'];
  return Number.isFinite(periodOf(value).longestMinutes) ? [] : ['never starts'];
};
export const cpu = matches(/^(\d+m|\d+(\.\d{1,3})?)$/, 'is not a quantity of processors');
export const quantity: Texts = (value) =>
  quantityBytes(value) >= 1024 ** 2 ? [] : ['is not a quantity of a mebibyte or more'];
export const threshold: Texts = (value) => (/^\d{1,2}(\.\d+)?%$/.test(value) ? [] : quantity(value));
export const goDuration = matches(/^(\d+[hms])+$/, 'is not a duration such as "1m30s"');
export const journalSize = matches(/^[1-9]\d*[KMGT]$/, 'is not a size of journald');
export const timeSpan = matches(/^[1-9]\d*(s|min|h|day|week|month|year)$/, 'is not a time span of systemd');
export const seconds = whole(0, Infinity, 'is not a number of whole seconds');
export const logFiles = whole(2, most, 'is not a whole number from 2 up');
export const priority = whole(-most, most, 'is not the number of a priority');
export const swappiness = whole(0, 200, 'is not a whole number from 0 to 200');
export const portNumber = whole(1, 65_535, 'is not a port');
export const count = whole(1, Infinity, 'is not a whole number from 1 up');
export const share = within(Number.MIN_VALUE, 1, 'is not a share between 0 and 1');
export const percent = within(Number.MIN_VALUE, 100, 'is not a percentage');
export const freePercent = within(1, 50, 'is not a share of free space between 1 and 50 %');
export const imageReference = parses(parseImageReference, 'is not a full image reference');
/** Of what this project itself runs; none of it has an exception. */
export const pinnedImage: Texts = (value) => {
  const faults = imageReference(value);
  if (faults.length > 0) return faults;
  const { tag = '', digest } = parseImageReference(value);
  return digest !== undefined || isFullVersion(tag) ? [] : ['tag floats, so an updater may replace it'];
};
/** In its own letters: Kubernetes looks for a file of this name. */
export const timeZone: Texts = (value) =>
  /^(UTC|[A-Z][a-z]+\/[A-Z][\w/+-]+)$/.test(value) ? knownZone(value) : ['is not an IANA time zone'];
const knownZone = parses(
  (value) => new Intl.DateTimeFormat('en', { timeZone: value }),
  'is not an IANA time zone',
);
export const ipv4WithPort: Texts = (value) => {
  const [, address = '', port = ''] = /^(.+):(\d+)$/.exec(value) ?? [];
  return ipv4(address).length === 0 && portNumber(Number(port)).length === 0
    ? []
    : ['is not an IPv4 address and a port'];
};

export const list = ({ length }: readonly unknown[]): string[] => (length > 0 ? [] : ['is empty']);

export function workload({ containers, initContainers = [] }: Workload): WrongPart[] {
  return list([...containers, ...initContainers]).map((fault) => ({
    ...{ part: 'containers', fault, value: '', whatToDo: 'name the containers that pull it' },
  }));
}

export function numberedRepository(value: string, { woodpeckerRepositoryIds: ids }: Estate): string[] {
  return value in ids ? [] : ['has no Woodpecker repository id'];
}

export function cacheName(value: string, { pullThroughCaches }: Estate): string[] {
  return pullThroughCaches.some(({ name }) => name === value) ? [] : ['is not a pull-through cache'];
}

export function vaultKey({ path, key }: VaultKey): WrongPart[] {
  const name = matches(/^(?![0-9a-f]{40}$)[a-z][a-z0-9_]{0,63}$/, 'is not a key of a KV secret');
  const below = 'write the path below the mount "secret", such as "infra"';
  return [
    ...vaultPath(path).map((fault) => ({ part: 'path', fault, value: path, whatToDo: below })),
    ...name(key).map((fault) => ({
      part: 'key',
      fault,
      // It may be the secret itself.
      value: key === '' ? '' : '…',
      whatToDo: 'write the key, never its value',
    })),
  ];
}
