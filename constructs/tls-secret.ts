import { Secret } from '@cdktf/provider-kubernetes/lib/secret';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import { movedToAddress } from './address';
import { ignoredChanges } from './ignored-changes';

export interface TlsSecretProps {
  /** Terraform expression of the Secret's name, or the name. */
  readonly name: string;
  readonly namespace: string;
  /** Terraform expression of the folder that holds fullchain.pem and privkey.pem. */
  readonly certificateFolder: string;
}

/** The wildcard certificate as a Secret of the app's namespace; the renewal job writes it too. */
export class TlsSecret extends Construct {
  constructor(scope: Construct, id: string, props: TlsSecretProps) {
    super(scope, id);
    movedToAddress(
      new Secret(this, 'Resource', {
        type: 'kubernetes.io/tls',
        metadata: { name: props.name, namespace: props.namespace },
        data: {
          // Not as text: cdktf drops the inner ${} of an expression written inside another.
          'tls.crt': Fn.file(`${props.certificateFolder}/fullchain.pem`),
          'tls.key': Fn.file(`${props.certificateFolder}/privkey.pem`),
        },
        lifecycle: { ignoreChanges: [ignoredChanges.kyvernoLabels] },
      }),
      'tls_secret',
      'module.tls_secret.kubernetes_secret.tls_secret',
    );
  }
}
