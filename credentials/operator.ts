import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VaultKv } from '../clients/vault/kv';
import type { Estate } from '../estate/estate';
import { Refused } from '../steps/refused';
import type { Terminal } from '../terminal/terminal';

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
  const address = given(environment['VAULT_ADDR']) ?? hosts.vaultAddress;
  const token = given(environment['VAULT_TOKEN']) ?? keptToken(environment['HOME']);
  const faults = [
    ...(URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)
      ? []
      : [`VAULT_ADDR: is no URL, got "${address}"; write one, such as ${hosts.vaultAddress}`]),
    ...(token !== undefined && /^[\x21-\x7e]+$/.test(token)
      ? []
      : [
          `VAULT_TOKEN: ${token === undefined ? 'is not set, got none' : 'is no token, got blanks or line ends in it'}; log in with vault, or export it`,
        ]),
  ];
  if (faults.length > 0 || token === undefined) throw new Refused(faults);
  const namespace = given(environment['VAULT_NAMESPACE']);
  return new VaultKv({ address, token, mount, ...(namespace === undefined ? {} : { namespace }) });
}

/** The administrator of the environment. @throws {@link Refused} */
export function administratorOf(environment: Environment): {
  readonly user: string;
  readonly password: string;
  readonly oneTimePassword?: string;
} {
  const [user, password, oneTimePassword] = ['USER', 'PASSWORD', 'OTP'].map((name) =>
    given(environment[`FORGEJO_ADMIN_${name}`]),
  );
  if (user === undefined || password === undefined)
    throw new Refused([
      `FORGEJO_ADMIN_${user === undefined ? 'USER' : 'PASSWORD'}: is not set, got none; export both of a site administrator, or use --through-pod, which needs neither`,
    ]);
  return { user, password, ...(oneTimePassword === undefined ? {} : { oneTimePassword }) };
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
