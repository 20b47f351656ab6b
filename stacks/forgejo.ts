import type { Construct } from 'constructs';
import { AutoResizedVolume } from '../constructs/auto-resized-volume';
import { DnsRecords } from '../constructs/dns-records';
import { ForgejoServer } from '../constructs/forgejo-server';
import { GovernedNamespace } from '../constructs/governed-namespace';
import { Ingress } from '../constructs/ingress';
import { RetentionCronJob } from '../constructs/retention-cron-job';
import { TlsSecret } from '../constructs/tls-secret';
import { terraformName, VaultSecrets } from '../constructs/vault-secrets';
import { pushgatewayUrl } from '../estate/derived/pushgateway';
import { targetReferences } from '../estate/derived/references';
import { registrySpellings } from '../estate/derived/registries';
import { periodOf } from '../estate/derived/schedule';
import type { Estate } from '../estate/estate';
import { TerragruntStack } from './terragrunt-stack';

/** The registry itself: Forgejo, its volume, its ways in, and the retention that keeps it small. */
export class ForgejoStack extends TerragruntStack {
  constructor(scope: Construct, estate: Estate) {
    const isCloudflare = estate.forgejo.publicDns.madeBy === 'cloudflare';
    super(scope, 'forgejo', {
      estate,
      kind: 'whole',
      providers: ['kubernetes', 'vault', ...(isCloudflare ? (['cloudflare'] as const) : [])],
    });
    const { forgejo, hosts, woodpecker } = estate;
    const { tierLabel } = forgejo;

    const namespace = new GovernedNamespace(this, 'Namespace', {
      name: forgejo.namespace,
      tierLabel,
      quota: forgejo.quota,
    });
    const volume = new AutoResizedVolume(this, 'Volume', {
      resourceName: 'data_encrypted',
      name: forgejo.storage.claimName,
      namespace: namespace.name,
      storageClass: forgejo.storage.storageClass,
      initialSize: forgejo.storage.initial,
      maxSize: forgejo.storage.ceiling,
      increasePercent: forgejo.storage.increasePercent,
      freeThresholdPercent: forgejo.storage.freeThresholdPercent,
    });
    new ForgejoServer(this, 'Server', {
      namespace: namespace.name,
      tierLabel,
      image: forgejo.image,
      host: forgejo.host,
      rootDomain: hosts.rootDomain,
      ciHost: woodpecker.host,
      memory: forgejo.memory,
      cpuRequest: forgejo.cpuRequest,
      claimName: volume.claimName,
    });
    this.defineWaysIn(estate, namespace.name);
    if (isCloudflare) this.defineDnsRecords(estate);
    this.defineRetention(estate, namespace.name);
    this.orderAfter(namespace.namespace);
  }

  private defineWaysIn({ forgejo, hosts }: Estate, namespace: string): void {
    const tlsSecretName = this.variable('tls_secret_name', { description: 'Name of the TLS Secret' });
    const certificateFolder = this.variable('tls_certificate_folder', {
      description: 'Folder with fullchain.pem and privkey.pem',
      default: 'secrets',
    });
    new TlsSecret(this, 'TlsSecret', { name: tlsSecretName, namespace, certificateFolder });

    const { dns, monitor } = hosts.annotationPrefixes;
    const common = { namespace, host: forgejo.host, tlsSecretName, auth: 'app' } as const;
    const web = new Ingress(this, 'Ingress', {
      ...common,
      resourceName: 'forgejo',
      movedFrom: 'module.ingress.kubernetes_ingress_v1.proxied-ingress',
      name: 'forgejo',
      servicePort: ForgejoServer.servicePort,
      maxBodySize: forgejo.registryIngress.maxBodySize,
      bufferingMovedFrom: 'module.ingress.kubernetes_manifest.buffering[0]',
      ...(dns === undefined ? {} : { dns: { annotationPrefix: dns, type: 'non-proxied' } }),
      ...(monitor === undefined ? {} : { monitor: { annotationPrefix: monitor, path: '/api/healthz' } }),
      homepage: {
        name: 'Forgejo',
        group: 'Development & CI',
        icon: 'forgejo.png',
        description: 'Git hosting',
      },
    });
    new Ingress(this, 'RegistryIngress', {
      ...common,
      resourceName: 'forgejo_registry',
      name: 'forgejo-registry',
      serviceName: ForgejoServer.serverName,
      servicePort: ForgejoServer.servicePort,
      paths: ['/v2'],
      bypasses: forgejo.registryIngress.bypasses,
      extraMiddlewares: web.buffering === undefined ? [] : [web.buffering],
    });
  }

  private defineDnsRecords({ forgejo, hosts }: Estate): void {
    new DnsRecords(this, 'Dns', {
      name: forgejo.host.slice(0, -hosts.rootDomain.length - 1),
      zoneId: this.variable('cloudflare_zone_id', { description: 'Zone of the root domain' }),
      ipv4: this.variable('public_ip', { description: 'Public IPv4 address' }),
      ipv6: this.variable('public_ipv6', { description: 'Public IPv6 address' }),
      addressPrefix: 'non_proxied_',
      movedFromPrefix: 'module.ingress.cloudflare_record.non_proxied_',
    });
  }

  private defineRetention(estate: Estate, namespace: string): void {
    const { forgejo, hosts, programs, pushgateway, retention, tokens } = estate;
    const token = tokens.delete;
    const vault = new VaultSecrets(this, 'DeleteToken', {
      keys: [token.vault],
      resourceNameOf: (path) => `forgejo_${terraformName(path)}`,
      runbook: 'docs/runbooks/forgejo-registry-setup.md',
    });
    const { schedule, timeZone, deadlineMinutes, observeDays, ...policy } = retention;
    const [apiAddress = '', apiPort = ''] = hosts.kubernetesApi.split(':');
    new RetentionCronJob(this, 'Retention', {
      namespace,
      schedule,
      timeZone,
      periodMinutes: periodOf(schedule).longestMinutes,
      deadlineMinutes,
      image: programs.image,
      token: vault.value(token.vault),
      config: {
        ...policy,
        forgeUrl: `http://${ForgejoServer.serverName}.${namespace}.svc.cluster.local`,
        registryHosts: registrySpellings(estate, 'forgejo'),
        owner: forgejo.packages.owner,
        tokenUser: token.owner,
        estateReferences: targetReferences(estate),
        pushgatewayUrl: pushgatewayUrl(estate),
      },
      egress: [
        { namespace, port: ForgejoServer.port },
        { namespace: pushgateway.namespace, port: pushgateway.port },
        { cidr: `${apiAddress}/32`, port: Number(apiPort) },
      ],
    });
  }
}
