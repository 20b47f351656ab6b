import { ServerError, unlessNotFound } from '../http/errors';
import { askJson } from '../http/json-request';
import { Transport, type ServerRequest, type TransportProps } from '../http/transport';
import { malformed } from './secrets';

type Method = ServerRequest['method'];

export interface WoodpeckerRepositoriesProps extends Omit<TransportProps, 'credentials' | 'authorization'> {
  readonly url: string;
  /** A personal access token of somebody who administers the repositories at the forge. */
  readonly token: string;
}

export interface WoodpeckerRepository {
  readonly id: number;
  /** The user or organization that it is of, by number and name. */
  readonly org_id: number;
  readonly owner: string;
  readonly forge_remote_id: string;
  readonly active: boolean;
  readonly allow_deploy: boolean;
}

export interface WoodpeckerBuild {
  readonly number: number;
  readonly commit: string;
  /** pending, running, blocked, success, failure, error, killed, declined, skipped … */
  readonly status: string;
}

/**
 * The repositories that a Woodpecker builds.
 *
 * @see https://woodpecker-ci.org/api
 */
export class WoodpeckerRepositories {
  readonly #transport: Transport;
  /** A build that is asked for twice runs twice, and two builds have two digests under one tag. */
  readonly #once: Transport;
  readonly #url: string;

  constructor({ url, token, ...transport }: WoodpeckerRepositoriesProps) {
    this.#url = url;
    const props = { server: 'Woodpecker', ...transport, authorization: `Bearer ${token}` };
    this.#transport = new Transport(props);
    this.#once = new Transport({ ...props, retries: 0 });
  }

  /** By `owner/name` at the forge; undefined where it is not known. One that was switched off is known, and not active. */
  async find(fullName: string): Promise<WoodpeckerRepository | undefined> {
    const path = `/repos/lookup/${fullName.split('/').map(encodeURIComponent).join('/')}`;
    return unlessNotFound(this.#repository(path));
  }

  get(id: number): Promise<WoodpeckerRepository> {
    return this.#repository(`/repos/${id}`);
  }

  /** Begins to build it, and hooks it up at the forge. One that is active already is answered 409, and is active. */
  async activate(forgeRemoteId: string): Promise<void> {
    const query = new URLSearchParams({ forge_remote_id: forgeRemoteId });
    try {
      await this.#ask('POST', `/repos?${query.toString()}`);
    } catch (error) {
      if (!(error instanceof ServerError) || error.status !== 409) throw error;
    }
  }

  async allowDeployments(id: number): Promise<void> {
    await this.#ask('PATCH', `/repos/${id}`, { allow_deploy: true });
  }

  /** The newest builds of a branch, the newest first: one page of them. */
  async builds(id: number, branch: string): Promise<readonly WoodpeckerBuild[]> {
    const path = `/repos/${id}/pipelines?${new URLSearchParams({ branch }).toString()}`;
    const rows = (await this.#ask('GET', path)) ?? [];
    if (!Array.isArray(rows)) throw malformed('GET', this.#at(path), 'the list of pipelines is none');
    return rows.map((row: unknown) => {
      const { number, commit, status } = (row ?? {}) as Partial<WoodpeckerBuild>;
      if (typeof number === 'number' && typeof commit === 'string' && typeof status === 'string')
        return { number, commit, status };
      throw malformed('GET', this.#at(path), 'a pipeline has no number, commit or status');
    });
  }

  async build(id: number, branch: string): Promise<void> {
    const path = `/repos/${id}/pipelines`;
    const made = (await this.#ask('POST', path, { branch }, this.#once)) as { number?: unknown } | undefined;
    if (typeof made?.number !== 'number')
      throw new Error(
        `woodpecker: nothing of the branch ${branch} was started, got no pipeline; the repository's page there shows a failed one if its files could not be read from the forge, and else none of them is for a start by hand`,
      );
  }

  async #repository(path: string): Promise<WoodpeckerRepository> {
    const told = ((await this.#ask('GET', path)) ?? {}) as Readonly<Record<string, unknown>>;
    const { id, forge_remote_id: remote, active } = told;
    const wrong = 'the answer is no repository with id, forge_remote_id and active';
    if (!Number.isSafeInteger(id) || typeof remote !== 'string' || typeof active !== 'boolean')
      throw malformed('GET', this.#at(path), wrong);
    return {
      ...{ id: id as number, forge_remote_id: remote, active },
      // Servers leave out of an answer what the token's user may not see.
      org_id: Number.isSafeInteger(told['org_id']) ? Number(told['org_id']) : 0,
      owner: typeof told['owner'] === 'string' ? told['owner'] : '',
      allow_deploy: told['allow_deploy'] === true,
    };
  }

  #ask(method: Method, path: string, body?: object, transport = this.#transport): Promise<unknown> {
    return askJson(transport, { method, url: this.#at(path), json: body });
  }

  #at(path: string): URL {
    return new URL(`/api${path}`, this.#url);
  }
}
