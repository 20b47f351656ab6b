import type { ProbeMetric } from '../programs/integrity-probe/gauges';
import type { RetentionMetric } from '../programs/retention/metrics';
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

/** The part of Grafana's dashboard model that is written here; Grafana fills in the rest. */
interface Dashboard {
  readonly panels: readonly ReturnType<typeof panelOf>[];
  readonly [field: string]: unknown;
}

type Query = readonly [expr: string, legend: string];
/** By default a time series of plain numbers. */
type PanelSpec = readonly [
  title: string,
  description: string,
  queries: readonly Query[],
  how?: { readonly unit?: string; readonly type?: 'stat' },
];

const retentionSeries = (name: RetentionMetric): string => `forgejo_retention_${name}`;

const panelsPerRow = 3;
const gridWidth = 24;
const panelHeight = 8;

/**
 * The registry at a glance: images, retention, volume, pulls and pushes.
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
    [
      'Verdict',
      'The one word for the last run of each probe.',
      [[`${metric('verdict')} == 1`, '{{instance}}: {{verdict}}']],
      { type: 'stat' },
    ],
    [
      'Faults',
      'Names that can be pulled and are not whole, by kind.',
      [[`${metric('faults')} > 0`, '{{instance}}: {{kind}}']],
    ],
    [
      'Damaged and emptied',
      'For how long: blobs whose bytes were read damaged, repositories that lost all their tags.',
      [
        [`time() - ${metric('damaged_blob')}`, '{{instance}}: {{repository}} {{digest}}'],
        [`time() - ${metric('repository_emptied')}`, '{{instance}}: {{repository}} has no tags'],
      ],
      { unit: 's' },
    ],
    [
      'Age of results',
      'Since the last run, since the last whole one, and how far the reading of bytes is behind its turns.',
      [
        [`time() - ${metric('last_run_timestamp')}`, '{{instance}}: last run'],
        [`time() - ${metric('last_success_timestamp')}`, '{{instance}}: last whole run'],
        [metric('backlog_seconds'), '{{instance}}: bytes behind'],
        [metric('oldest_unverified_age_seconds'), '{{instance}}: oldest bytes'],
      ],
      { unit: 's' },
    ],
    [
      'Looked at',
      'What the last whole run looked at.',
      (['repos', 'tags', 'manifests', 'blobs'] as const).map((noun): Query => [
        metric(`${noun}_checked`),
        `{{instance}}: ${noun}`,
      ]),
    ],
    [
      'Bytes hashed',
      'Read and hashed per run, and what the budget left unread.',
      [
        [metric('hashed_bytes'), '{{instance}}: hashed'],
        [metric('unread_bytes'), '{{instance}}: left unread'],
      ],
      { unit: 'bytes' },
    ],
    [
      'Duration',
      'Of a run, and of pulling the canary image whole.',
      [
        [metric('duration_seconds'), '{{instance}}: run'],
        [metric('canary_duration_seconds'), '{{instance}}: canary pull'],
      ],
      { unit: 's' },
    ],
  ];
}

function retention(): PanelSpec[] {
  return [
    [
      'Versions kept, by reason',
      'What the last plan of retention kept, and why.',
      [[retentionSeries('versions_kept'), '{{reason}}']],
    ],
    [
      'Tags deleted',
      'Planned, deleted and failed in the last run, against what one run may delete.',
      [
        [retentionSeries('tags_planned'), 'planned'],
        [retentionSeries('tags_deleted'), 'deleted'],
        [retentionSeries('failures'), 'failed'],
        [retentionSeries('max_deletions'), 'limit'],
      ],
    ],
    [
      'Retention, age of results',
      'Since the last run and since the last one that did all of its job.',
      [
        [`time() - ${retentionSeries('last_run_timestamp_seconds')}`, 'last run'],
        [`time() - ${retentionSeries('last_success_timestamp_seconds')}`, 'last success'],
      ],
      { unit: 's' },
    ],
  ];
}

function storage({ namespace, volumeClaim, volumeCeilingBytes }: DashboardProps): PanelSpec[] {
  const claim = `namespace=${quote(namespace)},persistentvolumeclaim=${quote(volumeClaim)}`;
  return [
    [
      'Storage',
      'Used and provisioned, against the size at which the volume is no longer grown.',
      [
        [`kubelet_volume_stats_used_bytes{${claim}}`, 'used'],
        [`kubelet_volume_stats_capacity_bytes{${claim}}`, 'provisioned'],
        [`vector(${volumeCeilingBytes})`, 'ceiling'],
      ],
      { unit: 'bytes' },
    ],
    [
      'Days until the ceiling',
      'At the growth of the last week.',
      [
        [
          `(${volumeCeilingBytes} - kubelet_volume_stats_used_bytes{${claim}}) / clamp_min(deriv(kubelet_volume_stats_used_bytes{${claim}}[7d]) * 86400, 1)`,
          'days',
        ],
      ],
      { unit: 'd', type: 'stat' },
    ],
  ];
}

function traffic({ traefikService }: DashboardProps): PanelSpec[] {
  const service = `service=${quote(traefikService)}`;
  const requests = (methods: string, codes: string): string =>
    `sum by (code) (rate(traefik_service_requests_total{${service},method=~${quote(methods)},code=~${quote(codes)}}[5m]))`;
  return [
    [
      'Pull errors at the ingress',
      'Reading requests that were refused or failed; 401 is the first step of every login.',
      [[requests('GET|HEAD', '403|404|429|5..'), '{{code}}']],
      { unit: 'reqps' },
    ],
    [
      'Push errors at the ingress',
      'Writing requests that were refused or failed; 413 is the body limit.',
      [[requests('POST|PUT|PATCH', '403|408|413|416|429|5..'), '{{code}}']],
      { unit: 'reqps' },
    ],
    [
      'Pods that cannot pull',
      'Containers waiting for an image, by namespace.',
      [
        [
          'sum by (namespace) (kube_pod_container_status_waiting_reason{reason=~"ImagePullBackOff|ErrImagePull"})',
          '{{namespace}}',
        ],
      ],
    ],
  ];
}

function panelOf([title, description, queries, how = {}]: PanelSpec, index: number) {
  const { unit = 'short', type = 'timeseries' } = how;
  const w = gridWidth / panelsPerRow;
  return {
    id: index + 1,
    ...{ type, title, description },
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
