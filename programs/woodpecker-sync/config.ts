import { type Fields, host, listOf, matching, optional, origin, parseFields, whole } from '../fields';

/**
 * What the sync is told: flat JSON, written by the construct and read back by the program. No secret is in it: its
 * ServiceAccount is what logs in to Vault, and Vault holds the token for Woodpecker.
 */
export interface WoodpeckerSyncConfig {
  /** Where the job reaches the active Vault: scheme, host and port. */
  readonly vaultUrl: string;
  readonly vaultAuthMount: string;
  readonly vaultRole: string;
  readonly vaultMount: string;
  readonly woodpeckerUrl: string;
  /** Value of the `instance` label: the name by which people reach this Woodpecker. */
  readonly instance: string;
  /** Path and key of an administrator's API token, which is never synced. */
  readonly apiTokenPath: string;
  readonly apiTokenKey: string;
  /** Every key here becomes a global secret of its name. */
  readonly globalPath: string;
  /** Looked through for secrets that hide a global one. */
  readonly repositories: readonly SyncedRepository[];
  /** The events of pipelines that receive a secret. */
  readonly events: readonly string[];
  /** What is otherwise for single secrets. */
  readonly filters: readonly SecretFilter[];
  readonly pushgatewayUrl: string;
  /** A run that takes longer ends itself; under the CronJob's own deadline, so that it can still say so. */
  readonly deadlineSeconds: number;
}

export interface SyncedRepository {
  readonly name: string;
  /** The number by which Woodpecker addresses it. */
  readonly id: number;
  /** Every key here becomes a secret of the repository. @default none is written */
  readonly path?: string;
}

export interface SecretFilter {
  readonly secret: string;
  /** @default those of all */
  readonly events?: readonly string[];
  /** Plugins of these images alone receive it. @default every step may */
  readonly images?: readonly string[];
}

/** Reads a configuration written by the construct; throws with everything that is wrong with it. */
export function parseConfig(text: string): WoodpeckerSyncConfig {
  return parseFields('woodpecker sync configuration', text, FIELDS);
}

/** What Woodpecker takes in a URL: a name of dots alone would lead elsewhere. */
export function isSecretName(name: string): boolean {
  return /^(?!\.+$)[\w.-]{1,255}$/.test(name);
}

const path = matching('a path below the mount', /^[\w-]+(\/[\w-]+)*$/);
const event = matching(
  'an event of Woodpecker',
  /^(push|pull_request(_closed|_metadata)?|tag|release|deployment|cron|manual)$/,
);
/** As Woodpecker judges the images of a secret. */
const image = matching('an image', /^([\w.-]+(:\d+)?\/)?([\w.-][\w./-]*\/)?[\w-]+(:[\w-]+)?$/);

const FIELDS: Fields<WoodpeckerSyncConfig> = {
  vaultUrl: origin,
  vaultAuthMount: path,
  vaultRole: matching('the name of a role', /^[\w-]+$/),
  vaultMount: path,
  woodpeckerUrl: origin,
  instance: host,
  apiTokenPath: path,
  apiTokenKey: matching('a key', /^[\w.-]+$/),
  globalPath: path,
  repositories: listOf('{ name, id, path? }', { is: isRepository }),
  events: listOf('events of Woodpecker', event, 1),
  filters: listOf('{ secret, events?, images? }', { is: isFilter }),
  pushgatewayUrl: origin,
  deadlineSeconds: whole(1, 86_400),
};

function isRepository(item: unknown): boolean {
  const { name, id, path: from, ...rest } = (item ?? {}) as Partial<SyncedRepository>;
  return (
    typeof name === 'string' &&
    name !== '' &&
    whole(1, Number.MAX_SAFE_INTEGER).is(id) &&
    optional(path).is(from) &&
    Object.keys(rest).length === 0
  );
}

function isFilter(item: unknown): boolean {
  const { secret, events, images, ...rest } = (item ?? {}) as Partial<SecretFilter>;
  return (
    typeof secret === 'string' &&
    isSecretName(secret) &&
    optional(listOf('events', event, 1)).is(events) &&
    optional(listOf('images', image)).is(images) &&
    Object.keys(rest).length === 0
  );
}
