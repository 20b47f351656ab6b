import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VaultKv } from '../clients/vault/kv';
import type { Estate } from '../estate/estate';
import { Refused, together } from '../steps/refused';
import { httpUrl } from '../terminal/option-values';
import type { Terminal } from '../terminal/terminal';
import { wrongValue } from '../terminal/wrong-call';

type Environment = Terminal['environment'];

/** Variables by which a person shows who they are at Vault, as every `--help` prints them. */
export const vaultVariables = [
  ['VAULT_ADDR', "Vault's address (default: the estate's)"],
  ['VAULT_TOKEN', 'its token (default: what vault login keeps in ~/.vault-token)'],
  ['VAULT_NAMESPACE', 'in an edition that has namespaces'],
] as const;

export const administratorVariables = [
  ['FORGEJO_ADMIN_USER, FORGEJO_ADMIN_PASSWORD', 'a site administrator of Forgejo'],
  ['FORGEJO_ADMIN_OTP', 'its one-time password, if it has a second factor'],
] as const;

/** The estate's Vault, as the environment's person. @throws {@link Refused} */
export function vaultOf({ hosts }: Estate, environment: Environment, mount: string): VaultKv {
  const kept = given(environment['VAULT_TOKEN']) ?? keptToken(environment['HOME']);
  const [address, token, namespace] = together(
    () => vaultAddress(given(environment['VAULT_ADDR']) ?? hosts.vaultAddress),
    () => required('VAULT_TOKEN', kept, 'log in with vault, or export it'),
    () => sendable('VAULT_NAMESPACE', environment['VAULT_NAMESPACE']),
  );
  return new VaultKv({ address, token, mount, ...(namespace === undefined ? {} : { namespace }) });
}

function vaultAddress(text: string): string {
  try {
    return httpUrl(text);
  } catch (error) {
    throw new Refused([wrongValue('VAULT_ADDR', text, error instanceof Error ? error.message : '')]);
  }
}

/** The administrator of the environment. @throws {@link Refused} */
export function administratorOf(environment: Environment): {
  readonly user: string;
  readonly password: string;
  readonly oneTimePassword?: string;
} {
  const of = (name: string): string =>
    given(environment[name]) ??
    missing(name, 'export that of a site administrator (./registry bootstrap --through-pod needs none)');
  const [user, password, oneTimePassword] = together(
    () => of('FORGEJO_ADMIN_USER'),
    () => of('FORGEJO_ADMIN_PASSWORD'),
    () => sendable('FORGEJO_ADMIN_OTP', environment['FORGEJO_ADMIN_OTP']),
  );
  return { user, password, ...(oneTimePassword === undefined ? {} : { oneTimePassword }) };
}

/** What a header can carry. @throws {@link Refused} */
export function required(name: string, value: string | undefined, remedy: string): string {
  return sendable(name, value, remedy) ?? missing(name, remedy);
}

function missing(name: string, remedy: string): never {
  throw new Refused([`${name}: is not set, got none; ${remedy}`]);
}

function sendable(name: string, text: string | undefined, remedy = 'export it anew'): string | undefined {
  const value = given(text);
  if (value === undefined || /^[\x21-\x7e]+$/.test(value)) return value;
  throw new Refused([
    `${name}: cannot be sent, got blanks, line ends or letters beyond ASCII in it; ${remedy}`,
  ]);
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function keptToken(home = ''): string | undefined {
  try {
    return given(readFileSync(join(home, '.vault-token'), 'utf8').trim());
  } catch {
    return undefined;
  }
}
