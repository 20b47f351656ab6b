/** `value`, `collection`: a changed one replaces the object. `block`: adding or removing it does. */
export type Forcing = 'value' | 'collection' | 'block';

type Paths = Readonly<Record<string, Forcing>>;

const below = (prefix: string, paths: Paths): Paths =>
  Object.fromEntries(Object.entries(paths).map(([path, kind]) => [`${prefix}.${path}`, kind]));

const expressions: Paths = {
  match_expressions: 'block',
  'match_expressions.key': 'value',
  'match_expressions.operator': 'value',
  'match_expressions.values': 'collection',
};
const selector: Paths = {
  selector: 'block',
  ...below('selector', { ...expressions, match_labels: 'collection' }),
};
const name: Paths = { 'metadata.generate_name': 'value', 'metadata.name': 'value' };
const namespaced: Paths = { ...name, 'metadata.namespace': 'value' };

const claim: Paths = {
  access_modes: 'collection',
  'resources.limits': 'collection',
  ...selector,
  storage_class_name: 'value',
  volume_mode: 'value',
  volume_name: 'value',
};
const fields: Paths = {
  match_fields: 'block',
  'match_fields.key': 'value',
  'match_fields.operator': 'value',
  'match_fields.values': 'collection',
};
const pod: Paths = {
  ...below('affinity.node_affinity', {
    ...below('preferred_during_scheduling_ignored_during_execution.preference', fields),
    ...below('required_during_scheduling_ignored_during_execution.node_selector_term', fields),
  }),
  'volume.azure_file.secret_namespace': 'value',
  ...below('volume.ephemeral.volume_claim_template.spec', claim),
};
const roleReference: Paths = {
  role_ref: 'block',
  'role_ref.api_group': 'value',
  'role_ref.kind': 'value',
  'role_ref.name': 'value',
};
const job: Paths = {
  backoff_limit_per_index: 'value',
  completion_mode: 'value',
  completions: 'value',
  pod_failure_policy: 'block',
  ...selector,
  template: 'block',
  'template.metadata.generate_name': 'value',
  'template.metadata.name': 'value',
  'template.spec': 'block',
  ...below('template.spec', pod),
};

/**
 * For each type that a stack of ours holds, the attributes whose change makes its provider destroy the object and create
 * another. Read from the schemas of hashicorp/kubernetes 2.38.0, hashicorp/vault 4.8.0 and cloudflare/cloudflare 4.52.5; a `kubernetes_manifest`
 * has no schema of its own, and is another object where its kind or name is another.
 */
export const forcesReplacement: Readonly<Record<string, Paths>> = {
  cloudflare_record: { name: 'value', type: 'value', zone_id: 'value' },
  kubernetes_cluster_role: name,
  kubernetes_cluster_role_binding: { ...name, ...roleReference },
  kubernetes_config_map: { ...namespaced, immutable: 'value' },
  kubernetes_cron_job_v1: {
    ...namespaced,
    ...below('spec.job_template', { ...namespaced, ...below('spec', job) }),
  },
  kubernetes_deployment: {
    ...namespaced,
    ...below('spec', { ...selector, ...below('template', { ...namespaced, ...below('spec', pod) }) }),
  },
  kubernetes_ingress_v1: namespaced,
  kubernetes_manifest: {
    'manifest.apiVersion': 'value',
    'manifest.kind': 'value',
    'manifest.metadata.name': 'value',
    'manifest.metadata.namespace': 'value',
  },
  kubernetes_namespace: name,
  kubernetes_network_policy_v1: namespaced,
  kubernetes_persistent_volume_claim: { ...namespaced, ...below('spec', claim) },
  kubernetes_resource_quota: { ...namespaced, 'spec.scopes': 'collection' },
  kubernetes_role: namespaced,
  kubernetes_role_binding: { ...namespaced, ...roleReference },
  kubernetes_role_binding_v1: { ...namespaced, ...roleReference },
  kubernetes_role_v1: namespaced,
  kubernetes_secret: { ...namespaced, immutable: 'value', type: 'value' },
  kubernetes_service: {
    ...namespaced,
    'spec.cluster_ip': 'value',
    'spec.cluster_ips': 'collection',
    'spec.health_check_node_port': 'value',
    'spec.load_balancer_class': 'value',
  },
  kubernetes_service_account: namespaced,
  vault_kubernetes_auth_backend_role: { backend: 'value', namespace: 'value', role_name: 'value' },
  vault_policy: { name: 'value', namespace: 'value' },
};
