import type { IntegrityProbeFacts } from '../../estate/integrity-probe';
import { periodOf } from '../../estate/derived/schedule';
import type { Pushgateway } from '../../lab/servers/pushgateway';
import { integrityAlerts, type IntegrityAlertsProps } from '../../monitoring/integrity-alerts';
import type { IntegrityProbeConfig } from '../../programs/integrity-probe/config';
import { run, type RunProps } from '../../programs/integrity-probe/probe-run';
import { type Episode, expectEpisodes, metricsOf } from './alert-episodes';
import { RecordedSeries } from './recorded-series';

const minute = 60_000;
const prefix = 'registry_manifest_integrity_';
/** A scrape and an evaluation: how much later than a push an alert is heard of. */
const hearingMinutes = 2;

export interface SimulatedProbeProps extends Pick<RunProps, 'credentials'> {
  /** How the estate has it run. */
  readonly facts: IntegrityProbeFacts;
  readonly registryUrl: string;
  readonly instance: string;
  readonly job: string;
  readonly canaryReference: string;
  readonly pushgateway: Pushgateway;
  readonly collections?: IntegrityAlertsProps['collections'];
}

/** The program as the estate schedules it, on a clock that is handed in, and what Prometheus would have seen of it. */
export class SimulatedProbe {
  readonly intervalMinutes: number;
  readonly episodes: Episode[] = [];
  readonly deployed: string[] = [];
  /** The estate's, until a story changes it. */
  maxBytesPerRun: number;
  /** What the last run said. */
  log: readonly string[] = [];
  minute = 0;
  readonly #props: SimulatedProbeProps;
  readonly #group;
  readonly #recorded;

  constructor(props: SimulatedProbeProps) {
    this.#props = props;
    this.maxBytesPerRun = props.facts.maxBytesPerRun;
    this.intervalMinutes = periodOf(props.facts.schedule).longestMinutes;
    this.#group = integrityAlerts({
      ...{ instances: [props.instance], collections: props.collections ?? [] },
      ...{ intervalMinutes: this.intervalMinutes, namespace: props.facts.namespace },
      retention: { namespace: 'forgejo', cronJob: 'forgejo-cleanup', maxShare: 0.3 },
      runbookUrl: 'https://git.example/integrity-probe.md',
    });
    this.#recorded = new RecordedSeries(metricsOf(this.#group, prefix));
  }

  async start(): Promise<this> {
    this.#recorded.add('', 1);
    await this.#run();
    return this;
  }

  /** Lets so much time go by, with its runs; what happens at the end of it comes right behind the last one. */
  async pass(minutes: number, { withoutJob = false } = {}): Promise<void> {
    for (const end = this.minute + minutes; this.minute < end;) {
      this.#recorded.add(await this.#props.pushgateway.metrics(), this.intervalMinutes);
      this.minute += this.intervalMinutes;
      if (!withoutJob) await this.#run();
    }
  }

  /** Lets time go by until a minute has gone by. */
  async passUntil(end: number): Promise<void> {
    if (end > this.minute) await this.pass(end - this.minute);
  }

  /** When an alert is due whose condition a run pushes in so many minutes at the latest. */
  dueIn(alert: string, minutes: number): number {
    return this.minute + minutes + this.waitOf(alert) + hearingMinutes;
  }

  /** How long the condition of an alert has to last. */
  waitOf(alert: string): number {
    const duration = this.#group.rules.find((rule) => rule.alert === alert)?.for ?? '';
    return parseInt(duration, 10) * ({ m: 1, h: 60, d: 24 * 60 }[duration.slice(-1)] ?? Number.NaN);
  }

  /** The alert fires from the due minute until now, and ends with the next run. */
  fired(alert: string, { possible, due }: Pick<Episode, 'possible' | 'due'>): void {
    const over = this.minute + this.intervalMinutes + hearingMinutes;
    this.episodes.push({ alert, possible, due, until: this.minute, over });
  }

  /** A gauge as the Pushgateway has it now. */
  async gauge(name: string): Promise<number | undefined> {
    const lines = (await this.#props.pushgateway.metrics()).split('\n');
    const start = `${prefix}${name}{instance="${this.#props.instance}"`;
    const line = lines.find((each) => each.startsWith(start));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }

  /** Promtool's word on the whole time: the episodes and nothing else. */
  async judge(more: readonly { readonly series: string; readonly values: string }[] = []): Promise<void> {
    const { minutes } = this.#recorded;
    const inputSeries = [...this.#recorded.inputSeries(), ...more];
    await expectEpisodes(this.#group, { minutes, inputSeries }, this.episodes);
  }

  async #run(): Promise<void> {
    const { pushgateway, credentials, collections: _, facts, ...own } = this.#props;
    const { rereadDays, deployedRereadDays, maxConcurrentRequests } = facts;
    const { maxBytesPerRun } = this;
    const config: IntegrityProbeConfig = {
      ...{ ...own, pushgatewayUrl: pushgateway.url, retiredJobs: [], deployedReferences: this.deployed },
      ...{ rereadDays, deployedRereadDays, maxBytesPerRun, maxConcurrentRequests, deadlineSeconds: 600 },
      intervalMinutes: this.intervalMinutes,
    };
    const log: string[] = [];
    const now = this.minute * minute;
    await run({
      ...{ config, log: (line) => log.push(line), now: () => now, signal: new AbortController().signal },
      ...(credentials === undefined ? {} : { credentials }),
      patience: { retries: 1, retryDelayMs: 1 },
    });
    this.log = log;
  }
}
