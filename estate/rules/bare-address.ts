import type { Rule } from './rule';

/**
 * Traefik routes by Host and SNI, so a client that dials its bare address gets 404, and the certificate has no
 * such name (7.5 h of ImagePullBackOff on 2026-06-10; a stale literal broke every pull on 2026-06-01).
 */
export const bareAddress: Rule = ({ pullPaths }) =>
  pullPaths
    .filter(({ nameRouted, dials }) => nameRouted && isAddress(dials))
    .map(
      ({ client, host, dials }) =>
        `estate.pullPaths: "${client}" reaches "${host}" through an ingress that routes by name, got the bare address "${dials}"; dial a name and let DNS resolve it`,
    );

function isAddress(dials: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}(:\d+)?$/.test(dials) || dials.includes('::') || dials.startsWith('[');
}
