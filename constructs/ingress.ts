import { IngressV1 } from '@cdktf/provider-kubernetes/lib/ingress-v1';
import { Construct } from 'constructs';
import { movedToAddress } from './address';
import { BufferingMiddleware } from './buffering-middleware';
import { ConfigurationError } from './configuration-error';
import {
  middlewareChain,
  type Auth,
  type MiddlewareReference,
  type SharedMiddleware,
} from './middleware-chain';

export interface HomepageTile {
  readonly name: string;
  readonly group: string;
  readonly icon: string;
  readonly description: string;
}

export interface IngressProps {
  readonly resourceName: string;
  readonly movedFrom?: string;
  readonly name: string;
  readonly namespace: string;
  readonly host: string;
  /** Name of the TLS Secret, or a Terraform expression of it. */
  readonly tlsSecretName: string;
  readonly auth: Auth;
  /** @default name */
  readonly serviceName?: string;
  /** @default 80 */
  readonly servicePort?: number;
  /** @default ['/'] */
  readonly paths?: readonly string[];
  /** `5g`, `50m` or bytes. @default none: Traefik streams without a limit */
  readonly maxBodySize?: string | number;
  /** Terraform name of the Buffering middleware in the existing state. */
  readonly bufferingMovedFrom?: string;
  /** Shared middlewares this router must not pass through. @default [] */
  readonly bypasses?: readonly SharedMiddleware[];
  /** @default [] */
  readonly extraMiddlewares?: readonly MiddlewareReference[];
  /** How its DNS records are made, for the tool that reads `<prefix>/dns-type`. @default no annotation */
  readonly dns?: { readonly annotationPrefix: string; readonly type: 'proxied' | 'non-proxied' };
  /** Path that a monitor outside asks for, which reads `<prefix>/external-monitor`. @default no monitor */
  readonly monitor?: { readonly annotationPrefix: string; readonly path: string };
  /** @default no tile */
  readonly homepage?: HomepageTile;
}

/**
 * An app's Ingress through Traefik, with the middlewares it passes through.
 *
 * Body size is rarely what cuts a large transfer: the entry point's `readTimeout` counts the whole request, 60 s by
 * default, and Buffering spools responses as well as requests.
 */
export class Ingress extends Construct {
  readonly buffering: BufferingMiddleware | undefined;

  constructor(scope: Construct, id: string, props: IngressProps) {
    super(scope, id);
    const { paths = ['/'] } = props;
    if (paths.some((path) => !path.startsWith('/')))
      throw new ConfigurationError(
        this,
        `a path does not begin with "/", got "${paths.join('", "')}"; write paths such as "/v2"`,
      );

    this.buffering =
      props.maxBodySize === undefined
        ? undefined
        : new BufferingMiddleware(this, 'Buffering', {
            ...{ app: props.name, namespace: props.namespace },
            resourceName: 'buffering',
            maxBodySize: props.maxBodySize,
            movedFrom: props.bufferingMovedFrom,
          });
    const middlewares = middlewareChain({
      auth: props.auth,
      bypasses: props.bypasses ?? [],
      own: [...(this.buffering === undefined ? [] : [this.buffering]), ...(props.extraMiddlewares ?? [])],
    });

    const ingress = new IngressV1(this, 'Resource', {
      metadata: {
        name: props.name,
        namespace: props.namespace,
        annotations: annotationsOf(props, middlewares),
      },
      spec: {
        ingressClassName: 'traefik',
        tls: [{ hosts: [props.host], secretName: props.tlsSecretName }],
        rule: [
          {
            host: props.host,
            http: {
              path: paths.map((path) => ({
                path,
                backend: {
                  service: {
                    name: props.serviceName ?? props.name,
                    port: { number: props.servicePort ?? 80 },
                  },
                },
              })),
            },
          },
        ],
      },
    });
    movedToAddress(ingress, props.resourceName, props.movedFrom);
  }
}

function annotationsOf(props: IngressProps, middlewares: string): Record<string, string> {
  const { homepage, dns, monitor } = props;
  return {
    'traefik.ingress.kubernetes.io/router.middlewares': middlewares,
    'traefik.ingress.kubernetes.io/router.entrypoints': 'websecure',
    ...(homepage === undefined
      ? { 'gethomepage.dev/enabled': 'false' }
      : {
          'gethomepage.dev/enabled': 'true',
          'gethomepage.dev/name': homepage.name,
          'gethomepage.dev/group': homepage.group,
          'gethomepage.dev/href': `https://${props.host}`,
          'gethomepage.dev/icon': homepage.icon,
          'gethomepage.dev/description': homepage.description,
          'gethomepage.dev/pod-selector': '',
        }),
    ...(dns === undefined ? {} : { [`${dns.annotationPrefix}/dns-type`]: dns.type }),
    ...(monitor === undefined
      ? {}
      : {
          [`${monitor.annotationPrefix}/external-monitor`]: 'true',
          [`${monitor.annotationPrefix}/external-monitor-path`]: monitor.path,
        }),
  };
}
