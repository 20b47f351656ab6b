import type { RegistryClient } from '../../clients/oci/client';
import { ServerError } from '../../clients/http/errors';
import { MediaTypeError } from '../../clients/oci/manifest';
import type { FaultKind } from './fault';

/** Why a walk had to stop, or leave a repository out: nothing that is said of an image. */
export class Interruption extends Error {
  constructor(
    readonly reason: 'registry-down' | 'authentication-failed' | 'not-a-registry' | 'interrupted',
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** The registry accepts these credentials, but not for this repository. */
export class RepositoryDenied extends Error {}

/**
 * Tells a broken image from a broken registry: what the failure to read one manifest or blob says of that object.
 * When it could be the registry's or the token's doing as well, the registry itself is asked; if it is,
 * an {@link Interruption} or {@link RepositoryDenied} is thrown.
 */
export async function diagnose(
  client: RegistryClient,
  error: unknown,
  object: 'manifest' | 'blob',
): Promise<{ kind: FaultKind; detail: string }> {
  if (error instanceof MediaTypeError) return { kind: 'bad-media-type', detail: error.message };
  if (!(error instanceof ServerError)) throw error;
  const { kind, message: detail } = error;
  if (kind === 'not-found') return { kind: `missing-${object}`, detail };
  if (kind === 'digest-mismatch' || kind === 'size-mismatch') return { kind, detail };
  if (kind === 'too-many-requests') throw new Interruption('registry-down', error);
  if (error.refused || isDown(error)) await askRegistry(client);
  if (error.refused) throw new RepositoryDenied(detail, { cause: error });
  return { kind: 'unreadable', detail };
}

/** Resolves when the registry answers and accepts the credentials; throws the {@link Interruption} otherwise. */
export async function askRegistry(client: RegistryClient): Promise<void> {
  try {
    await client.ping();
  } catch (error) {
    throw interruptionBy(error);
  }
}

/** What a failure of the registry as a whole is called, or of ours: that must not keep back what is known by then. */
export function interruptionBy(error: unknown, signal?: AbortSignal): Interruption {
  if (signal?.aborted === true) return new Interruption('interrupted', signal.reason);
  if (error instanceof Interruption) return error;
  if (!(error instanceof ServerError)) return new Interruption('interrupted', error);
  if (error.refused) return new Interruption('authentication-failed', error);
  return new Interruption(isDown(error) ? 'registry-down' : 'not-a-registry', error);
}

function isDown({ kind, temporary }: ServerError): boolean {
  return temporary || kind === 'tls';
}
