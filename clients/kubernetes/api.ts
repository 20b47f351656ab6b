import { RegistryError } from '../http/errors';
import { parseJson, readLimited } from '../http/response';
import { Transport, type RegistryRequest, type TransportProps } from '../http/transport';

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

const MAX_PAGE_BYTES = 64 * 1024 * 1024;
const ATTEMPTS = 3;
const GONE = 410;

/** Lists objects of the whole cluster through its API. */
export class KubernetesApi {
  readonly #transport: Transport;
  readonly #url: string;
  readonly #pageSize: number;

  constructor({ url, token, pageSize, ...transport }: KubernetesApiProps) {
    this.#url = url;
    this.#pageSize = pageSize ?? 100;
    this.#transport = new Transport({
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
    for (let attempt = 1; ; attempt++) {
      try {
        for (let next: string | undefined = ''; next !== undefined;)
          next = await this.#page(path, next, each);
        return;
      } catch (error) {
        if (!(error instanceof RegistryError && error.status === GONE) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #page(
    path: string,
    from: string,
    each: (object: KubernetesObject) => void,
  ): Promise<string | undefined> {
    const url = new URL(path, this.#url);
    url.searchParams.set('limit', String(this.#pageSize));
    if (from !== '') url.searchParams.set('continue', from);
    const request: RegistryRequest = {
      method: 'GET',
      url,
      scope: '',
      headers: { accept: 'application/json' },
    };
    return this.#transport.send(request, async (response) => {
      const { items, metadata } = parseJson(
        await readLimited(response, request, MAX_PAGE_BYTES),
        request,
      ) as {
        items?: unknown;
        metadata?: { continue?: unknown };
      };
      if (!Array.isArray(items) || !items.every(isObject)) {
        const detail = 'the answer is not a list of objects; check that this address is a Kubernetes API';
        throw new RegistryError({ method: 'GET', url, kind: 'malformed', detail });
      }
      items.forEach(each);
      return typeof metadata?.continue === 'string' && metadata.continue !== ''
        ? metadata.continue
        : undefined;
    });
  }
}

function isObject(item: unknown): item is KubernetesObject {
  return typeof (item as { metadata?: { name?: unknown } } | null)?.metadata?.name === 'string';
}
