import { Transport, type TransportProps } from '../http/transport';

export interface ForgejoApiProps extends Omit<TransportProps, 'credentials' | 'authorization'> {
  /** Scheme, host and port, e.g. `http://forgejo.forgejo.svc.cluster.local`. */
  readonly url: string;
  /** The user or organization whose packages these are. */
  readonly owner: string;
  /** A personal access token with `write:package`: the owner's own, or a member's whose team may write packages. */
  readonly token: string;
}

/** Forgejo's package API, for one owner's container packages. */
export class ForgejoApi {
  readonly owner: string;
  readonly transport: Transport;
  readonly #url: string;

  constructor({ url, owner, token, ...transport }: ForgejoApiProps) {
    this.owner = owner;
    this.#url = url;
    this.transport = new Transport({ server: 'Forgejo', ...transport, authorization: `token ${token}` });
  }

  /** The owner's packages, or what a path below them names; each part is escaped, since names may contain slashes. */
  packages(...parts: readonly string[]): URL {
    return new URL(
      ['/api/v1/packages', this.owner, ...parts.map((part) => encodeURIComponent(part))].join('/'),
      this.#url,
    );
  }
}
