import { mediaTypes } from '../../clients/oci/manifest';
import { sha256 } from './fake-registry';

/** Something that a manifest names, under the step that leads to it. */
interface Part {
  readonly step: string;
  readonly node: ContentNode;
}

export interface ContentNode {
  readonly kind: 'index' | 'image' | 'blob';
  readonly digest: string;
  readonly body: Buffer;
  readonly mediaType: string;
  readonly parts: readonly Part[];
}

export interface RandomRepository {
  readonly name: string;
  readonly tags: ReadonlyMap<string, ContentNode>;
}

/** A number from 0 up to 1, the same sequence for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

export interface RandomRegistryProps {
  readonly seed: number;
  readonly images: number;
  readonly repositories: number;
  /** An index may hold an index; Forgejo refuses that. @default true */
  readonly nested?: boolean;
}

/**
 * Images as a homelab has them: single ones and indexes with attestations, base layers shared within and across
 * repositories, several tags of one digest, nested paths.
 */
export function randomRegistry({
  seed,
  images,
  repositories,
  nested = true,
}: RandomRegistryProps): RandomRepository[] {
  const random = randomOf(seed);
  const bases = Array.from({ length: 5 }, (_, index) => blob(`base ${seed} ${index} ${'b'.repeat(200)}`));
  const shelves = Array.from({ length: repositories }, (_, index) => ({
    name: index % 3 === 0 ? `owner/nested/app-${index}` : `owner/app-${index}`,
    tags: new Map<string, ContentNode>(),
  }));
  for (let index = 0; index < images; index += 1) {
    const shelf = shelves[index % repositories];
    const image = randomNode(random, bases, `${seed}-${index}`, nested);
    shelf?.tags.set(`v${index}`, image);
    if (random() < 0.15) shelf?.tags.set(`v${index}-again`, image);
  }
  return shelves;
}

/** Every node below and including this one, children before parents: the order in which they can be pushed. */
export function nodesOf(node: ContentNode): ContentNode[] {
  return [...node.parts.flatMap((part) => nodesOf(part.node)), node];
}

/**
 * What a probe has to say when `damage` is done to the objects of that key (`repository digest` for what is kept
 * per repository, `digest` for bytes): one line per name and path, an object's own damage hiding what is below it.
 */
export function expectedFaults(
  registry: readonly RandomRepository[],
  damage: ReadonlyMap<string, string>,
): string[] {
  return registry
    .flatMap(({ name, tags }) =>
      [...tags].flatMap(([tag, node]) =>
        faultsBelow(name, node, damage).map((fault) => `${name}:${tag}${fault}`),
      ),
    )
    .sort();
}

function faultsBelow(repository: string, node: ContentNode, damage: ReadonlyMap<string, string>): string[] {
  const own = damage.get(`${repository} ${node.digest}`) ?? damage.get(node.digest);
  if (own !== undefined) return [`: ${own}`];
  return node.parts.flatMap(({ step, node: part }) =>
    faultsBelow(repository, part, damage).map((fault) => ` ${step}${fault}`),
  );
}

function randomNode(
  random: () => number,
  bases: readonly ContentNode[],
  name: string,
  nested: boolean,
): ContentNode {
  if (random() < 0.5) return image(random, bases, name);
  const children = Array.from({ length: 1 + below(random, 3) }, (_, index) =>
    image(random, bases, `${name}.${index}`),
  );
  if (nested && random() < 0.2) {
    return index([...children, index([image(random, bases, `${name}.inner`)])]);
  }
  return index([...children, attestation(name)]);
}

function image(random: () => number, bases: readonly ContentNode[], name: string): ContentNode {
  const base = bases[below(random, bases.length)] ?? blob('base');
  const own = Array.from({ length: 1 + below(random, 3) }, (_, index) =>
    blob(`layer ${name} ${index} ${'x'.repeat(below(random, 400))}`),
  );
  const docker = random() < 0.3;
  return manifest(docker ? mediaTypes.dockerImage : mediaTypes.image, config('amd64', name), [base, ...own]);
}

function attestation(name: string): ContentNode {
  return manifest(mediaTypes.image, config('unknown', name), [blob(`in-toto ${name}`)]);
}

/** An image's configuration, which Forgejo reads where Gitea does not. */
function config(architecture: string, name: string): ContentNode {
  const rootfs = { type: 'layers', diff_ids: [] };
  return blob(JSON.stringify({ architecture, os: 'linux', config: { Labels: { name } }, rootfs }));
}

function manifest(mediaType: string, config: ContentNode, layers: readonly ContentNode[]): ContentNode {
  const layerType =
    mediaType === mediaTypes.image
      ? 'application/vnd.oci.image.layer.v1.tar+gzip'
      : 'application/vnd.docker.image.rootfs.diff.tar.gzip';
  const configType =
    mediaType === mediaTypes.image
      ? 'application/vnd.oci.image.config.v1+json'
      : 'application/vnd.docker.container.image.v1+json';
  const descriptor = (node: ContentNode, type: string): object => ({
    mediaType: type,
    digest: node.digest,
    size: node.body.length,
  });
  return document(
    'image',
    mediaType,
    {
      config: descriptor(config, configType),
      layers: layers.map((layer) => descriptor(layer, layerType)),
    },
    [
      { step: 'config', node: config },
      ...layers.map((node, position) => ({ step: `layers[${position}]`, node })),
    ],
  );
}

function index(children: readonly ContentNode[]): ContentNode {
  const manifests = children.map(({ mediaType, digest, body }, position) => ({
    mediaType,
    digest,
    size: body.length,
    platform: { os: 'linux', architecture: position === 0 ? 'amd64' : 'arm64' },
  }));
  return document(
    'index',
    mediaTypes.index,
    { manifests },
    children.map((node, position) => ({ step: `manifests[${position}]`, node })),
  );
}

function document(
  kind: 'index' | 'image',
  mediaType: string,
  fields: object,
  parts: readonly Part[],
): ContentNode {
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }));
  return { kind, digest: sha256(body), body, mediaType, parts };
}

function blob(text: string): ContentNode {
  const body = Buffer.from(text);
  return { kind: 'blob', digest: sha256(body), body, mediaType: 'application/octet-stream', parts: [] };
}
