import { ConfigMap } from '@cdktf/provider-kubernetes/lib/config-map';
import { Construct } from 'constructs';
import { atAddress } from './address';
import { literal } from './literal';

export interface TextConfigMapProps {
  /** Terraform name. */
  readonly address: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** File name to text, which Terraform reproduces exactly. */
  readonly files: Readonly<Record<string, string>>;
}

/** Files for another program to pick up from the cluster, by the label it looks for. */
export class TextConfigMap extends Construct {
  constructor(scope: Construct, id: string, props: TextConfigMapProps) {
    super(scope, id);
    atAddress(
      new ConfigMap(this, 'Resource', {
        metadata: { name: props.name, namespace: props.namespace, labels: { ...props.labels } },
        data: Object.fromEntries(Object.entries(props.files).map(([name, text]) => [name, literal(text)])),
      }),
      props.address,
    );
  }
}
