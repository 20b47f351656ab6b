import type { Estate } from '../estate';
import type { LegacyOnVm, LegacyRegistryFacts } from '../legacy-registry';
import { isAtLeast } from '../phases';

/** The legacy registry while it is there, and nothing once the phase has removed it: the one answer to that question. */
export function presentLegacy({ phase, legacyRegistry }: Estate): LegacyRegistryFacts | undefined {
  return isAtLeast(phase, 'decommission') ? undefined : legacyRegistry;
}

/** What the registry VM runs of the legacy registry in the estate's phase. */
export function presentLegacyOnVm(estate: Estate): LegacyOnVm | undefined {
  return presentLegacy(estate) === undefined ? undefined : legacyOnVm(estate);
}

/** The same in every phase, for what has to be removed afterwards. */
export function legacyOnVm({ legacyRegistry: { runsOn } }: Estate): LegacyOnVm | undefined {
  return runsOn.machine === 'registry-vm' ? runsOn : undefined;
}

/** Every `host[:port]` under which a reference may name it, in every phase; the first is the canonical one. */
export function legacySpellings({ legacyRegistry, registryVm }: Estate): readonly string[] {
  const { host, runsOn } = legacyRegistry;
  if (runsOn.machine === 'cluster') return [host];
  const { port } = runsOn;
  return [host, `${host}:${port}`, ...(registryVm === undefined ? [] : [`${registryVm.address}:${port}`])];
}

/** How pods reach it. */
export interface LegacyAccess {
  /** Without a path. On the VM it names the certificate's name and is found by `hostAlias`. */
  readonly url: string;
  /** How its probe names it in metrics. */
  readonly instance: string;
  readonly egress:
    { readonly cidr: string; readonly port: number } | { readonly namespace: string; readonly port: number };
  readonly hostAlias?: { readonly ip: string; readonly hostnames: string[] };
}

export function legacyAccess({ legacyRegistry, registryVm }: Estate): LegacyAccess {
  const { host, runsOn } = legacyRegistry;
  const { port } = runsOn;
  if (runsOn.machine === 'cluster')
    return {
      url: `http://${runsOn.service}.${runsOn.namespace}.svc.cluster.local:${port}`,
      instance: host,
      egress: { namespace: runsOn.namespace, port },
    };
  const ip = registryVm?.address ?? '';
  return {
    url: `https://${host}:${port}`,
    instance: `${host}:${port}`,
    egress: { cidr: `${ip}/32`, port },
    hostAlias: { ip, hostnames: [host] },
  };
}
