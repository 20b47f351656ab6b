import { Manifest } from '@cdktf/provider-kubernetes/lib/manifest';
import { Construct } from 'constructs';
import { atAddress } from './address';

export interface ContentSecurityPolicyProps {
  /** Terraform name of the Middleware. */
  readonly resourceName: string;
  readonly app: string;
  readonly namespace: string;
  /** Value of the header. */
  readonly policy: string;
}

/** A Traefik Middleware that sends one app's own Content-Security-Policy. */
export class ContentSecurityPolicy extends Construct {
  readonly reference: string;

  constructor(scope: Construct, id: string, props: ContentSecurityPolicyProps) {
    super(scope, id);
    const name = `custom-csp-${props.app}`;
    this.reference = `${props.namespace}-${name}@kubernetescrd`;
    atAddress(
      new Manifest(this, 'Resource', {
        manifest: {
          apiVersion: 'traefik.io/v1alpha1',
          kind: 'Middleware',
          metadata: { name, namespace: props.namespace },
          spec: { headers: { contentSecurityPolicy: props.policy } },
        },
      }),
      props.resourceName,
    );
  }
}
