import { ServerError } from '../http/errors';
import { askJson } from '../http/json-request';
import { Transport, type TransportProps } from '../http/transport';

export interface KubernetesLoginProps extends Omit<TransportProps, 'credentials' | 'authorization'> {
  /** Scheme, host and port, as in `VAULT_ADDR`. */
  readonly address: string;
  /** Where the authentication method is mounted, e.g. `kubernetes`. */
  readonly mount: string;
  readonly role: string;
  /** The token of the pod's ServiceAccount. */
  readonly jwt: string;
}

const LIMITS = { maxBytes: 64 * 1024, maxValues: 1_000 };

/**
 * Logs in to Vault as the pod's ServiceAccount; answers the client token.
 *
 * @throws ServerError, whose message says what to do about the role where Vault refuses it
 * @see https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#login
 */
export async function kubernetesLogin(props: KubernetesLoginProps): Promise<string> {
  const { address, mount, role, jwt, ...transport } = props;
  const at = { method: 'POST', url: new URL(`/v1/auth/${mount}/login`, address) } as const;
  const headers = { 'x-vault-request': 'true', 'content-type': 'application/json' };
  const asked = { ...at, headers, json: { role, jwt }, secrets: [jwt] };
  try {
    const answer = await askJson(new Transport({ ...transport, server: 'Vault' }), asked, LIMITS);
    const token = (answer as LoginAnswer | null | undefined)?.auth?.client_token;
    if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  } catch (cause) {
    if (!(cause instanceof ServerError) || cause.status === undefined) throw cause;
    const { kind, status } = cause;
    throw new ServerError({ ...at, kind, status, detail: whyNot(status, role), cause });
  }
  const detail = 'the login brings no token; check that this address is Vault';
  throw new ServerError({ ...at, kind: 'malformed', detail });
}

interface LoginAnswer {
  readonly auth?: { readonly client_token?: unknown } | null;
}

function whyNot(status: number, role: string): string {
  if (status === 503) return 'Vault is sealed or not initialized, got 503; vault operator unseal';
  if (status === 400 || status === 403)
    return `role "${role}" is not there or refuses this ServiceAccount, got ${status}; apply the stack that declares the role, or correct the namespaces and names that it is bound to`;
  if (status === 404)
    return 'nothing is mounted there, got 404; correct the mount of Kubernetes authentication';
  return `the login failed, got ${status}; look at the log of Vault`;
}
