import type { Gauge } from '../../clients/pushgateway';

export const prefix = 'registry_manifest_integrity_';

export type ProbePrefix = typeof prefix;

/** Every gauge of the probe and its meaning. Those that the predecessor pushed have its names: existing rules read them. */
const meanings = {
  catalog_accessible: 'The registry listed its repositories.',
  success: '1 when everything was looked at and is whole.',
  last_run_timestamp: 'When a run last ended, well or not.',
  failures: 'Faults of names that can be pulled.',
  repos_checked: 'Repositories looked at.',
  tags_checked: 'Tags looked at.',
  duration_seconds: 'How long that run took.',
  verdict: 'The one word for that run: 1 for the verdict that holds.',
  canary_success: 'The canary image was pulled whole.',
  canary_duration_seconds: 'How long pulling the canary took.',
  faults: 'The same by kind.',
  indexes_checked: 'Indexes looked at.',
  manifests_checked: 'Manifests and indexes read and hashed.',
  blobs_checked: 'Configurations and layers whose presence was asked for.',
  blobs_read: 'Of these, those whose bytes were all read and hashed.',
  repos_missing: 'Repositories that the cluster pulls from and the registry does not list.',
  repos_denied: 'Repositories listed, but refused to the credentials of the probe.',
  hashed_bytes: 'Bytes of blobs read and hashed in that run.',
  unread_bytes: 'Bytes whose turn it was and that the budget left unread.',
  oldest_unverified_age_seconds:
    'Longest time since the turn of a blob whose bytes were not read in that run.',
  last_success_timestamp: 'When everything was last looked at.',
  memory_since_timestamp: 'When the memory of earlier runs began.',
  read_until_timestamp: 'The turns of all bytes up to then are done.',
  backlog_seconds: 'How far that is behind.',
  window_seconds: 'The longest stretch of turns that the next run takes on.',
  damaged_blobs: 'Blobs that were read damaged and not read whole since.',
  damaged_blob: 'Since when, one by one.',
  broken: 'Since when a repository has faults of a kind.',
  repositories_emptied: 'Repositories that had tags and have none.',
  repository_emptied: 'Since when, one by one.',
  repository_tags: 'Tags of each repository.',
} as const;

export type ProbeMetric = keyof typeof meanings;

/** A gauge under its full name. */
export function gauge(name: ProbeMetric, samples: Gauge['samples']): Gauge {
  return { name: `${prefix}${name}`, help: meanings[name], samples };
}
