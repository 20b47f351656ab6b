/** An image reference as the OCI distribution specification spells it: `host[:port]/path[:tag][@digest]`. */
export interface ImageReference {
  /** Lower case: a DNS name, `localhost` or an IPv4 address, with its port where there is one. */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const hostPattern =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::(\d{1,5}))?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;
const maxRepositoryLength = 255;

/**
 * Reads a reference, strictly: a bare name means a different registry to every client and policy (incident 2026-06-14).
 * @throws Error with the text received and what to write instead
 */
export function parseImageReference(text: string): ImageReference {
  const [name = '', digest, ...moreDigests] = text.split('@');
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  if (!isHost(first)) throw refuseShortName(text, name);
  const rest = name.slice(slash + 1);
  const colon = rest.indexOf(':');
  const repository = colon === -1 ? rest : rest.slice(0, colon);
  const tag = colon === -1 ? undefined : rest.slice(colon + 1);

  const faults = [
    ...hostFaults(first),
    ...repositoryFaults(repository),
    ...(tag === undefined ? [] : tagFaults(tag)),
    ...(digest === undefined ? [] : digestFaults(digest)),
    ...(moreDigests.length > 0 ? ['has more than one "@"'] : []),
  ];
  if (faults.length > 0) throw new Error(`image reference: ${faults.join(', ')}, got "${text}"`);
  return {
    host: first,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The one spelling of a reference; `parseImageReference` reads it back unchanged. */
export function formatImageReference({ host, repository, tag, digest }: ImageReference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** What is wrong with a registry host (`host[:port]`), in words; empty when nothing is. */
export function hostFaults(host: string): string[] {
  const match = hostPattern.exec(host);
  if (match === null)
    return [`host "${host}" is not a lower-case DNS name or IPv4 address with an optional port`];
  const port = match[1];
  return port !== undefined && (Number(port) < 1 || Number(port) > 65535)
    ? [`port "${port}" is not between 1 and 65535`]
    : [];
}

/** What is wrong with a repository path (`owner/name`), in words; empty when nothing is. */
export function repositoryFaults(repository: string): string[] {
  if (repository.length > maxRepositoryLength)
    return [`repository is ${repository.length} characters long, ${maxRepositoryLength} are allowed`];
  return repository
    .split('/')
    .filter((component) => !componentPattern.test(component))
    .map(
      (component) =>
        `path component "${component}" is not lower-case letters and digits joined by ".", "_", "__" or "-"`,
    );
}

/** What is wrong with a tag, in words; empty when nothing is. */
export function tagFaults(tag: string): string[] {
  return tagPattern.test(tag) ? [] : [`tag "${tag}" is not 1 to 128 of letters, digits, "_", "." and "-"`];
}

/** Whether a tag names one build: a commit (7 to 40 hex digits) or a version of three numbers. */
export function isFullVersion(tag: string): boolean {
  return /^[0-9a-f]{7,40}$/.test(tag) || /^v?\d+\.\d+\.\d+([-+].+)?$/.test(tag);
}

/** What is wrong with a digest, in words; empty when nothing is. Forgejo stores sha256 alone. */
export function digestFaults(digest: string): string[] {
  return digestPattern.test(digest)
    ? []
    : [`digest "${digest}" is not "sha256:" and 64 lower-case hex digits`];
}

function isHost(text: string): boolean {
  return text === 'localhost' || text.includes('.') || text.includes(':');
}

function refuseShortName(text: string, name: string): Error {
  const full = name.includes('/') ? `docker.io/${text}` : `docker.io/library/${text}`;
  return new Error(
    `image reference: names no registry, got "${text}"; write "${full}" if Docker Hub is meant`,
  );
}
