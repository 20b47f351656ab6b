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
  const detail = error.message;
  switch (error.kind) {
    case 'not-found':
      return { kind: `missing-${object}`, detail };
    case 'digest-mismatch':
    case 'size-mismatch':
      return { kind: error.kind, detail };
    case 'too-large':
    case 'malformed':
    case 'unexpected':
      return { kind: 'unreadable', detail };
    case 'server-error':
    case 'timeout':
    case 'unreachable':
    case 'cut-short':
    case 'tls':
      await askRegistry(client);
      return { kind: 'unreadable', detail };
    case 'too-many-requests':
      throw new Interruption('registry-down', error);
    case 'unauthorized':
    case 'denied':
      await askRegistry(client);
      throw new RepositoryDenied(detail, { cause: error });
  }
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
  switch (error.kind) {
    case 'unauthorized':
    case 'denied':
      return new Interruption('authentication-failed', error);
    case 'not-found':
    case 'malformed':
    case 'too-large':
    case 'unexpected':
    case 'digest-mismatch':
    case 'size-mismatch':
      return new Interruption('not-a-registry', error);
    case 'server-error':
    case 'timeout':
    case 'unreachable':
    case 'cut-short':
    case 'tls':
    case 'too-many-requests':
      return new Interruption('registry-down', error);
  }
}
