import { Deployment } from '@cdktf/provider-kubernetes/lib/deployment';
import { Service } from '@cdktf/provider-kubernetes/lib/service';
import { Construct } from 'constructs';
import { atAddress } from './address';
import { ignoredChanges } from './ignored-changes';

export interface ForgejoServerProps {
  readonly namespace: string;
  readonly tierLabel: string;
  /** Full version or digest. */
  readonly image: string;
  readonly host: string;
  readonly rootDomain: string;
  /** Of the CI that its webhooks call. */
  readonly ciHost: string;
  /** Request and limit alike. */
  readonly memory: string;
  readonly cpuRequest: string;
  /** Claim that holds /data. */
  readonly claimName: string;
}

/** Forgejo's Deployment and Service: one pod on one ReadWriteOnce volume, hence `Recreate`. */
export class ForgejoServer extends Construct {
  /** Of the Deployment and its Service. */
  static readonly serverName = 'forgejo';
  /** That its pods listen on. */
  static readonly port = 3000;
  static readonly servicePort = 80;

  constructor(scope: Construct, id: string, props: ForgejoServerProps) {
    super(scope, id);
    const { serverName: name, port, servicePort } = ForgejoServer;
    const labels = { app: name };
    // Every 10 s, and three failures in a row, where nothing else is said.
    const healthz = { httpGet: { path: '/api/healthz', port: 'http' } };

    atAddress(
      new Deployment(this, 'Resource', {
        metadata: {
          name,
          namespace: props.namespace,
          labels: { ...labels, tier: props.tierLabel },
          // Terraform owns the image; an updater rewrote it to 1.18 on 2026-05-24.
          annotations: { 'keel.sh/policy': 'never' },
        },
        spec: {
          replicas: '1',
          strategy: { type: 'Recreate' },
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              automountServiceAccountToken: false,
              // Without fsGroup /data is not writable (2026-05-07); with the default change policy every start
              // walks every file, about seven minutes (2026-05-21).
              securityContext: { fsGroup: '1000', fsGroupChangePolicy: 'OnRootMismatch' },
              container: [
                {
                  name,
                  image: props.image,
                  port: [{ name: 'http', containerPort: port }],
                  env: environment(props),
                  resources: {
                    requests: { cpu: props.cpuRequest, memory: props.memory },
                    limits: { memory: props.memory },
                  },
                  volumeMount: [{ name: 'data', mountPath: '/data' }],
                  startupProbe: { ...healthz, failureThreshold: 90 },
                  readinessProbe: { ...healthz, timeoutSeconds: 5 },
                  livenessProbe: { ...healthz, periodSeconds: 30, failureThreshold: 10, timeoutSeconds: 10 },
                },
              ],
              volume: [{ name: 'data', persistentVolumeClaim: { claimName: props.claimName } }],
            },
          },
        },
        lifecycle: { ignoreChanges: [ignoredChanges.podDnsConfig] },
      }),
      name,
    );

    atAddress(
      new Service(this, 'Service', {
        metadata: { name, namespace: props.namespace, labels },
        spec: { selector: labels, port: [{ port: servicePort, targetPort: String(port) }] },
      }),
      name,
    );
  }
}

/**
 * `CHUNKED_UPLOAD_PATH` is left at its default: pointing it at the volume's root crashed the pod (2026-05-07).
 * Webhooks reach the CI by its public name, which the default list (`external`) and deadline (5 s) refused.
 */
function environment({ host, rootDomain, ciHost }: ForgejoServerProps): { name: string; value: string }[] {
  return Object.entries({
    USER_UID: '1000',
    USER_GID: '1000',
    FORGEJO__server__ROOT_URL: `https://${host}`,
    FORGEJO__service__DISABLE_REGISTRATION: 'false',
    FORGEJO__service__ALLOW_ONLY_EXTERNAL_REGISTRATION: 'true',
    FORGEJO__openid__ENABLE_OPENID_SIGNIN: 'false',
    FORGEJO__webhook__ALLOWED_HOST_LIST: `*.svc.cluster.local,${ciHost},*.${rootDomain}`,
    FORGEJO__webhook__DELIVER_TIMEOUT: '30',
    FORGEJO__packages__ENABLED: 'true',
  }).map(([name, value]) => ({ name, value }));
}
