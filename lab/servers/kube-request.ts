import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';

/** Where an API server is, whom it trusts and who asks: by a bearer token or a client certificate. */
export type KubeAccess = { readonly url: string; readonly caFile: string } & (
  { readonly token: string } | { readonly certFile: string; readonly keyFile: string }
);

export interface KubeRequest {
  /** @default GET */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** @default application/json */
  readonly contentType?: string;
  /** The bearer token of another identity. @default the access's */
  readonly token?: string;
}

export interface KubeAnswer {
  readonly status: number;
  /** The parsed JSON, or the text when it is none. */
  readonly body: unknown;
  /** What the server warned of, such as unknown fields or violated Pod Security levels. */
  readonly warnings: readonly string[];
}

/** One request to the Kubernetes API. Resolves whatever the status is. */
export async function kubeRequest(access: KubeAccess, props: KubeRequest): Promise<KubeAnswer> {
  const { method = 'GET', path, body, contentType = 'application/json' } = props;
  const token = props.token ?? ('token' in access ? access.token : undefined);
  const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(new URL(path, access.url), {
      method,
      ca: readFileSync(access.caFile),
      ...('token' in access || token !== undefined
        ? {}
        : { cert: readFileSync(access.certFile), key: readFileSync(access.keyFile) }),
      agent: false,
      timeout: 30_000,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        accept: 'application/json',
        ...(payload === undefined
          ? {}
          : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
      },
    });
    request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        const warning = response.headers.warning;
        resolve({
          status: response.statusCode ?? 0,
          body: parsed(text),
          warnings: warning === undefined ? [] : warning.split(/, (?=299 )/),
        });
      });
    });
    request.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
