import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';

/** Where an answer may send who asked: nobody's host, itself, round in circles, or nowhere. */
const TARGETS = ['stranger', 'itself', 'own-path', 'insecure', 'nowhere'] as const;
type Target = (typeof TARGETS)[number];

/** How a server may answer one request, in place of what it would have answered. */
export type HostileAnswer =
  | { readonly kind: 'status'; readonly status: number; readonly body: string; readonly retryAfter?: string }
  | { readonly kind: 'raw'; readonly bytes: string }
  /** Before it does what it was asked, or after that; by the end of its stream, or by a reset. */
  | { readonly kind: 'hang-up'; readonly done: boolean; readonly reset: boolean }
  /** Its own answer up to a part of the body. */
  | { readonly kind: 'cut'; readonly part: number; readonly then: 'end' | 'reset' | 'silence' | 'drip' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'endless'; readonly status: number }
  | { readonly kind: 'redirect'; readonly status: number; readonly to: Target }
  | { readonly kind: 'challenge'; readonly header: string }
  | { readonly kind: 'document'; readonly value: unknown; readonly type: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  /** Its own document with something else in one place, counted through it. */
  | { readonly kind: 'lie'; readonly place: number; readonly value: unknown };

/** What a server says of itself, its neighbours and the request in these texts. */
export interface Surroundings {
  readonly own: string;
  readonly stranger: string;
}

const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\nretention: viktor/app:v9 deleted\r\u202e\u2028\u0085';
const TEXTS = [
  '',
  ESCAPES,
  'x'.repeat(5_000),
  '../../etc',
  'v 2',
  'Viktor/App',
  '%00',
  '\ud800',
  '__proto__',
];
const VALUES: readonly unknown[] = [
  ...TEXTS,
  ...[null, true, 0, -1, 1e15, 9e15, 1e300, 0.5, [], {}, [null], [[]], [{}], [ESCAPES]],
  ...[
    { toString: 1, valueOf: 1 },
    { length: 1e9 },
    { name: ESCAPES },
    JSON.parse('{"__proto__":{"ok":1}}') as unknown,
  ],
  nested(40),
];
const DOCUMENTS: readonly unknown[] = [
  ...VALUES,
  ...['repositories', 'tags', 'items', 'errors', 'manifests', 'layers', 'token', 'metadata'].flatMap(
    (field) => [null, 5, {}, [null], [5], [{}], [ESCAPES], 'x'].map((value) => ({ [field]: value })),
  ),
  { items: [], metadata: { continue: 'again' } },
  { items: [{ metadata: { name: 'x', namespace: { toString: 1 } } }], metadata: { continue: {} } },
  { errors: [{ code: ESCAPES, message: 'x'.repeat(15_000) }] },
  { token: ESCAPES },
  { token: 'x', expires_in: { valueOf: 1, toString: 1 } },
  { token: '', access_token: 'y', expires_in: -1e9 },
  'no JSON',
];
const BYTES: readonly string[] = [
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(20),
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nx',
  'HTTP/1.1 401 No\r\nwww-authenticate: Basic\r\ncontent-length: 1000\r\n\r\nx',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n',
  'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08',
  `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`,
  'HTTP/1.1 999 \x1b[2J\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nlocation: \x07\r\ncontent-length: 2\r\n\r\n{}',
  'HTTP/2.0 200\r\n\r\n',
  'SSH-2.0-OpenSSH_9.2\r\n',
  '\0\0\0',
  '{"repositories":["a"]}',
];
const CHALLENGES: readonly string[] = [
  ...[
    'STRANGER/token',
    '/token',
    '',
    'http://[bad',
    'http://user:pass@STRANGER_HOST/t',
    'ftp://x/',
    '//x',
  ].map((realm) => `Bearer realm="${realm}",service="x",scope="repository:a/b:pull,push,delete"`),
  ...['Basic', 'Basic realm="x"', 'Bearer', 'Negotiate', 'Bearer realm', 'a'.repeat(12_000), '"\\', ',,,,=,'],
  'Basic realm="x", Bearer realm="STRANGER/token"',
];
const HEADERS: readonly (readonly [string, string])[] = [
  ...[
    '</v2/_catalog?n=1000>; rel="next"',
    '<?p=1>; rel=next',
    '<STRANGER/v2/_catalog>; rel="next"',
    '<http://x//STRANGER_HOST/v2/_catalog>; rel="next"',
    '<http://[bad>; rel="next"',
    '<>; rel="next"',
    '</a>; rel="nextpage", </b>; title="; rel=next"; rel="last"',
  ].map((value) => ['link', value] as const),
  ...['1e15', '-1', 'x', '', '0', '49999', '3'].map((value) => ['x-total-count', value] as const),
  ...['text/html', '', 'application/json; charset="', 'application/vnd.oci.image.index.v1+json'].map(
    (value) => ['content-type', value] as const,
  ),
  ...[`sha256:${'0'.repeat(64)}`, 'sha512:x', 'md5:1', ''].map(
    (value) => ['docker-content-digest', value] as const,
  ),
  ...['bytes 0-0/9e15', 'bytes */x', 'x'].map((value) => ['content-range', value] as const),
  ['content-encoding', 'gzip'],
  ['location', 'STRANGER/v2/upload'],
  ['location', 'http://x//STRANGER_HOST/v2/upload'],
  ['location', 'http://[bad'],
];

/** Every kind of answer, the ones that let a run get deeper more often. */
export const hostileAnswer: fc.Arbitrary<HostileAnswer> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.oneof(
      fc.constantFrom(200, 204, 206, 304, 400, 401, 403, 404, 408, 410, 416, 418, 429, 500, 502, 503),
      fc.integer({ min: 200, max: 999 }),
    ),
    body: fc.constantFrom(...DOCUMENTS).map((value) => JSON.stringify(value)),
    retryAfter: fc.constantFrom('0', '1', '86400', '-5', 'x'),
  }),
  fc.record({ kind: fc.constant('raw' as const), bytes: fc.constantFrom(...BYTES) }),
  fc.record({ kind: fc.constant('hang-up' as const), done: fc.boolean(), reset: fc.boolean() }),
  fc.record({
    kind: fc.constant('cut' as const),
    part: fc.constantFrom(0, 0.5, 0.9),
    then: fc.constantFrom('end' as const, 'reset' as const, 'silence' as const, 'drip' as const),
  }),
  fc.constant({ kind: 'silence' as const }),
  fc.record({ kind: fc.constant('endless' as const), status: fc.constantFrom(200, 401, 500) }),
  fc.record({
    kind: fc.constant('redirect' as const),
    status: fc.constantFrom(301, 302, 303, 307, 308),
    to: fc.constantFrom(...TARGETS),
  }),
  fc.record({ kind: fc.constant('challenge' as const), header: fc.constantFrom(...CHALLENGES) }),
  fc.record({
    kind: fc.constant('document' as const),
    value: fc.constantFrom(...DOCUMENTS),
    type: fc.constantFrom('application/json', 'text/html', 'text/plain'),
  }),
  fc.constantFrom(...HEADERS).map(([name, value]) => ({ kind: 'header' as const, name, value })),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('lie' as const),
      place: fc.nat(200),
      value: fc.constantFrom(...VALUES),
    }),
  },
);

/** Whether the server did what it was asked all the same. */
export function isDone(answer: HostileAnswer): boolean {
  return ['cut', 'header', 'lie'].includes(answer.kind) || (answer.kind === 'hang-up' && answer.done);
}

/** Answers a request; true when the server itself is to do nothing. */
export function answer(
  hostile: HostileAnswer,
  request: IncomingMessage,
  response: ServerResponse,
  { own, stranger }: Surroundings,
): boolean {
  const { socket } = request;
  const filled = (text: string): string =>
    text.replace(/STRANGER_HOST/g, new URL(stranger).host).replace(/STRANGER/g, stranger);
  switch (hostile.kind) {
    case 'status':
      response.writeHead(hostile.status, { 'retry-after': hostile.retryAfter ?? '0' }).end(hostile.body);
      return true;
    case 'raw':
      socket.write(Buffer.from(hostile.bytes, 'latin1'));
      return true;
    case 'silence':
      return true;
    case 'endless':
      response.writeHead(hostile.status);
      repeat(response, 'x'.repeat(16_384));
      return true;
    case 'redirect': {
      const location = {
        stranger: `${stranger}${request.url ?? '/'}`,
        itself: request.url ?? '/',
        'own-path': `${own}/moved${request.url ?? '/'}`,
        insecure: 'file:///etc/passwd',
        nowhere: 'http://[bad',
      }[hostile.to];
      response.writeHead(hostile.status, { location }).end();
      return true;
    }
    case 'challenge':
      response.writeHead(401, { 'www-authenticate': filled(hostile.header) }).end('{}');
      return true;
    case 'document':
      response.writeHead(200, { 'content-type': hostile.type });
      response.end(JSON.stringify(hostile.value));
      return true;
    case 'hang-up': {
      const hangUp = (): void => {
        if (hostile.reset) socket.resetAndDestroy();
        else socket.end();
      };
      if (hostile.done) instead(response, hangUp);
      else hangUp();
      return !hostile.done;
    }
    case 'cut':
      instead(response, (status, headers, body) => {
        response.writeHead(status, { ...headers, 'content-length': Math.max(body.length, 1) });
        response.write(body.subarray(0, Math.floor(body.length * hostile.part)));
        if (hostile.then === 'end') socket.end();
        else if (hostile.then === 'reset') setImmediate(() => socket.resetAndDestroy());
        else if (hostile.then === 'drip') repeat(response, ' ', 40);
      });
      return false;
    case 'header':
      instead(response, (status, headers, body) => {
        response.writeHead(status, { ...headers, [hostile.name]: filled(hostile.value) }).end(body);
      });
      return false;
    case 'lie':
      instead(response, (status, headers, body) => {
        const { 'content-length': _length, ...rest } = headers;
        response.writeHead(status, rest).end(request.method === 'HEAD' ? '' : lied(body, hostile));
      });
      return false;
  }
}

type Send = (status: number, headers: Record<string, string | number>, body: Buffer) => void;

/** Lets the server do its work, and takes its answer out of its hands. */
function instead(response: ServerResponse, send: Send): void {
  let status = 200;
  let headers: Record<string, string | number> = {};
  const writeHead = response.writeHead.bind(response);
  const end = response.end.bind(response);
  response.writeHead = ((code: number, more: typeof headers = {}) => {
    status = code;
    headers = more;
    return response;
  }) as typeof writeHead;
  response.end = ((body: string | Buffer = '') => {
    const own = response.getHeaders() as Record<string, string>;
    for (const name of Object.keys(own)) response.removeHeader(name);
    Object.assign(response, { writeHead, end });
    send(status, { ...own, ...headers }, Buffer.from(body));
    return response;
  }) as typeof end;
}

/** Until its connection is gone, or nobody could tell it from without end. */
function repeat(response: ServerResponse, text: string, times = 2_000): void {
  let left = times;
  const timer = setInterval(() => {
    if ((left -= 1) === 0 || response.destroyed || response.writableNeedDrain) clearInterval(timer);
    else response.write(text);
  }, 5);
  response.once('close', () => {
    clearInterval(timer);
  });
}

function lied(body: Buffer, { place, value }: Extract<HostileAnswer, { kind: 'lie' }>): string {
  let document: unknown;
  try {
    document = JSON.parse(body.toString());
  } catch {
    return JSON.stringify(value);
  }
  const places: (() => void)[] = [];
  const walk = (parent: Record<string, unknown>): void => {
    for (const [key, part] of Object.entries(parent)) {
      places.push(() => (parent[key] = value));
      if (typeof part === 'object' && part !== null) walk(part as Record<string, unknown>);
    }
  };
  const root = { document };
  walk(root);
  places[place % places.length]?.();
  return JSON.stringify(root.document);
}

function nested(depth: number): unknown {
  return depth === 0 ? [] : [nested(depth - 1)];
}
