import { isAtLeast } from '../phases';
import type { Rule } from './rule';

/** Traefik's entry-point timeouts, 60 s by default, cut a slow push of a large layer whatever its size may be (incident 57). */
export const transferTime: Rule = ({ phase, hosts, forgejo }) => {
  const { transferSeconds } = forgejo.registryIngress;
  if (!isAtLeast(phase, 'dual-push')) return [];
  return (['readTimeoutSeconds', 'writeTimeoutSeconds'] as const)
    .filter((limit) => hosts.websecure[limit] !== 0 && hosts.websecure[limit] < transferSeconds)
    .map(
      (limit) =>
        `estate.hosts.websecure.${limit}: cuts a transfer that may take ${transferSeconds} s, got ${hosts.websecure[limit]}; raise respondingTimeouts of Traefik's websecure entry point (0 = unlimited) and record it here`,
    );
};
