import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { ForgeUser } from '../../lab/servers/forge-administration';

/** A person before the forge's own pages, where second factors are taken: its API has no way to. */
export class SecondFactor {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  private constructor(url: string) {
    this.#url = url;
  }

  static async logIn(url: string, { name, password }: ForgeUser): Promise<SecondFactor> {
    const person = new SecondFactor(url);
    await person.#send('/user/login');
    await person.#send('/user/login', new URLSearchParams({ user_name: name, password }));
    // Forgejo's token against forged requests is another from here on.
    await person.#send('/user/settings/security');
    return person;
  }

  /** Takes an authenticator's one-time passwords; answers what tells the present one. */
  async takeOneTimePasswords(): Promise<() => string> {
    const path = '/user/settings/security/two_factor/enroll';
    const [, secret = ''] = /secret: *(?:<[^>]*>)*([A-Z2-7]{16,})/.exec(await this.#send(path)) ?? [];
    await this.#send(path, new URLSearchParams({ passcode: oneTimePassword(secret) }));
    return () => oneTimePassword(secret);
  }

  /** Takes a security key, whose making it attests with nothing. */
  async takeSecurityKey(): Promise<void> {
    const path = '/user/settings/security/webauthn';
    const asked = await this.#send(`${path}/request_register`, new URLSearchParams({ name: 'a key' }));
    const { challenge, rp } = (JSON.parse(asked) as { publicKey: { challenge: string; rp: { id: string } } })
      .publicKey;
    const client = { type: 'webauthn.create', challenge, origin: this.#url };
    const id = randomBytes(16);
    const credential = {
      ...{ id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key' },
      response: {
        attestationObject: attestation(rp.id, id).toString('base64url'),
        clientDataJSON: Buffer.from(JSON.stringify(client)).toString('base64url'),
      },
    };
    await this.#send(`${path}/register`, JSON.stringify(credential));
  }

  async #send(path: string, body?: URLSearchParams | string): Promise<string> {
    const csrf = this.#cookies.get('_csrf') ?? '';
    if (body instanceof URLSearchParams) body.set('_csrf', decodeURIComponent(csrf));
    const response = await fetch(`${this.#url}${path}`, {
      ...{ method: body === undefined ? 'GET' : 'POST', redirect: 'manual', body: body ?? null },
      headers: {
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
        'x-csrf-token': decodeURIComponent(csrf),
      },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    const text = await response.text();
    if (response.status < 400) return text;
    throw new Error(`forge: ${path} answered ${response.status}: ${text.slice(0, 300)}`);
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc6238 */
function oneTimePassword(secret: string): string {
  const bits = Array.from(secret, (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const key = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const number = digest.readUInt32BE((digest.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** CBOR, as far as a key of P-256 needs it. @see https://www.w3.org/TR/webauthn-2/#sctn-none-attestation */
function attestation(relyingParty: string, id: Buffer): Buffer {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const point = [x, y].map((part, at) => [
    Buffer.from([0x21 + at, 0x58, 32]),
    Buffer.from(part ?? '', 'base64url'),
  ]);
  const data = Buffer.concat([
    createHash('sha256').update(relyingParty).digest(),
    // user present and verified, with a credential; a counter; no model
    ...[Buffer.from([0x45, 0, 0, 0, 0]), Buffer.alloc(16), Buffer.from([0, id.length]), id],
    // a key of ES256 on P-256
    ...[Buffer.from([0xa5, 1, 2, 3, 0x26, 0x20, 1]), ...point.flat()],
  ]);
  const text = (value: string): Buffer =>
    Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
  return Buffer.concat([
    ...[Buffer.from([0xa3]), text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0])],
    ...[text('authData'), Buffer.from([0x58, data.length]), data],
  ]);
}
