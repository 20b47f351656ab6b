import { chunksOf } from './http/response';
import type { ServerRequest } from './http/transport';
import { transportTo, type Pushgateway } from './pushgateway';

/** One sample as the Pushgateway serves it, the labels of its group among the others. */
export interface PushedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PushedSamplesProps extends Pushgateway {
  /** Only metrics whose names begin with this are read. */
  readonly prefix: string;
}

/** A longer line is no sample of ours; more of them are no group of ours. */
const maxLineLength = 4096;
const maxSamples = 4096;

/** What a group holds, as its last pushes left it. All groups are served at once: they are read as they come, none is held. */
export async function pushedSamples({
  prefix,
  ...pushgateway
}: PushedSamplesProps): Promise<readonly PushedSample[]> {
  const { url, group } = pushgateway;
  const request: ServerRequest = { method: 'GET', url: new URL('/metrics', url), scope: '' };
  return transportTo(pushgateway).send(request, async (response) => {
    const samples: PushedSample[] = [];
    for await (const lines of linesOf(chunksOf(response)))
      for (const line of lines) {
        const sample = line.startsWith(prefix) ? parseSample(line) : undefined;
        if (sample === undefined || !belongsTo(group, sample.labels)) continue;
        if (samples.length === maxSamples)
          throw new Error(
            `${request.url.origin}/metrics: more than ${maxSamples} samples of job "${group.job}"; delete the group`,
          );
        samples.push(sample);
      }
    return samples;
  });
}

/** Lines without their ends, those of a chunk at once; of a line that is too long, nothing. */
async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly string[], void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let tooLong = false;
  for await (const chunk of chunks) {
    const lines: string[] = [];
    for (const [place, part] of decoder.decode(chunk, { stream: true }).split('\n').entries()) {
      if (place > 0) {
        if (!tooLong) lines.push(rest);
        rest = '';
        tooLong = false;
      }
      tooLong ||= rest.length + part.length > maxLineLength;
      rest = tooLong ? '' : rest + part;
    }
    yield lines;
  }
  if (!tooLong) yield [rest];
}

/** `name{label="value",…} number`, as the exposition format writes it. */
function parseSample(line: string): PushedSample | undefined {
  const [, name = '', body = '', number = ''] = /^([a-zA-Z_:][\w:]*)\{(.*)\} (\S+)$/.exec(line) ?? [];
  const value = number === '' ? Number.NaN : Number(number);
  if (name === '' || Number.isNaN(value)) return undefined;
  const labels = [...body.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, label = '', text = '']) => [
      label,
      text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
    ],
  );
  return { name, labels: Object.fromEntries(labels) as Record<string, string>, value };
}

function belongsTo(group: Pushgateway['group'], labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(group).every(([name, value]) => labels[name] === value);
}
