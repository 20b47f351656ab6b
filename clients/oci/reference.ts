/** A name for an image, split as the distribution project's reference grammar splits it. */
export interface Reference {
  /** Registry host with its port when one is written, e.g. `registry.example:5050`. */
  readonly host: string;
  /** Path below the host, without tag or digest, e.g. `viktor/infra-ci`. */
  readonly repository: string;
  /** Absent when none is written; a container runtime then pulls `latest`. */
  readonly tag?: string;
  readonly digest?: string;
}

const dockerHub = 'docker.io';
/** What runtimes and their configurations also call it. */
const dockerHubAliases: ReadonlySet<string> = new Set([
  dockerHub,
  `index.${dockerHub}`,
  `registry-1.${dockerHub}`,
]);
const hostLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const hostPattern = new RegExp(`^(?:${hostLabel}(?:\\.${hostLabel})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?$`);
const pathComponentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestPattern = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;
const maxRepositoryLength = 255;

/**
 * Reads an image name as a container runtime reads it. A name without a host is Docker Hub's:
 * `nginx` is `docker.io/library/nginx`, as it is for kubelet and containerd. Throws when the text
 * is not a reference.
 *
 * @see https://github.com/distribution/reference/blob/main/reference.go
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf('@');
  const [name, digest] = at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
  if (name === '') throw refusal(text, 'the part before the digest is not a name');
  if (digest !== undefined && !isDigest(digest)) {
    throw refusal(text, `the digest is not sha256 or sha512 in lower-case hex, got "${digest}"`);
  }
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const tag = hasTag ? name.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) throw refusal(text, `the tag is malformed, got "${tag}"`);
  if (/^[a-f0-9]{64}$/.test(text)) throw refusal(text, 'it is the identifier of an image and no name');
  const { host, repository } = splitHost(hasTag ? name.slice(0, colon) : name);
  if (!hostPattern.test(host)) throw refusal(text, `the host is malformed, got "${host}"`);
  if (!isRepository(repository)) throw refusal(text, `the repository is malformed, got "${repository}"`);
  return {
    host,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Whether the text is a digest that a registry may be asked for, and not a tag. */
export function isDigest(text: string): boolean {
  return digestPattern.test(text);
}

/** Whether the text is a tag by the distribution specification. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** Whether the text is a repository name by the distribution specification. */
export function isRepository(text: string): boolean {
  return (
    text.length <= maxRepositoryLength &&
    text.split('/').every((component) => pathComponentPattern.test(component))
  );
}

function splitHost(name: string): { host: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const hasHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const repository = hasHost ? name.slice(slash + 1) : name;
  if (hasHost && canonicalHost(first) !== dockerHub) return { host: first, repository };
  return { host: dockerHub, repository: repository.includes('/') ? repository : `library/${repository}` };
}

/** Whether two spellings name one registry: case, a final dot, a default port and Docker Hub's aliases do not matter. */
export function isSameHost(a: string, b: string): boolean {
  return canonicalHost(a) === canonicalHost(b);
}

function canonicalHost(host: string): string {
  const bare = host
    .toLowerCase()
    .replace(/:(?:443|80)$/, '')
    .replace(/\.$/, '');
  return dockerHubAliases.has(bare) ? dockerHub : bare;
}

function refusal(text: string, wrong: string): Error {
  return new Error(`image reference "${text}": ${wrong}; write host/repository:tag@digest`);
}
