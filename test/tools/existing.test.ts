import { describe, expect, it } from '@jest/globals';
import { existing, namedExisting, notHeld } from '../../lab/servers/existing';

describe('servers that already run', () => {
  it('are used only when LAB_EXISTING names them: a KUBECONFIG that happens to be set leads nowhere', () => {
    const env = {
      KUBECONFIG: '/home/me/.kube/config',
      VAULT_ADDR: 'https://vault.example',
      VAULT_TOKEN: 'x',
    };
    expect(namedExisting(env)).toEqual([]);
    expect([existing('kubernetes', env), existing('vault', env)]).toEqual([undefined, undefined]);
  });

  it('are told by the variables of each', () => {
    const env = {
      LAB_EXISTING: 'kubernetes, forge',
      KUBECONFIG: '/k',
      FORGEJO_URL: 'http://f',
      FORGEJO_ADMIN_TOKEN: 't',
    };
    expect(existing('kubernetes', env)).toEqual({ KUBECONFIG: '/k' });
    expect(existing('forge', env)).toEqual({ FORGEJO_URL: 'http://f', FORGEJO_ADMIN_TOKEN: 't' });
    expect(existing('legacy-registry', env)).toBeUndefined();
  });

  it('with every fault at once, each with what to do', () => {
    const env = { LAB_EXISTING: 'kubernetes,forge,traefik', FORGEJO_URL: 'http://f' };
    expect(() => existing('pushgateway', env)).toThrow(
      new Error(
        [
          'LAB_EXISTING: names "kubernetes" without its whereabouts, got no KUBECONFIG; set it',
          'LAB_EXISTING: names "forge" without its whereabouts, got no FORGEJO_ADMIN_TOKEN; set it',
          'LAB_EXISTING: no server that could run already, got "traefik"; there are: forge, kubernetes, legacy-registry, pushgateway, vault',
        ].join('\n'),
      ),
    );
  });

  it('do not lend what only the one who started them has', () => {
    expect(() => notHeld('forge', 'its files')).toThrow(
      'forge: already ran before the lab, which has no hold of its files; take "forge" out of LAB_EXISTING',
    );
  });
});
