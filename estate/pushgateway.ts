/** Where jobs leave their metrics; its URLs derive from here (`derived/pushgateway.ts`). */
export interface PushgatewayFacts {
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
  /** Port on every node by which machines outside the cluster reach it. @default no machine outside has to */
  readonly nodePort?: number;
}

export const pushgateway = {
  service: 'prometheus-prometheus-pushgateway',
  namespace: 'monitoring',
  port: 9091,
  nodePort: 30091,
} as const satisfies PushgatewayFacts;
