import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { Lab } from '../../lab/runs/lab';
import { parseChallenge } from '../../clients/http/challenge';
import type { ImageTarget } from '../support/push-image';
import { eventually } from './eventually';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Sends the body without saying how long it is. @default false */
  readonly chunked?: boolean;
}

export interface PublicHost {
  /** One request to the public host name, over the entry point that its DNS record leads to. */
  ask(method: string, path: string, question?: Question): Promise<Answer>;
  /** What a client's login comes to: the header that answers the registry's challenge to these credentials. */
  login(username: string, password: string): Promise<string>;
  /** Uploads a blob in one request; answers the status. */
  upload(repository: string, blob: Uint8Array, question: Question): Promise<number>;
  /** Takes an image from whoever is logged in. */
  target(authorization: string): ImageTarget;
}

/** A public host name of the lab, as clients outside reach it: through Traefik, trusting the lab's authority. */
export function throughTraefik(
  { traefik, authority }: Pick<Lab<'traefik'>, 'traefik' | 'authority'>,
  host: string,
): PublicHost {
  const ask: PublicHost['ask'] = (method, path, { headers = {}, body, chunked = false } = {}) =>
    new Promise((resolve, reject) => {
      const [address, port] = traefik.websecure.split(':');
      const length = body === undefined || chunked ? {} : { 'content-length': body.length };
      const outgoing = request({
        ...{ method, path, host: address, port, servername: host, ca: readFileSync(authority.caFile) },
        ...{ agent: false, headers: { host, ...length, ...headers } },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      });
      outgoing.end(body);
    });

  // Until Traefik has read the Ingress it answers 404, and until it has read the Secret, with a certificate of its own.
  const challenge = (): Promise<string> =>
    eventually(`the challenge of ${host}`, async () => {
      try {
        const { status, headers } = await ask('GET', '/v2/');
        return status === 404 ? undefined : String(headers['www-authenticate']);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'DEPTH_ZERO_SELF_SIGNED_CERT') return undefined;
        throw error;
      }
    });
  const login: PublicHost['login'] = async (username, password) => {
    const asked = parseChallenge(await challenge());
    if (asked?.scheme !== 'bearer') throw new Error(`${host} does not ask for a token`);
    const { realm, service = '', scope = '' } = asked;
    const { origin, pathname } = new URL(realm);
    if (origin !== `https://${host}`) throw new Error(`the realm of ${host} is elsewhere, got "${realm}"`);
    const query = new URLSearchParams({ service, scope });
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const { status, body } = await ask('GET', `${pathname}?${query.toString()}`, {
      headers: { authorization },
    });
    if (status !== 200) throw new Error(`${username} is not let in by ${host}: ${status} ${body}`);
    return `Bearer ${(JSON.parse(body) as { token: string }).token}`;
  };

  const upload: PublicHost['upload'] = async (repository, blob, question) => {
    const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(blob)}`;
    // A refused upload is answered and closed while it is still being sent, so its answer may be lost to the reset.
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await ask('POST', path, { ...question, body: blob })).status;
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (!['ECONNRESET', 'EPIPE'].includes(code) || attempt === 50) throw error;
      }
    }
  };
  const target: PublicHost['target'] = (authorization) => ({
    putBlob: async (repository, blob) => {
      const status = await upload(repository, blob, { headers: { authorization } });
      if (status !== 201) throw new Error(`${host} did not take a blob of ${repository}: ${status}`);
      return digestOf(blob);
    },
    putManifest: async (repository, reference, body, mediaType) => {
      const headers = { authorization, 'content-type': mediaType };
      const answer = await ask('PUT', `/v2/${repository}/manifests/${reference}`, { headers, body });
      if (answer.status !== 201)
        throw new Error(`${host} did not take ${repository}:${reference}: ${answer.body}`);
      return digestOf(body);
    },
  });
  return { ask, login, upload, target };
}

function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
