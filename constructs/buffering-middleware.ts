import { Manifest } from '@cdktf/provider-kubernetes/lib/manifest';
import { Construct } from 'constructs';
import { movedToAddress } from './address';
import { bodySizeBytes } from './body-size';

export interface BufferingMiddlewareProps {
  readonly resourceName: string;
  readonly movedFrom: string | undefined;
  readonly app: string;
  readonly namespace: string;
  /** Largest request body: `5g`, `50m` or bytes. A larger one is answered 413. */
  readonly maxBodySize: string | number;
}

/**
 * Traefik's Buffering middleware. It takes whole bytes, reads each request body to a temporary file before the
 * first byte goes on, and buffers responses in the same way: a 3 GB pull is spooled before its first byte arrives,
 * so the Traefik pod needs a writable /tmp of that size. Without the middleware Traefik has no limit and streams.
 */
export class BufferingMiddleware extends Construct {
  /** How an Ingress refers to it: `<namespace>-<name>@kubernetescrd`. */
  readonly reference: string;

  constructor(scope: Construct, id: string, props: BufferingMiddlewareProps) {
    super(scope, id);
    const { namespace } = props;
    const name = `buffering-${props.app}`;
    this.reference = `${namespace}-${name}@kubernetescrd`;
    const middleware = new Manifest(this, 'Resource', {
      manifest: {
        apiVersion: 'traefik.io/v1alpha1',
        kind: 'Middleware',
        metadata: { name, namespace },
        // A number, not text: "5368709120" would be a change against the number in the state.
        spec: { buffering: { maxRequestBodyBytes: bodySizeBytes(props.maxBodySize) } },
      },
    });
    movedToAddress(middleware, props.resourceName, props.movedFrom);
  }
}
