/**
 * Why Forgejo 11 cannot parse an image's configuration, for which it answers a manifest with 500; undefined where it can.
 * It decodes a helm chart's as one and all others as an OCI image's, whatever their type.
 *
 * @see https://codeberg.org/forgejo/forgejo/src/tag/v11.0.0/modules/packages/container/metadata.go
 */
export function configFault(mediaType: string, text: string): string | undefined {
  const check = mediaType.toLowerCase() === 'application/vnd.cncf.helm.config.v1+json' ? chart : image;
  try {
    return check(firstValue(text), 'it');
  } catch {
    return `it is no JSON, got ${JSON.stringify(text.slice(0, 40))}`;
  }
}

/** What Go's decoder reads of a text: it looks at nothing behind its first value. */
function firstValue(text: string): unknown {
  if (/^[ \t\r\n]*null/u.test(text)) return null;
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (isQuoted && sign === '\\') at += 1;
    else if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && '{['.includes(sign)) depth += 1;
    else if (!isQuoted && '}]'.includes(sign) && (depth -= 1) === 0) return JSON.parse(text.slice(0, at + 1));
  }
  return JSON.parse(text);
}

/** What is wrong with a value, if anything is. */
type Check = (value: unknown, where: string) => string | undefined;

/** Go leaves a field that is null as it is. */
const is =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, where) =>
    value === null || holds(value) ? undefined : `${where} is no ${what}, got ${show(value)}`;
const show = (value: unknown): string => JSON.stringify(value).slice(0, 80);

const string = is('text', (value) => typeof value === 'string');
const boolean = is('true or false', (value) => typeof value === 'boolean');
const time = is('time as 2006-01-02T15:04:05Z', (value) => typeof value === 'string' && isTime(value));
const array = is('list', Array.isArray);
const object = is('object', (value) => typeof value === 'object' && !Array.isArray(value));

const listOf =
  (each: Check): Check =>
  (value, where) =>
    array(value, where) ?? firstFault(value, (entry, at) => each(entry, `${where}[${at}]`));
const mapOf =
  (each: Check): Check =>
  (value, where) =>
    object(value, where) ?? firstFault(value, (entry, key) => each(entry, `${where}[${show(key)}]`));
/** Go takes a key in any case, and leaves one that it does not know. */
const struct = (fields: Readonly<Record<string, Check>>): Check => {
  const checks = new Map(Object.entries(fields).map(([name, check]) => [name.toLowerCase(), check]));
  return (value, where) =>
    object(value, where) ??
    firstFault(value, (entry, key) =>
      checks.get(key.toLowerCase())?.(entry, where === 'it' ? key : `${where}.${key}`),
    );
};

function firstFault(
  value: unknown,
  fault: (entry: unknown, key: string) => string | undefined,
): string | undefined {
  for (const [key, entry] of Object.entries(value ?? {})) {
    const found = fault(entry, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** RFC 3339 as Go 1.26's time.Time takes it: an hour of one digit, a comma, and a zone 24:60 away. */
function isTime(text: string): boolean {
  const [, year, month, day] = goTime.exec(text) ?? [];
  if (year === undefined) return false;
  // Leap years come again after 400 years, and a year below 100 is one of the last century to Date.
  const date = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
const goTime =
  /^(\d{4})-(\d\d)-(\d\d)T(?:[01]?\d|2[0-3])(?::[0-5]\d){2}(?:[.,]\d+)?(?:Z|[+-](?:[01]\d|2[0-4]):(?:[0-5]\d|60))$/u;

const strings = listOf(string);
const set = mapOf(object);

/** `Image` of github.com/opencontainers/image-spec v1.1.1, specs-go/v1/config.go. */
const image = struct({
  created: time,
  author: string,
  architecture: string,
  os: string,
  'os.version': string,
  'os.features': strings,
  variant: string,
  config: struct({
    User: string,
    ExposedPorts: set,
    Env: strings,
    Entrypoint: strings,
    Cmd: strings,
    Volumes: set,
    WorkingDir: string,
    Labels: mapOf(string),
    StopSignal: string,
    ArgsEscaped: boolean,
  }),
  rootfs: struct({ type: string, diff_ids: strings }),
  history: listOf(
    struct({ created: time, created_by: string, author: string, comment: string, empty_layer: boolean }),
  ),
});

/** `Metadata` of Forgejo's modules/packages/container/helm. */
const chart = struct({
  name: string,
  home: string,
  sources: strings,
  version: string,
  description: string,
  keywords: strings,
  maintainers: listOf(struct({ name: string, email: string, url: string })),
  icon: string,
  apiVersion: string,
  condition: string,
  tags: string,
  appVersion: string,
  deprecated: boolean,
  annotations: mapOf(string),
  kubeVersion: string,
  type: string,
});
