import { randomBytes } from 'node:crypto';
import { existing, type Whereabouts } from './existing';
import { startLoopbackServer } from './loopback-server';
import { findTool } from '../programs/find-tool';
import type { LabContext } from '../process/lab-context';

/** A Vault, or OpenBao, which has the same API in all that is used here. */
export interface Vault {
  readonly url: string;
  /** A token that may write policies and roles. */
  readonly token: string;
  /** Where its KV engine of version 2 is mounted: `secret`, as in the homelab, where the lab has started it. */
  readonly mount: string;
  readonly kubernetesAuth: string;
  /** One API request, with the administrator's token unless another is given. */
  request(request: VaultRequest): Promise<VaultAnswer>;
}

export interface VaultRequest {
  /** @default GET */
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/v1/`. */
  readonly path: string;
  readonly body?: object;
  /** @default application/json */
  readonly contentType?: string;
  /** @default the administrator's; the empty one is sent to none */
  readonly token?: string;
}

export interface VaultAnswer {
  readonly status: number;
  /** The parsed JSON; undefined where there is none. */
  readonly body: unknown;
}

/** Starts a Vault that keeps everything in memory, or takes the one that LAB_EXISTING names. */
export async function startVault(lab: LabContext): Promise<Vault> {
  const at = existing('vault');
  if (at !== undefined) return existingVault(lab, at);
  const tool = await findTool('vault');
  const token = randomBytes(24).toString('hex');
  const { url } = await startLoopbackServer(lab, 'vault', {
    tool,
    // Its cluster listener would take the next port, whoever has it.
    files: { 'vault.hcl': 'disable_clustering = true\n' },
    args: tool.plugins === undefined ? [] : [`-dev-plugin-dir=${tool.plugins}`],
    env: {
      ...{ HOME: lab.serverFolder('vault') },
      ...{ VAULT_DEV_ROOT_TOKEN_ID: token, BAO_DEV_ROOT_TOKEN_ID: token },
    },
  });
  const vault = vaultAt({ url, token, mount: 'secret', kubernetesAuth: 'kubernetes' });
  await mustSucceed(vault, { method: 'POST', path: 'sys/auth/kubernetes', body: { type: 'kubernetes' } });
  return vault;
}

export async function mustSucceed(vault: Vault, request: VaultRequest): Promise<unknown> {
  const { status, body } = await vault.request(request);
  if (status < 300) return body;
  const { method = 'GET', path } = request;
  throw new Error(`vault: ${method} ${path} answered ${status}: ${JSON.stringify(body)}`);
}

/** A Vault that already runs. Its `secret` mount is never touched: engine and login of our own go when the lab ends. */
async function existingVault(
  lab: LabContext,
  { VAULT_ADDR, VAULT_TOKEN: token }: Whereabouts<'vault'>,
): Promise<Vault> {
  const { origin: url } = new URL(VAULT_ADDR);
  const mount = `registry-lab-${randomBytes(4).toString('hex')}`;
  const vault = vaultAt({ url, token, mount, kubernetesAuth: mount });
  const mounts = { [`sys/mounts/${mount}`]: 'kv-v2', [`sys/auth/${mount}`]: 'kubernetes' };
  for (const [path, type] of Object.entries(mounts)) {
    await mustSucceed(vault, { method: 'POST', path, body: { type } });
    lab.atEnd(async () => {
      await mustSucceed(vault, { method: 'DELETE', path });
    });
  }
  return vault;
}

function vaultAt(props: Omit<Vault, 'request'>): Vault {
  return {
    ...props,
    request: async ({ method = 'GET', path, body, contentType = 'application/json', ...request }) => {
      const { token = props.token } = request;
      const response = await fetch(`${props.url}/v1/${path}`, {
        method,
        headers: { 'content-type': contentType, 'x-vault-request': 'true', 'x-vault-token': token },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}
