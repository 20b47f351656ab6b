import { parseImageReference } from '../image-reference';
import { quantityBytes } from '../derived/quantity';
import type { VaultKey } from '../tokens';

/** What is wrong with one value, in words; nothing when it is well formed. */
export type Check<T> = (value: T) => string[];

/** One message for each thing that is wrong with the value of a field. */
export function check<T extends string | number>(
  where: string,
  value: T,
  isWrong: Check<T>,
  whatToDo: string,
): string[] {
  return isWrong(value).map((fault) => `${where}: ${fault}, got "${value}"; ${whatToDo}`);
}

const matches =
  (pattern: RegExp, fault: string): Check<string> =>
  (value) =>
    pattern.test(value) ? [] : [fault];

const within =
  (isGood: (value: number) => boolean, fault: string): Check<number> =>
  (value) =>
    isGood(value) ? [] : [fault];

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
export const ipv4: Check<string> = matches(
  new RegExp(`^${octet}(?:\\.${octet}){3}$`),
  'is not an IPv4 address',
);
export const ipv4WithPort: Check<string> = (value) => {
  const [address = '', port = '', ...more] = value.split(':');
  return ipv4(address).length === 0 && portNumber(Number(port)).length === 0 && more.length === 0
    ? []
    : ['is not an IPv4 address and a port'];
};
export const url: Check<string> = matches(
  /^https?:\/\/[a-z0-9.-]+(:\d+)?(\/\S*)?$/,
  'is not an http or https URL',
);
export const objectName: Check<string> = matches(
  /^[a-z0-9]([a-z0-9-]{0,251}[a-z0-9])?$/,
  'is not a Kubernetes object name',
);
export const version: Check<string> = matches(/^\d+\.\d+\.\d+$/, 'is not a full version');
export const date: Check<string> = matches(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'is not a date');
export const sentence: Check<string> = matches(/\S+\s+\S+/, 'is not a reason');
export const treePath: Check<string> = matches(
  /^stacks(\/[a-z0-9][a-z0-9_-]*)+$/,
  'is not a folder below stacks/',
);
export const treeFolder: Check<string> = matches(
  /^(?!\.\.?(\/|$))[\w.-]+(\/(?!\.\.?(\/|$))[\w.-]+)*$/,
  'is not a folder below the root of the tree',
);
export const vaultPath: Check<string> = matches(
  /^[a-z0-9][a-z0-9_/-]*[a-z0-9]$/,
  'is not a path of a KV secret',
);
const vaultKey: Check<string> = matches(/^[a-z][a-z0-9_]{0,63}$/, 'is not a key of a KV secret');
/** As Vault's policies take it: a glob at the end, `+` for one segment. */
export const vaultRulePath: Check<string> = matches(
  /^[a-z0-9][\w+*-]*(\/[\w+*-]+)+\*?$/,
  'is not the path of a rule',
);
export const vaultName: Check<string> = matches(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'is not a name in Vault');
export const ciSecretName: Check<string> = matches(/^(?!\.+$)[\w.-]{1,255}$/, 'is not the name of a secret');
export const ciEvent: Check<string> = matches(
  /^(push|pull_request(_closed|_metadata)?|tag|release|deployment|cron|manual)$/,
  'is not an event',
);
/** With or without a registry and a tag, as engines take it. */
export const stepImage: Check<string> = matches(
  /^[a-z0-9][\w.-]*(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
  'is not an image',
);
export const branchName: Check<string> = matches(/^\w[\w./-]*$/, 'is not the name of a branch');
export const pinnedAction: Check<string> = matches(
  /^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/,
  'is not an action at a commit',
);
export const githubSecret: Check<string> = matches(
  /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/,
  "is not the name of one of GitHub's secrets",
);
export const runnerLabel: Check<string> = matches(/^[\w.-]+$/, 'is not the label of a runner');
export const hubRepository: Check<string> = matches(
  /^[a-z0-9]+\/[a-z0-9]+([._-]+[a-z0-9]+)*$/,
  'is no owner and name',
);
export const keyFingerprint: Check<string> = matches(
  /^[0-9A-F]{40}$/,
  'is not the full fingerprint of a key',
);
export const absolutePath: Check<string> = matches(
  /^(\/(?!\.\.?(\/|$))[^/\s]+)+\/?$/,
  'is not an absolute path',
);
export const bodySize: Check<string> = matches(/^[1-9]\d*[kmgKMG]?$/, 'is not a number with k, m or g');
const cronField = '(?:\\*|\\d{1,2}(?:-\\d{1,2})?)(?:/\\d{1,2})?(?:,\\d{1,2}(?:-\\d{1,2})?)*';
export const cron: Check<string> = matches(
  new RegExp(`^${cronField}( ${cronField}){4}$`),
  'is not a cron schedule of five fields',
);
export const quantity: Check<string> = (value) =>
  quantityBytes(value) > 0 ? [] : ['is not a quantity above zero'];
export const seconds: Check<number> = within(
  (value) => Number.isInteger(value) && value >= 0,
  'is not a number of whole seconds',
);
export const portNumber: Check<number> = within(
  (value) => Number.isInteger(value) && value >= 1 && value <= 65535,
  'is not a port',
);
export const count: Check<number> = within(
  (value) => Number.isInteger(value) && value >= 1,
  'is not a whole number from 1 up',
);
export const share: Check<number> = within(
  (value) => value > 0 && value <= 1,
  'is not a share between 0 and 1',
);
export const percent: Check<number> = within((value) => value > 0 && value <= 100, 'is not a percentage');
export const freePercent: Check<number> = within(
  (value) => value >= 1 && value <= 50,
  'is not a share of free space between 1 and 50 %',
);

export const imageReference: Check<string> = (value) => {
  try {
    parseImageReference(value);
    return [];
  } catch {
    return ['is not a full image reference'];
  }
};

export const timeZone: Check<string> = (value) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return [];
  } catch {
    return ['is not an IANA time zone'];
  }
};

export function vaultKeyFaults(where: string, { path, key }: VaultKey): string[] {
  return [
    ...check(`${where}.path`, path, vaultPath, 'write the path below the mount "secret", such as "infra"'),
    ...check(`${where}.key`, key, vaultKey, 'write the key, never its value'),
  ];
}
