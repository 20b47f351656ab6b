import { ServerError, type ServerErrorKind } from '../../clients/http/errors';
import { Transport, type ServerRequest } from '../../clients/http/transport';
import type { Estate } from '../../estate/estate';
import type { Duty } from '../../estate/tokens';
import { findingOf, type Finding } from './finding';

/** Statuses of requests that change nothing, made with one token. */
export interface ObservedToken {
  readonly login: number;
  readonly list: number;
  /** Of the start of an upload, which is cancelled. */
  readonly upload: number;
  /** Of the deletion of what does not exist. */
  readonly deletion: number;
  /** Of what no scope of ours reaches, by the scope that would. */
  readonly others: Readonly<Record<string, number>>;
}

/** Reads that need another scope than those of packages; a token without it is answered 403 even where all may read. */
const otherScopes: Readonly<Record<string, string>> = {
  'read:user': '/api/v1/user',
  'read:repository': '/api/v1/repos/search?limit=1',
  'read:organization': '/api/v1/user/orgs?limit=1',
  'read:notification': '/api/v1/notifications?limit=1',
  'read:admin': '/api/v1/admin/users?limit=1',
};
const refusals: ReadonlySet<ServerErrorKind> = new Set(['unauthorized', 'denied', 'not-found']);
const absent = 'registry-preflight';

/** Asks Forgejo what a token may do. @throws ServerError when Forgejo does not answer */
export async function observeToken(
  url: string,
  { forgejo: { packages }, tokens }: Estate,
  duty: Duty,
  token: string,
): Promise<ObservedToken> {
  const basic = `Basic ${Buffer.from(`${tokens[duty].owner}:${token}`).toString('base64')}`;
  const transport = (authorization: string): Transport => new Transport({ server: 'Forgejo', authorization });
  const [asToken, asLogin] = [transport(`token ${token}`), transport(basic)];
  const status = async (by: Transport, method: 'GET' | 'DELETE', path: string): Promise<number> =>
    (await statusOf(by, { method, url: new URL(path, url), scope: '' })).status;
  const uploads = new URL(`/v2/${packages.owner}/${absent}/blobs/uploads/`, url);
  const upload = await statusOf(asLogin, { method: 'POST', url: uploads, scope: '' });
  if (typeof upload.location === 'string' && URL.canParse(upload.location, url)) {
    const { pathname, search } = new URL(upload.location, url);
    await status(asLogin, 'DELETE', `${pathname}${search}`);
  }
  const others = Object.entries(otherScopes).map(
    async ([scope, path]) => [scope, await status(asToken, 'GET', path)] as const,
  );
  return {
    login: await status(asLogin, 'GET', '/v2/token?service=container_registry'),
    list: await status(asToken, 'GET', `/api/v1/packages/${packages.owner}?type=container&limit=1`),
    upload: upload.status,
    deletion: await status(asToken, 'DELETE', `/api/v1/packages/${packages.owner}/container/${absent}/none`),
    others: Object.fromEntries(await Promise.all(others)),
  };
}

/** Whether each token can do its duty, and not more. @param shared duties that have the same value in Vault */
export function judgeToken(
  { forgejo: { packages }, tokens }: Estate,
  duty: Duty,
  { login, list, upload, deletion, others }: ObservedToken,
  shared: readonly Duty[],
): Finding {
  const { owner, vault } = tokens[duty];
  const writes = duty !== 'pull';
  const more = Object.entries(others).filter(([, status]) => status < 300);
  // Such an account may have to change its password first, which no other token helps against.
  const remedy =
    login === 200 && list === 403
      ? './registry bootstrap plan'
      : `./registry bootstrap apply --rotate ${duty}`;
  const faults = [
    ...(login === 200 ? [] : [`is no token of "${owner}" that works, got ${login}`]),
    ...(list === 200 ? [] : [`may not list the packages of "${packages.owner}", got ${list}`]),
    ...(writes && upload !== 202 ? [`may not push to "${packages.owner}", got ${upload}`] : []),
    ...(writes && deletion !== 404 ? [`may not delete of "${packages.owner}", got ${deletion}`] : []),
    ...(!writes && upload < 300 ? [`may push, got ${upload}`] : []),
    ...(!writes && deletion === 404 ? [`may delete, got ${deletion}`] : []),
    ...more.map(([scope, status]) => `reaches what "${scope}" guards, got ${status}`),
    ...shared.map((other) => `is the token of "${other}" too, got one value in two keys`),
  ];
  const finding = findingOf('token', `${duty} of ${owner}`);
  return faults.length === 0
    ? finding('well', writes ? 'may push and delete packages, no more' : 'may pull, no more')
    : finding(
        'fault',
        `in secret/${vault.path} ${vault.key}: ${(login === 200 ? faults : faults.slice(0, 1)).join(', ')}; ${remedy}`,
      );
}

async function statusOf(
  transport: Transport,
  request: ServerRequest,
): Promise<{ readonly status: number; readonly location?: string | null }> {
  try {
    return await transport.send(request, (response) => {
      response.body?.cancel();
      return Promise.resolve({ status: response.status, location: response.headers.get('location') });
    });
  } catch (error) {
    // A refusal of the token's; what is too busy, or led elsewhere, has not judged it.
    if (error instanceof ServerError && refusals.has(error.kind)) return { status: error.status ?? 401 };
    throw error;
  }
}
