import type { ProbeMetric } from '../programs/integrity-probe/gauges';
import { probeSeries } from './integrity-alerts';
import { oneOf, quote } from './matcher';

export interface DashboardProps {
  /** The registries that are probed now, as their probes name themselves. */
  readonly instances: readonly string[];
  /** Namespace and claim of the volume that holds the packages. */
  readonly namespace: string;
  readonly volumeClaim: string;
  /** Size at which the volume is no longer grown. */
  readonly volumeCeilingBytes: number;
  /** Traefik's name of the registry's service, `<namespace>-<service>-<port>@kubernetes`. */
  readonly traefikService: string;
}

/** One query of a panel. */
interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
}

interface Panel {
  readonly id: number;
  readonly type: 'stat' | 'timeseries';
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly datasource: { readonly type: 'prometheus'; readonly uid: string };
  readonly fieldConfig: {
    readonly defaults: { readonly unit: string; readonly min?: number };
    readonly overrides: readonly [];
  };
  readonly targets: readonly Target[];
}

/** The part of Grafana's dashboard model that is written here; Grafana fills in the rest. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: { readonly list: readonly object[] };
  readonly panels: readonly Panel[];
}

interface PanelSpec {
  readonly type: Panel['type'];
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

const panelsPerRow = 3;
const gridWidth = 24;
const panelHeight = 8;

/**
 * The registry at a glance: is every image whole, does retention do what it should, does the volume still grow,
 * do pulls and pushes arrive.
 *
 * @see https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */
export function registryDashboard(props: DashboardProps): Dashboard {
  const specs = [...integrity(props), ...retention(), ...storage(props), ...traffic(props)];
  return {
    uid: 'image-registries',
    title: 'Image registries',
    tags: ['registry', 'forgejo'],
    schemaVersion: 39,
    refresh: '1m',
    time: { from: 'now-7d', to: 'now' },
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' }],
    },
    panels: specs.map(panelOf),
  };
}

function integrity({ instances }: DashboardProps): PanelSpec[] {
  const instance = oneOf('instance', instances);
  const metric = (name: ProbeMetric): string => probeSeries(name, instance);
  return [
    {
      type: 'stat',
      title: 'Verdict',
      description: 'The one word for the last run of each probe.',
      unit: 'short',
      queries: [[`${metric('verdict')} == 1`, '{{instance}}: {{verdict}}']],
    },
    {
      type: 'timeseries',
      title: 'Faults',
      description: 'Names that can be pulled and are not whole, by kind.',
      unit: 'short',
      queries: [[`${metric('faults')} > 0`, '{{instance}}: {{kind}}']],
    },
    {
      type: 'timeseries',
      title: 'Damaged and emptied',
      description:
        'For how long: blobs whose bytes were read damaged, repositories that lost all their tags.',
      unit: 's',
      queries: [
        [`time() - ${metric('damaged_blob')}`, '{{instance}}: {{repository}} {{digest}}'],
        [`time() - ${metric('repository_emptied')}`, '{{instance}}: {{repository}} has no tags'],
      ],
    },
    {
      type: 'timeseries',
      title: 'Age of results',
      description:
        'Since the last run, since the last whole one, and how far the reading of bytes is behind its turns.',
      unit: 's',
      queries: [
        [`time() - ${metric('last_run_timestamp')}`, '{{instance}}: last run'],
        [`time() - ${metric('last_success_timestamp')}`, '{{instance}}: last whole run'],
        [metric('backlog_seconds'), '{{instance}}: bytes behind'],
        [metric('oldest_unverified_age_seconds'), '{{instance}}: oldest bytes'],
      ],
    },
    {
      type: 'timeseries',
      title: 'Looked at',
      description: 'What the last whole run looked at.',
      unit: 'short',
      queries: (['repos', 'tags', 'manifests', 'blobs'] as const).map((noun) => [
        metric(`${noun}_checked`),
        `{{instance}}: ${noun}`,
      ]),
    },
    {
      type: 'timeseries',
      title: 'Bytes hashed',
      description: 'Read and hashed per run, and what the budget left unread.',
      unit: 'bytes',
      queries: [
        [metric('hashed_bytes'), '{{instance}}: hashed'],
        [metric('unread_bytes'), '{{instance}}: left unread'],
      ],
    },
    {
      type: 'timeseries',
      title: 'Duration',
      description: 'Of a run, and of pulling the canary image whole.',
      unit: 's',
      queries: [
        [metric('duration_seconds'), '{{instance}}: run'],
        [metric('canary_duration_seconds'), '{{instance}}: canary pull'],
      ],
    },
  ];
}

function retention(): PanelSpec[] {
  return [
    {
      type: 'timeseries',
      title: 'Versions kept, by reason',
      description: 'What the last plan of retention kept, and why.',
      unit: 'short',
      queries: [['forgejo_retention_versions_kept', '{{reason}}']],
    },
    {
      type: 'timeseries',
      title: 'Tags deleted',
      description: 'Planned, deleted and failed in the last run, against what one run may delete.',
      unit: 'short',
      queries: [
        ['forgejo_retention_tags_planned', 'planned'],
        ['forgejo_retention_tags_deleted', 'deleted'],
        ['forgejo_retention_failures', 'failed'],
        ['forgejo_retention_max_deletions', 'limit'],
      ],
    },
    {
      type: 'timeseries',
      title: 'Retention, age of results',
      description: 'Since the last run and since the last one that did all of its job.',
      unit: 's',
      queries: [
        ['time() - forgejo_retention_last_run_timestamp_seconds', 'last run'],
        ['time() - forgejo_retention_last_success_timestamp_seconds', 'last success'],
      ],
    },
  ];
}

function storage({ namespace, volumeClaim, volumeCeilingBytes }: DashboardProps): PanelSpec[] {
  const claim = `namespace=${quote(namespace)},persistentvolumeclaim=${quote(volumeClaim)}`;
  return [
    {
      type: 'timeseries',
      title: 'Storage',
      description: 'Used and provisioned, against the size at which the volume is no longer grown.',
      unit: 'bytes',
      queries: [
        [`kubelet_volume_stats_used_bytes{${claim}}`, 'used'],
        [`kubelet_volume_stats_capacity_bytes{${claim}}`, 'provisioned'],
        [`vector(${volumeCeilingBytes})`, 'ceiling'],
      ],
    },
    {
      type: 'stat',
      title: 'Days until the ceiling',
      description: 'At the growth of the last week.',
      unit: 'd',
      queries: [
        [
          `(${volumeCeilingBytes} - kubelet_volume_stats_used_bytes{${claim}}) / clamp_min(deriv(kubelet_volume_stats_used_bytes{${claim}}[7d]) * 86400, 1)`,
          'days',
        ],
      ],
    },
  ];
}

function traffic({ traefikService }: DashboardProps): PanelSpec[] {
  const service = `service=${quote(traefikService)}`;
  const requests = (methods: string, codes: string): string =>
    `sum by (code) (rate(traefik_service_requests_total{${service},method=~${quote(methods)},code=~${quote(codes)}}[5m]))`;
  return [
    {
      type: 'timeseries',
      title: 'Pull errors at the ingress',
      description: 'Reading requests that were refused or failed; 401 is the first step of every login.',
      unit: 'reqps',
      queries: [[requests('GET|HEAD', '403|404|429|5..'), '{{code}}']],
    },
    {
      type: 'timeseries',
      title: 'Push errors at the ingress',
      description: 'Writing requests that were refused or failed; 413 is the body limit.',
      unit: 'reqps',
      queries: [[requests('POST|PUT|PATCH', '403|408|413|416|429|5..'), '{{code}}']],
    },
    {
      type: 'timeseries',
      title: 'Pods that cannot pull',
      description: 'Containers waiting for an image, by namespace.',
      unit: 'short',
      queries: [
        [
          'sum by (namespace) (kube_pod_container_status_waiting_reason{reason=~"ImagePullBackOff|ErrImagePull"})',
          '{{namespace}}',
        ],
      ],
    },
  ];
}

function panelOf({ type, title, description, unit, queries }: PanelSpec, index: number): Panel {
  const w = gridWidth / panelsPerRow;
  return {
    id: index + 1,
    type,
    title,
    description,
    gridPos: {
      h: panelHeight,
      w,
      x: (index % panelsPerRow) * w,
      y: Math.floor(index / panelsPerRow) * panelHeight,
    },
    datasource: { type: 'prometheus', uid: '${datasource}' },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(([expr, legendFormat], query) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + query),
      expr,
      legendFormat,
    })),
  };
}
