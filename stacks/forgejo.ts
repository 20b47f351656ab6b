import type { Construct } from 'constructs';
import { AutoResizedVolume } from '../constructs/auto-resized-volume';
import { DnsRecords } from '../constructs/dns-records';
import { ForgejoServer } from '../constructs/forgejo-server';
import { GovernedNamespace } from '../constructs/governed-namespace';
import { Ingress } from '../constructs/ingress';
import { RetentionCronJob } from '../constructs/retention-cron-job';
import { TlsSecret } from '../constructs/tls-secret';
import { VaultSecret } from '../constructs/vault-secret';
import type { Estate } from '../estate/estate';
import { targetReferences } from '../estate/references';
import { TerragruntStack } from './terragrunt-stack';

/** The registry itself: Forgejo, its volume, its ways in, and the retention that keeps it small. */
export class ForgejoStack extends TerragruntStack {
  constructor(scope: Construct, estate: Estate) {
    super(scope, 'forgejo', { estate, kind: 'whole', providers: ['kubernetes', 'vault', 'cloudflare'] });
    const { forgejo, hosts, tiers } = estate;
    const tierLabel = tiers[forgejo.tier].label;

    const namespace = new GovernedNamespace(this, 'Namespace', {
      name: forgejo.namespace,
      tierLabel,
      quota: forgejo.quota,
    });
    const volume = new AutoResizedVolume(this, 'Volume', {
      address: 'data_encrypted',
      name: forgejo.storage.claimName,
      namespace: namespace.name,
      storageClass: forgejo.storage.storageClass,
      initialSize: forgejo.storage.initial,
      maxSize: forgejo.storage.ceiling,
      increasePercent: forgejo.storage.increasePercent,
      freeThresholdPercent: forgejo.storage.freeThresholdPercent,
    });
    const server = new ForgejoServer(this, 'Server', {
      namespace: namespace.name,
      tierLabel,
      image: forgejo.image,
      host: forgejo.host,
      rootDomain: hosts.rootDomain,
      memory: forgejo.memory,
      cpuRequest: forgejo.cpuRequest,
      claimName: volume.claimName,
    });
    this.defineWaysIn(estate, namespace.name, server);
    this.defineRetention(estate, namespace.name, server);
    this.comesFirst(namespace.namespace);
  }

  private defineWaysIn({ forgejo, hosts }: Estate, namespace: string, server: ForgejoServer): void {
    const tlsSecretName = this.variable('tls_secret_name', { description: 'Name of the TLS Secret' });
    const certificateFolder = this.variable('tls_certificate_folder', {
      description: 'Folder with fullchain.pem and privkey.pem',
      default: 'secrets',
    });
    new TlsSecret(this, 'TlsSecret', { name: tlsSecretName, namespace, certificateFolder });

    const common = { namespace, host: forgejo.host, tlsSecretName, auth: 'app' } as const;
    const web = new Ingress(this, 'Ingress', {
      ...common,
      address: 'forgejo',
      movedFrom: 'module.ingress.kubernetes_ingress_v1.proxied-ingress',
      name: 'forgejo',
      servicePort: server.servicePort,
      maxBodySize: forgejo.registryIngress.maxBodySize,
      bufferingMovedFrom: 'module.ingress.kubernetes_manifest.buffering[0]',
      dnsType: 'non-proxied',
      monitorPath: '/api/healthz',
      homepage: {
        name: 'Forgejo',
        group: 'Development & CI',
        icon: 'forgejo.png',
        description: 'Git hosting',
      },
    });
    new Ingress(this, 'RegistryIngress', {
      ...common,
      address: 'forgejo_registry',
      name: 'forgejo-registry',
      serviceName: server.name,
      servicePort: server.servicePort,
      paths: ['/v2'],
      bypasses: forgejo.registryIngress.bypasses,
      extraMiddlewares: web.buffering === undefined ? [] : [web.buffering],
    });
    new DnsRecords(this, 'Dns', {
      name: forgejo.host.slice(0, -hosts.rootDomain.length - 1),
      zoneId: this.variable('cloudflare_zone_id', { description: 'Zone of the root domain' }),
      dns: {
        type: 'non-proxied',
        ipv4: this.variable('public_ip', { description: 'Public IPv4 address' }),
        ipv6: this.variable('public_ipv6', { description: 'Public IPv6 address' }),
      },
      addressPrefix: 'non_proxied_',
      movedFromPrefix: 'module.ingress.cloudflare_record.non_proxied_',
    });
  }

  private defineRetention(estate: Estate, namespace: string, server: ForgejoServer): void {
    const { forgejo, hosts, programs, registries, retention, tokens } = estate;
    const token = tokens.find(({ duty }) => duty === 'delete');
    if (token === undefined)
      throw new Error('estate.tokens: duty "delete" needs exactly one token, got none');
    const vault = new VaultSecret(this, 'DeleteToken', {
      address: 'forgejo_viktor',
      path: token.vault.path,
      keys: [token.vault.key],
      runbook: 'docs/runbooks/forgejo-registry-setup.md',
    });
    const { schedule, timeZone, observeDays, ...policy } = retention;
    new RetentionCronJob(this, 'Retention', {
      namespace,
      schedule,
      timeZone,
      image: programs.image,
      token: vault.value(token.vault.key),
      config: {
        ...policy,
        forgeUrl: `http://${server.name}.${namespace}.svc.cluster.local`,
        registryHosts: registries.forgejo.spellings,
        owner: forgejo.packagesOwner,
        tokenUser: token.owner,
        estateReferences: targetReferences(estate),
        pushgatewayUrl: hosts.pushgatewayUrl,
      },
      egress: [
        { namespace, port: server.port },
        { namespace: 'monitoring', port: 9091 },
        { cidr: `${hosts.kubernetesApi.split(':')[0] ?? ''}/32`, port: 6443 },
      ],
    });
  }
}
