import type {
  DeliveredImage,
  ImageRefs,
  JsonObject,
  SharedStack,
  WholeStack,
} from '../../delivery/deliverable';

const noted = { '//': { metadata: { path: 'forgejo/x', uniqueId: 'x' } } };
const named = (name: string, namespace: string): JsonObject => ({
  metadata: {
    name: name === 'data_encrypted' ? 'forgejo-data-encrypted' : name.replaceAll('_', '-'),
    namespace,
  },
});
const resources = (namespace: string, addresses: readonly string[]): JsonObject => {
  const found: Record<string, Record<string, JsonObject>> = {};
  for (const address of addresses) {
    const [type = '', name = ''] = address.split('.');
    (found[type] ??= {})[name] = { ...named(name, namespace), ...noted };
  }
  return found;
};

/** As cdktf writes it: with terraform, provider and construct paths. */
export const forgejo: WholeStack = {
  kind: 'whole',
  stack: 'forgejo',
  drop: ['output.refusal'],
  json: {
    '//': { metadata: { backend: 'pg', stackName: 'forgejo', version: '0.21.0' } },
    terraform: {
      required_providers: { kubernetes: { source: 'kubernetes', version: '2.38.0' } },
      backend: { pg: {} },
    },
    provider: { kubernetes: [{ config_path: '${var.kube_config_path}' }] },
    output: { refusal: { value: 'cdktf form only' } },
    variable: { tls_secret_name: { type: 'string' }, kube_config_path: { type: 'string' } },
    data: {
      vault_kv_secret_v2: {
        forgejo_viktor: { mount: 'secret', name: 'viktor', ...noted },
        cf_platform: { mount: 'secret', name: 'platform' },
      },
    },
    resource: {
      ...resources('forgejo', [
        'kubernetes_deployment.forgejo',
        'kubernetes_service.forgejo',
        'kubernetes_secret.forgejo_cleanup_token',
        'kubernetes_cron_job_v1.forgejo_cleanup',
        'kubernetes_ingress_v1.proxied-ingress',
        'kubernetes_manifest.buffering',
        'cloudflare_record.non_proxied_a',
        'cloudflare_record.non_proxied_aaaa',
      ]),
      kubernetes_persistent_volume_claim: {
        data_encrypted: {
          ...named('data_encrypted', 'forgejo'),
          wait_until_bound: false,
          spec: { access_modes: ['ReadWriteOnce'] },
        },
      },
      kubernetes_namespace: {
        forgejo: {
          metadata: { name: 'forgejo', labels: { tier: '${local.tiers.edge}' } },
          lifecycle: {
            ignore_changes: ['metadata[0].labels["goldilocks.fairwinds.com/vpa-update-mode"]'],
          },
        },
      },
      kubernetes_secret: {
        forgejo_cleanup_token: {
          ...named('forgejo_cleanup_token', 'forgejo'),
          data: { T: '${data.vault_kv_secret_v2.forgejo_viktor.data["forgejo_cleanup_token"]}' },
        },
        tls_secret: {
          metadata: { name: '${var.tls_secret_name}' },
          lifecycle: { ignore_changes: ['metadata[0].labels'] },
        },
      },
      kubernetes_config_map: {
        forgejo_cleanup_script: {
          ...named('forgejo_cleanup_script', 'forgejo'),
          data: { 'a.mjs': 'const a = `$${b}`; // "%%{c}"' },
        },
      },
    },
    moved: [
      { from: 'module.tls_secret.kubernetes_secret.tls_secret', to: 'kubernetes_secret.tls_secret' },
      {
        from: 'module.ingress.kubernetes_ingress_v1.proxied-ingress',
        to: 'kubernetes_ingress_v1.proxied-ingress',
      },
      { from: 'module.ingress.kubernetes_manifest.buffering[0]', to: 'kubernetes_manifest.buffering' },
      { from: 'module.ingress.cloudflare_record.non_proxied_a[0]', to: 'cloudflare_record.non_proxied_a' },
      {
        from: 'module.ingress.cloudflare_record.non_proxied_aaaa[0]',
        to: 'cloudflare_record.non_proxied_aaaa',
      },
    ],
  },
};

export const kyverno: SharedStack = {
  kind: 'shared',
  stack: 'kyverno',
  modulePath: 'stacks/kyverno/modules/kyverno',
  json: {
    terraform: { required_providers: {} },
    data: { vault_kv_secret_v2: { viktor: { mount: 'secret', name: 'viktor' } } },
    resource: {
      ...resources('kyverno', [
        'kubernetes_secret.registry_credentials',
        'kubernetes_cluster_role.kyverno_secret_manager',
      ]),
      kubernetes_manifest: {
        sync_registry_credentials: { depends_on: ['helm_release.kyverno'], manifest: {} },
      },
    },
  },
};

export const monitoring: SharedStack = {
  kind: 'shared',
  stack: 'monitoring',
  modulePath: 'stacks/monitoring/modules/monitoring',
  json: {
    resource: {
      ...resources('monitoring', [
        'kubernetes_cron_job_v1.registry_integrity_probe',
        'kubernetes_cron_job_v1.forgejo_integrity_probe',
      ]),
      kubernetes_secret: {
        registry_probe_credentials: {
          ...named('registry_probe_credentials', 'monitoring'),
          data: { REG_USER: '${var.registry_user}' },
        },
        forgejo_probe_credentials: {
          ...named('forgejo_probe_credentials', 'monitoring'),
          data: { REG_PASS: '${var.forgejo_pull_token}' },
        },
      },
    },
  },
};

export function image(name: string, tag?: string, extra: readonly string[] = []): DeliveredImage {
  return {
    name: name.replaceAll('-', '_'),
    repository: `forgejo.viktorbarzin.me/viktor/${name}`,
    ...(tag === undefined ? {} : { tag }),
    spellings: [
      `registry.viktorbarzin.me/${name}`,
      `registry.viktorbarzin.me:5050/${name}`,
      `10.0.20.10:5050/${name}`,
      ...extra,
    ],
  };
}

export const app = (
  stack: string,
  images: readonly DeliveredImage[],
  folder = `stacks/${stack}`,
): ImageRefs => ({
  kind: 'image-refs',
  stack,
  folder,
  images,
});

const apps: readonly ImageRefs[] = [
  app('payslip-ingest', [image('payslip-ingest')]),
  app('claude-agent-service', [image('claude-agent-service')]),
  app('wealthfolio', [image('wealthfolio-sync', 'latest')]),
  app('freedify', [image('freedify')], 'stacks/freedify/factory'),
  app('chrome-service', [image('chrome-service-novnc', 'v4')]),
  app('beads-server', [image('beadboard'), image('claude-agent-service')]),
  app('claude-memory', [image('claude-memory-mcp', '17', ['viktorbarzin/claude-memory-mcp'])]),
];

export const everything = [forgejo, kyverno, monitoring, ...apps];
