import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveBeside } from './measure';

/** What a synthetic registry pretends to hold; nothing of it is kept in memory. */
export interface SyntheticRegistryProps {
  /** Number of tags by repository; the repositories are `r0`, `r1`, …. */
  readonly tags: readonly number[];
  readonly latencyMs: number;
}

const blobBytes = 1000;
const pageSize = 1000;
const imageType = 'application/vnd.oci.image.manifest.v1+json';
const base = descriptor('base');

serveBeside((props: SyntheticRegistryProps) => (request, response) => {
  if (props.latencyMs === 0) answer(props, request, response);
  else setTimeout(answer, props.latencyMs, props, request, response);
});

function answer({ tags }: SyntheticRegistryProps, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://synthetic');
  const [, , name = '', noun, reference = ''] = url.pathname.split('/');
  const repository = Number(name.slice(1));
  if (url.pathname === '/v2/_catalog') {
    const names = tags.map((_, index) => `r${index}`);
    const after = Number(url.searchParams.get('last')?.slice(1) ?? -1) + 1;
    if (after + pageSize < names.length) {
      response.setHeader('link', `</v2/_catalog?n=${pageSize}&last=r${after + pageSize - 1}>; rel="next"`);
    }
    response.end(JSON.stringify({ repositories: names.slice(after, after + pageSize) }));
  } else if (noun === 'tags') {
    const names = Array.from({ length: tags[repository] ?? 0 }, (_, index) => `t${index}`);
    response.end(JSON.stringify({ name, tags: names }));
  } else if (noun === 'manifests') {
    const config = descriptor(`config ${name} ${reference}`);
    const layers = [base, descriptor(`layer ${name} ${reference}`)];
    const body = JSON.stringify({ schemaVersion: 2, mediaType: imageType, config, layers });
    response.writeHead(200, { 'content-type': imageType, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  } else if (noun === 'blobs') {
    blob(request, response);
  } else {
    response.writeHead(request.method === 'PUT' ? 202 : 200).end();
  }
}

/** Whole or in part, as registry:2 answers it; a part is what tells the probe that a blob is there. */
function blob({ method, headers }: IncomingMessage, response: ServerResponse): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  const [from, to] = [Number(first ?? 0), Math.min(Number(last ?? blobBytes - 1), blobBytes - 1)];
  const body = method === 'HEAD' ? '' : ' '.repeat(Math.max(to - from + 1, 0));
  const range = { 'content-range': `bytes ${from}-${to}/${blobBytes}` };
  if (first === undefined) response.writeHead(200, { 'content-length': blobBytes }).end(body);
  else if (from > to) response.writeHead(416, { 'content-range': `bytes */${blobBytes}` }).end();
  else response.writeHead(206, { 'content-length': body.length, ...range }).end(body);
}

function descriptor(text: string): object {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: blobBytes };
}
