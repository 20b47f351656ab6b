import { request } from 'node:https';
import { parseChallenge } from '../../clients/http/challenge';
import { frontDoorData } from '../../estate/derived/name-resolution';
import { pullPathsOf } from '../../estate/derived/pull-paths';
import type { Estate } from '../../estate/estate';
import type { ClientClass } from '../../estate/pull-paths';
import { findingOf, type Finding } from './finding';

/** What a client connects to, and whom it expects there. */
export interface FrontDoorQuestion {
  /** `host` or `host:port`: the name that is dialled, and asked for. */
  readonly dials: string;
  /** Undefined where only pods get to. */
  readonly address: string | undefined;
  readonly realm: string | undefined;
  readonly clients: readonly ClientClass[];
}

export interface FrontDoorAnswer {
  readonly status: number;
  readonly challenge: string;
}

/** Every door of a present pull path, each once. */
export function frontDoorQuestions(estate: Estate): readonly FrontDoorQuestion[] {
  const questions = new Map<string, FrontDoorQuestion>();
  for (const { client, dials, frontDoor, realm, isPresent } of pullPathsOf(estate)) {
    if (!isPresent) continue;
    const key = `${frontDoor} ${dials}`;
    const data = frontDoorData(estate, frontDoor);
    questions.set(key, {
      ...{ dials, realm, address: data !== undefined && /^[\d.]+$/.test(data) ? data : undefined },
      clients: [...new Set([...(questions.get(key)?.clients ?? []), client])],
    });
  }
  return [...questions.values()];
}

export interface AskFrontDoorProps {
  readonly dials: string;
  readonly address: string;
  /** @default that of what is dialled */
  readonly port?: number;
  /** Authorities that are trusted. @default Node's own, and NODE_EXTRA_CA_CERTS */
  readonly ca?: string;
}

/** Asks for `/v2/` by name at an address, its certificate verified; resolves to why there is no answer as text. */
export function askFrontDoor({
  dials,
  address,
  port,
  ca,
}: AskFrontDoorProps): Promise<FrontDoorAnswer | string> {
  const { hostname, port: own } = new URL(`https://${dials}`);
  return new Promise((resolve) => {
    const asked = request({
      ...{
        host: address,
        port: port ?? (own === '' ? 443 : Number(own)),
        servername: hostname,
        path: '/v2/',
      },
      ...{ headers: { host: dials }, agent: false, signal: AbortSignal.timeout(10_000) },
      ...(ca === undefined ? {} : { ca }),
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? 'no answer');
    });
    // Of an answer that is none, such as a change of protocol, Node tells this alone.
    asked.on('close', () => {
      resolve('no answer');
    });
    asked.on('response', (response) => {
      response.destroy();
      const challenge = response.headers['www-authenticate'] ?? '';
      resolve({ status: response.statusCode ?? 0, challenge });
    });
    asked.end();
  });
}

export function judgeFrontDoor(
  { dials, address, realm, clients }: FrontDoorQuestion,
  answer: FrontDoorAnswer | string | undefined,
): Finding {
  const finding = findingOf('front door', `${dials} at ${address ?? 'the cluster'}`);
  const of = clients.join(', ');
  if (answer === undefined) return finding('elsewhere', `only ${of} can ask it`);
  if (typeof answer === 'string')
    return /^(ABORT_ERR|E(TIMEDOUT|HOSTUNREACH|NETUNREACH|CONNREFUSED))$/.test(answer)
      ? finding('unasked', `does not answer here, got ${answer}; ask from a machine of that network`)
      : finding('fault', `is not that host's, got ${answer}; look at its certificate and who answers there`);
  const { status, challenge } = answer;
  if (status !== 401)
    return finding('fault', `is no registry that asks for a login, got ${status}; look at its ingress`);
  const asked = parseChallenge(challenge);
  const got = asked?.scheme === 'bearer' && URL.canParse(asked.realm) ? new URL(asked.realm).host : undefined;
  return realm === undefined || got === realm
    ? finding('well', `asks ${of} for a login${realm === undefined ? '' : ` of ${realm}`}`)
    : finding(
        'fault',
        `sends ${of} to another token service, got "${got ?? 'none'}", expected "${realm}"; correct Forgejo's ROOT_URL`,
      );
}
