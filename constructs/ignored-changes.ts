/** Paths of `ignore_changes` for what somebody else writes after Terraform, which takes static paths only. */
export const ignoredChanges = {
  /** Kyverno's `inject-ndots` writes DNS options into every pod template. */
  podDnsConfig: 'spec[0].template[0].spec[0].dns_config',
  cronJobDnsConfig: 'spec[0].job_template[0].spec[0].template[0].spec[0].dns_config',
  /** Goldilocks enrols namespaces by label. */
  goldilocksLabel: 'metadata[0].labels["goldilocks.fairwinds.com/vpa-update-mode"]',
  /** Kyverno stamps the source of a clone with labels, which must stay (kyverno#11468). */
  kyvernoLabels: 'metadata[0].labels',
  /** pvc-autoresizer grows the request; putting it back would replace the volume (incident 2026-05-10). */
  volumeRequests: 'spec[0].resources[0].requests',
} as const;
