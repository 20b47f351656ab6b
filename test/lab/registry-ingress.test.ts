import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startLab, type Lab } from '../../lab/runs/lab';
import { labEstate } from './lab-estate';
import { routeService } from './route-service';
import { applyObjects } from '../../lab/servers/apply-objects';
import { standInMiddlewares } from './surroundings';
import { estateAt } from '../support/estates';
import { describeLab } from './describe-lab';
import { stackObjects } from './stack-objects';
import { throughTraefik, type Answer, type PublicHost } from './through-traefik';

const estate = labEstate(estateAt('prepare'));
const { host, namespace } = estate.forgejo;
const MiB = 2 ** 20;

describeLab('the registry behind the stack’s Ingress and Middleware', () => {
  let lab: Lab<'forge' | 'kubernetes' | 'traefik'>;
  let registry: PublicHost;
  let authorization: string;
  beforeAll(async () => {
    lab = await startLab({ forge: { rootUrl: `https://${host}` }, kubernetes: true, traefik: true });
    const certificate = await lab.authority.issue({ name: 'forge', hosts: [host] });
    const objects = await stackObjects(estate, 'forgejo', {
      files: {
        'secrets/fullchain.pem': readFileSync(certificate.certFile, 'utf8'),
        'secrets/privkey.pem': readFileSync(certificate.keyFile, 'utf8'),
      },
    });
    const port = Number(new URL(lab.forge.url).port);
    await applyObjects(lab.kubernetes, [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'traefik' } },
      ...standInMiddlewares(objects),
      ...routeService(objects, { name: 'forgejo', namespace }, port),
    ]);

    const viktor = await lab.forge.createUser({ name: 'viktor' });
    const token = await lab.forge.createToken(viktor, ['write:package']);
    registry = throughTraefik(lab, host);
    authorization = await registry.login('viktor', token);
  }, 1_800_000);
  afterAll(() => lab.stop(), 60_000);

  it.each([
    { bytes: MiB / 2, chunked: false, status: 201 },
    { bytes: MiB / 2, chunked: true, status: 201 },
    { bytes: 2 * MiB, chunked: false, status: 413 },
    { bytes: 2 * MiB, chunked: true, status: 413 },
  ])('a body of $bytes bytes (chunked: $chunked) answers $status under a limit of 1m', async (row) => {
    const { bytes, chunked, status } = row;
    const question = { headers: { authorization }, chunked };
    expect(await registry.upload('viktor/pushed', randomBytes(bytes), question)).toBe(status);
  });

  it('an anonymous client is sent to the public host for its token', async () => {
    const answer = await registry.ask('GET', '/v2/');
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain(`realm="https://${host}/v2/token"`);
  });

  it('registry requests pass the registry’s chain of middlewares, pages the web’s', async () => {
    const marks = ({ headers }: Answer): readonly string[] =>
      Object.keys(headers)
        .filter((name) => name.startsWith('x-lab-'))
        .toSorted();
    const registryMarks = marks(await registry.ask('GET', '/v2/'));
    const pageMarks = marks(await registry.ask('GET', '/api/healthz'));
    expect(registryMarks).not.toContain('x-lab-rate-limit');
    expect(pageMarks).toContain('x-lab-rate-limit');
  });
});
