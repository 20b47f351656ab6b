import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

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
}

export interface KubeAnswer {
  readonly status: number;
  /** The parsed JSON, or the text when it is none. */
  readonly body: unknown;
}

/** One request to the Kubernetes API. Resolves whatever the status is. */
export async function kubeRequest(access: KubeAccess, props: KubeRequest): Promise<KubeAnswer> {
  const { method = 'GET', path, body, contentType = 'application/json' } = props;
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const request = httpsRequest(new URL(path, access.url), {
    ...{ method, ca: readFileSync(access.caFile), agent: false, timeout: 30_000 },
    ...('certFile' in access && { cert: readFileSync(access.certFile), key: readFileSync(access.keyFile) }),
    headers: {
      accept: 'application/json',
      ...('token' in access && { authorization: `Bearer ${access.token}` }),
      ...(payload === undefined ? {} : { 'content-type': contentType }),
    },
  });
  request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
  request.end(payload);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: parsed(await text(response)) };
}

function parsed(answer: string): unknown {
  try {
    return JSON.parse(answer) as unknown;
  } catch {
    return answer;
  }
}
