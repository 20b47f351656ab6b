/** Series as a Prometheus that scrapes every minute would have them, in promtool's notation. */
export class RecordedSeries {
  readonly #values = new Map<string, (string | undefined)[]>();
  readonly #names: RegExp;
  readonly #zeroSeconds: number;
  #minutes = 0;

  /** Of everything exposed, the metrics of these names; promtool's time begins with 0, that of the runs perhaps later. */
  constructor(names: Iterable<string>, zeroSeconds = 0) {
    this.#names = new RegExp(`^(?:${[...names].join('|')})(?:\\{| )`);
    this.#zeroSeconds = zeroSeconds;
  }

  get minutes(): number {
    return this.#minutes;
  }

  /** What the Pushgateway held for so many minutes, in the text exposition format. */
  add(exposition: string, minutes: number): void {
    const now = new Map<string, string>();
    for (const line of exposition.split('\n')) {
      const end = line.lastIndexOf(' ');
      if (!this.#names.test(line)) continue;
      const zero = /^\w+_timestamp/.test(line) ? this.#zeroSeconds : 0;
      now.set(line.slice(0, end), String(Number(line.slice(end + 1)) - zero));
    }
    for (const name of new Set([...this.#values.keys(), ...now.keys()])) {
      const values = this.#values.get(name) ?? Array<undefined>(this.#minutes).fill(undefined);
      for (let minute = 0; minute < minutes; minute += 1) values.push(now.get(name));
      this.#values.set(name, values);
    }
    this.#minutes += minutes;
  }

  inputSeries(): { series: string; values: string }[] {
    return [...this.#values].map(([series, values]) => ({ series, values: runsOf(values) }));
  }
}

/** Equal samples in a row as `value x count`; a gap begins with the mark that ends a series at once, as scraping does. */
function runsOf(values: readonly (string | undefined)[]): string {
  const runs: { value: string | undefined; count: number }[] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last !== undefined && last.value === value) last.count += 1;
    else runs.push({ value, count: 1 });
  }
  return runs
    .map(({ value, count }, place) => {
      if (value !== undefined) return `${Number(value)}x${count - 1}`;
      const gap = place === 0 ? count : count - 1;
      return [...(place === 0 ? [] : ['stale']), ...(gap > 0 ? [`_x${gap}`] : [])].join(' ');
    })
    .join(' ');
}
