import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { askFrontDoor, type FrontDoorAnswer } from '../../credentials/preflight/front-doors';
import { createCertificateAuthority } from '../../lab/process/certificate-authority';

const folder = mkdtempSync(join(tmpdir(), 'doors-'));
let tls: { readonly key: string; readonly cert: string; readonly ca: string };
let server: Server | undefined;
beforeAll(async () => {
  const authority = await createCertificateAuthority(folder);
  const { certFile, keyFile } = await authority.issue({ name: 'forge', hosts: ['forge.test'] });
  const [key = '', cert = '', ca = ''] = [keyFile, certFile, authority.caFile].map((file) =>
    readFileSync(file, 'utf8'),
  );
  tls = { key, cert, ca };
});
afterEach(() => {
  server?.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const challenge = 'Bearer realm="https://forge.test/v2/token"';
test.each<[string, string, FrontDoorAnswer | string]>([
  [
    'a registry',
    `HTTP/1.1 401 Unauthorized\r\nwww-authenticate: ${challenge}\r\ncontent-length: 0\r\n\r\n`,
    { status: 401, challenge },
  ],
  ['a body without end', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nx', { status: 200, challenge: '' }],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'HPE_INVALID_CONSTANT'],
  ['nothing', '', 'ECONNRESET'],
  [
    'a change of protocol',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'no answer',
  ],
])('whoever answers with %s has answered', async (_, bytes, answer) => {
  const started = createServer(tls, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes));
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const { port } = started.address() as AddressInfo;
  expect(await askFrontDoor({ dials: 'forge.test', address: '127.0.0.1', port, ca: tls.ca })).toEqual(answer);
});
