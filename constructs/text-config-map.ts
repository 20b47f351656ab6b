import { ConfigMap } from '@cdktf/provider-kubernetes/lib/config-map';
import { Construct } from 'constructs';
import { atAddress } from './address';
import { StackFile } from './stack-file';

export interface TextConfigMapProps {
  readonly resourceName: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly file: { readonly fileName: string; readonly text: string };
}

/** A file for another program to pick up from the cluster, by the label it looks for. */
export class TextConfigMap extends Construct {
  constructor(scope: Construct, id: string, props: TextConfigMapProps) {
    super(scope, id);
    const file = new StackFile(this, 'File', props.file);
    atAddress(
      new ConfigMap(this, 'Resource', {
        metadata: {
          name: props.name,
          namespace: props.namespace,
          labels: { ...props.labels },
          annotations: { ...props.annotations, 'registry-consolidation/file-sha256': file.sha256 },
        },
        data: { [props.file.fileName]: file.content },
      }),
      props.resourceName,
    );
  }
}
