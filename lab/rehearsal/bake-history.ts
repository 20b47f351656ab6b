import { collectedRegistries } from '../../estate/derived/collected-registries';
import { hasRegistryVm, type Estate } from '../../estate/estate';

const hourSeconds = 3600;
const daySeconds = 24 * hourSeconds;

export interface BakeHistoryProps {
  readonly estate: Estate;
  /** What the jobs themselves pushed, in the text exposition format. */
  readonly pushed: string;
  /** Unix second at which it ends. */
  readonly endsAt: number;
  readonly days: number;
  /** The first day on which retention enforced. */
  readonly enforcedFromDay: number;
}

const ofTheBake = /^(?:registry_manifest_integrity_|forgejo_retention_)\w+(?:\{|\s)/u;

/** A bake as Prometheus keeps it: each hour what the jobs really pushed, as of that day's run, and others say if all is well. */
export function bakeHistory(props: BakeHistoryProps): string {
  const { estate, pushed, endsAt, days, enforcedFromDay } = props;
  const pod = `namespace=${JSON.stringify(estate.forgejo.namespace)}`;
  const constants = [
    `container_memory_working_set_bytes{${pod},container="forgejo"} 50`,
    `container_spec_memory_limit_bytes{${pod},container="forgejo"} 100`,
    `kube_deployment_status_replicas_available{${pod},deployment="forgejo"} 1`,
    ...estate.projects.map(
      ({ name }) =>
        `image_push_verified_timestamp_seconds{registry="${estate.forgejo.host}",repository="${estate.forgejo.packages.owner}/${name}"} 1`,
    ),
  ];
  const from = endsAt - days * daySeconds;
  /** The run of that day, four hours into it. */
  const ranAt = (hour: number): number => from + (Math.floor((hour - 4) / 24) * 24 + 4) * hourSeconds;
  const samples = new Map<string, string[]>();
  const add = (series: string, value: number | string, at: number): void => {
    const name = series.split('{')[0] ?? '';
    samples.set(name, [...(samples.get(name) ?? []), `${series} ${value} ${at}`]);
  };
  const lines = [...pushed.split('\n').filter((line) => ofTheBake.test(line)), ...constants];
  for (let hour = 0; hour <= days * 24; hour += 1) {
    const at = from + hour * hourSeconds;
    const day = Math.floor(hour / 24);
    for (const line of lines) {
      const cut = line.lastIndexOf(' ');
      const [series, value] = [line.slice(0, cut), line.slice(cut + 1)];
      if (series.startsWith('forgejo_retention_enforcing')) add(series, day < enforcedFromDay ? 0 : 1, at);
      else add(series, series.includes('timestamp') ? ranAt(hour) : value, at);
    }
    const collectedAt = at - (at % (7 * daySeconds));
    for (const { name } of hasRegistryVm(estate) ? collectedRegistries(estate) : [])
      add(`registry_gc_last_success_timestamp_seconds{registry="${name}"}`, collectedAt, at);
  }
  const seriesOf = (row: string): string => row.slice(0, row.indexOf(' '));
  const inOrder = (rows: string[]): string[] => rows.sort((a, b) => (seriesOf(a) < seriesOf(b) ? -1 : 1));
  const groups = [...samples].flatMap(([name, rows]) => [`# TYPE ${name} gauge`, ...inOrder(rows)]);
  return [...groups, '# EOF\n'].join('\n');
}
