import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { evaluateStack, referencedSecrets } from '../../lab/evaluate-stack';
import { startLab, type Lab } from '../../lab/lab';
import { labEstate } from '../../lab/lab-estate';
import { routeService } from '../../lab/route-service';
import { applyObjects, standInMiddlewares } from '../../lab/surroundings';
import { manifestsOf } from '../../manifests/stack-manifests';
import { estateAt } from '../support/estates';
import { synthesized } from '../support/synthesized';
import { describeLab } from './describe-lab';

const estate = labEstate(estateAt('prepare'));
const { host, namespace } = estate.forgejo;
const MiB = 2 ** 20;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

describeLab('the registry behind the stack’s Ingress and Middleware', () => {
  let lab: Lab<'forge' | 'kubernetes' | 'traefik'>;
  let authorization: string;
  beforeAll(async () => {
    lab = await startLab({ forge: { rootUrl: `https://${host}` }, kubernetes: true, traefik: true });
    const certificate = await lab.authority.issue({ name: 'forge', hosts: [host] });
    const json = synthesized(estate).get('forgejo')?.json ?? {};
    const evaluated = await evaluateStack(json, {
      variables: { tls_secret_name: 'tls-secret', public_ip: '', public_ipv6: '', cloudflare_zone_id: '' },
      vault: referencedSecrets(json),
      files: {
        'secrets/fullchain.pem': readFileSync(certificate.certFile, 'utf8'),
        'secrets/privkey.pem': readFileSync(certificate.keyFile, 'utf8'),
      },
    });
    const objects = manifestsOf(evaluated).map(({ object }) => object);
    const port = Number(new URL(lab.forge.url).port);
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'traefik' } },
      ...standInMiddlewares(objects),
      ...routeService(objects, { name: 'forgejo', namespace }, port),
    ]);

    const viktor = await lab.forge.createUser({ name: 'viktor' });
    const token = await lab.forge.createToken(viktor, ['write:package']);
    const basic = `Basic ${Buffer.from(`viktor:${token}`).toString('base64')}`;
    const login = async (): Promise<Answer | undefined> => {
      try {
        const answer = await ask('GET', '/v2/token', { headers: { authorization: basic } });
        return answer.status === 404 ? undefined : answer;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'DEPTH_ZERO_SELF_SIGNED_CERT') return undefined;
        throw error;
      }
    };
    // Until Traefik has read the Ingress it answers 404, and until it has read the Secret, with a certificate of its own.
    let answer = await login();
    for (let attempt = 0; answer === undefined && attempt < 300; attempt += 1) {
      await setTimeout(200);
      answer = await login();
    }
    if (answer === undefined)
      throw new Error('Traefik has not read the Ingress and its certificate in a minute');
    authorization = `Bearer ${(JSON.parse(answer.body) as { token: string }).token}`;
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  /** One request to the public host name, over the entry point that its DNS record leads to. */
  const ask = async (
    method: string,
    path: string,
    { headers = {}, body, chunked = false }: { headers?: object; body?: Buffer; chunked?: boolean } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const [address, port] = lab.traefik.websecure.split(':');
      const length = body === undefined || chunked ? {} : { 'content-length': body.length };
      const outgoing = request({
        ...{ method, path, host: address, port, servername: host, ca: readFileSync(lab.authority.caFile) },
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

  const push = (bytes: number, chunked: boolean): Promise<Answer> => {
    const body = randomBytes(bytes);
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const path = `/v2/viktor/pushed/blobs/uploads/?digest=${digest}`;
    return answered(() => ask('POST', path, { headers: { authorization }, body, chunked }));
  };

  /** A refused upload is answered and closed while it is still being sent, so its answer may be lost to the reset. */
  const answered = async (send: () => Promise<Answer>): Promise<Answer> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (!['ECONNRESET', 'EPIPE'].includes(code) || attempt === 50) throw error;
      }
    }
  };

  it.each([
    { bytes: MiB / 2, chunked: false, status: 201 },
    { bytes: MiB / 2, chunked: true, status: 201 },
    { bytes: 2 * MiB, chunked: false, status: 413 },
    { bytes: 2 * MiB, chunked: true, status: 413 },
  ])('a body of $bytes bytes (chunked: $chunked) answers $status under a limit of 1m', async (row) => {
    expect((await push(row.bytes, row.chunked)).status).toBe(row.status);
  });

  it('an anonymous client is sent to the public host for its token', async () => {
    const answer = await ask('GET', '/v2/');
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain(`realm="https://${host}/v2/token"`);
  });

  it('registry requests pass the registry’s chain of middlewares, pages the web’s', async () => {
    const marks = ({ headers }: Answer): readonly string[] =>
      Object.keys(headers)
        .filter((name) => name.startsWith('x-lab-'))
        .toSorted();
    const registry = marks(await ask('GET', '/v2/'));
    const page = marks(await ask('GET', '/api/healthz'));
    expect(registry).not.toContain('x-lab-rate-limit');
    expect(page).toContain('x-lab-rate-limit');
  });
});
