import { Secret } from '@cdktf/provider-kubernetes/lib/secret';
import { Construct } from 'constructs';
import { atAddress } from './address';
import { ConfigurationError } from './configuration-error';
import { ignoredChanges } from './ignored-changes';

/** A registry's login: Terraform expressions (without `${}`) or quoted text for user and password. */
export interface RegistryLogin {
  /** `host` or `host:port`, as references spell it. */
  readonly host: string;
  readonly user: string;
  readonly password: string;
}

export interface RegistryCredentialsProps {
  readonly resourceName: string;
  readonly name: string;
  readonly namespace: string;
  readonly logins: readonly RegistryLogin[];
}

/**
 * The pull Secret of a namespace, which Kyverno may clone into every other. Its name, namespace and type never change and it can
 * not be destroyed: where Kyverno sees a clone's source go, it deletes every copy, and with them every pull in the
 * cluster.
 */
export class RegistryCredentials extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, props: RegistryCredentialsProps) {
    super(scope, id);
    const hosts = props.logins.map(({ host }) => host);
    if (new Set(hosts).size !== hosts.length)
      throw new ConfigurationError(
        this,
        `two logins of one host, got "${hosts.join('", "')}"; keep one each`,
      );

    this.secret = atAddress(
      new Secret(this, 'Resource', {
        type: 'kubernetes.io/dockerconfigjson',
        metadata: { name: props.name, namespace: props.namespace },
        data: { '.dockerconfigjson': dockerConfigJson(props.logins) },
        lifecycle: { preventDestroy: true, ignoreChanges: [ignoredChanges.kyvernoLabels] },
      }),
      props.resourceName,
    );
  }
}

/** Terraform builds the JSON, because only Terraform knows the passwords; in lines, because people review it. */
function dockerConfigJson(logins: readonly RegistryLogin[]): string {
  const entries = logins.map(
    ({ host, user, password }) =>
      `    "${host}" = { auth = base64encode(join(":", [${user}, ${password}])) }`,
  );
  return ['${jsonencode({', '  auths = {', ...entries, '  }', '})}'].join('\n');
}
