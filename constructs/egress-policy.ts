import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import type { Construct } from 'constructs';
import { atAddress } from './address';

/** One way out of a pod: to a port of another namespace's pods, or of an address range. */
export type Egress =
  { readonly namespace: string; readonly port: number } | { readonly cidr: string; readonly port: number };

export interface EgressPolicyProps {
  readonly resourceName: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly egress: readonly Egress[];
}

/** Pods with these labels reach DNS and the named destinations, and nothing reaches them. */
export function egressPolicy(scope: Construct, props: EgressPolicyProps): NetworkPolicyV1 {
  // A port without a protocol is one of TCP.
  const dns = [{ port: '53', protocol: 'UDP' }, { port: '53' }];
  return atAddress(
    new NetworkPolicyV1(scope, 'Egress', {
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        podSelector: { matchLabels: { ...props.labels } },
        policyTypes: ['Ingress', 'Egress'],
        egress: [
          { to: [podsOf('kube-system', props.namespace)], ports: dns },
          ...props.egress.map((way) => ({
            to: ['cidr' in way ? { ipBlock: { cidr: way.cidr } } : podsOf(way.namespace, props.namespace)],
            ports: [{ port: String(way.port) }],
          })),
        ],
      },
    }),
    props.resourceName,
  );
}

function podsOf(name: string, own: string): object {
  if (name === own) return { podSelector: {} };
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
}
