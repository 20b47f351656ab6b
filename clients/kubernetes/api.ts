import { ServerError } from '../http/errors';
import { askJson } from '../http/json-request';
import { Transport, type TransportProps } from '../http/transport';

export interface KubernetesApiProps extends Omit<TransportProps, 'credentials' | 'authorization'> {
  /** `https://kubernetes.default.svc` inside a pod; its authority comes from NODE_EXTRA_CA_CERTS. */
  readonly url: string;
  /** The token of the pod's ServiceAccount. */
  readonly token?: string;
  /** Objects asked for at a time. @default 100 */
  readonly pageSize?: number;
}

/** An object as far as every kind has it. */
export interface KubernetesObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [part: string]: unknown;
}

/** An object is 1.5 MiB at most (etcd's limit), so a page of one always fits. */
const LIMITS = { maxBytes: 4 * 1024 * 1024, maxValues: 200_000 };
const MAX_PAGES = 10_000;
const ATTEMPTS = 3;
const GONE = 410;

export class KubernetesApi {
  readonly #transport: Transport;
  readonly #url: string;
  readonly #pageSize: number;

  constructor({ url, token, pageSize, ...transport }: KubernetesApiProps) {
    this.#url = url;
    this.#pageSize = pageSize ?? 100;
    this.#transport = new Transport({
      server: 'Kubernetes API',
      ...transport,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    });
  }

  /**
   * Hands every object below a path such as `/apis/apps/v1/deployments` to `each`, page by page. A list that grew too old
   * to be continued (410) starts again, so an object may be handed over twice, and none is left out.
   *
   * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
   */
  async list(path: string, each: (object: KubernetesObject) => void): Promise<void> {
    let pageSize = this.#pageSize;
    for (let attempt = 1; ;) {
      try {
        await this.#pages(path, pageSize, each);
        return;
      } catch (error) {
        if (!(error instanceof ServerError)) throw error;
        if (error.kind === 'too-large' && pageSize > 1) pageSize = Math.ceil(pageSize / 4);
        else if (error.status === GONE && attempt < ATTEMPTS) attempt++;
        else throw error;
      }
    }
  }

  async #pages(path: string, pageSize: number, each: (object: KubernetesObject) => void): Promise<void> {
    const seen = new Set<string>();
    for (let next: string | undefined = ''; next !== undefined;) {
      const url = new URL(path, this.#url);
      url.searchParams.set('limit', String(pageSize));
      if (next !== '') url.searchParams.set('continue', next);
      if (seen.has(next) || seen.size === MAX_PAGES) {
        const detail = `the list does not end, got ${seen.size} pages; check that this address is a Kubernetes API`;
        throw new ServerError({ method: 'GET', url, kind: 'malformed', detail });
      }
      seen.add(next);
      next = await this.#page(url, each);
    }
  }

  async #page(url: URL, each: (object: KubernetesObject) => void): Promise<string | undefined> {
    const asked = { method: 'GET', url, headers: { accept: 'application/json' } } as const;
    const page = (await askJson(this.#transport, asked, LIMITS)) as
      | { items?: unknown; metadata?: { continue?: unknown; remainingItemCount?: unknown } | null }
      | null
      | undefined;
    const next = page?.metadata?.continue ?? '';
    const left = page?.metadata?.remainingItemCount ?? 0;
    // Go writes null for a list without items.
    const items = page?.items === null ? [] : page?.items;
    // One that tells of more and not where it is was cut by what stands between.
    const isCut = typeof next !== 'string' || (next === '' && left !== 0);
    if (!Array.isArray(items) || !items.every(isObject) || isCut) {
      const detail = isCut
        ? 'the list tells of more objects and not where they are; look at what stands before the API server'
        : 'the answer is not a list of objects; check that this address is a Kubernetes API';
      throw new ServerError({ method: 'GET', url, kind: 'malformed', detail });
    }
    items.forEach(each);
    return next === '' ? undefined : next;
  }
}

function isObject(item: unknown): item is KubernetesObject {
  const { name, namespace } =
    (item as { metadata?: { name?: unknown; namespace?: unknown } | null } | null)?.metadata ?? {};
  return typeof name === 'string' && ['string', 'undefined'].includes(typeof namespace);
}
