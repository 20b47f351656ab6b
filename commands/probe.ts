import { parseArgs } from 'node:util';
import type { ExitCode } from '../programs/exit-code';
import { credentialsOf } from '../programs/integrity-probe/credentials';
import { live } from '../programs/life';
import { ByteCheck } from '../programs/integrity-probe/byte-check';
import { referencesByRepository } from '../programs/integrity-probe/config';
import type { Fault } from '../programs/integrity-probe/fault';
import { exitCodeOf, verdictOf } from '../programs/integrity-probe/verdict';
import { type Progress, walk, type WalkResult } from '../programs/integrity-probe/walk';
import { RegistryClient } from '../clients/oci/client';

const usage =
  'usage: npm run probe -- <registry url> [--hash] [--json] [--deployed <repository:tag>]…; REG_USER and REG_PASS in the environment';

export interface ProbeProps {
  readonly args: readonly string[];
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether what is written to `err` can be written over. */
  readonly interactive: boolean;
  /** Ends the walk; what was found by then is still printed. */
  readonly signal: AbortSignal;
}

/** Walks a registry for a person: progress, a table of what is broken, one line of summary. Returns the exit code. */
export async function probe({
  args,
  credentials,
  out,
  err,
  interactive,
  signal,
}: ProbeProps): Promise<ExitCode> {
  const { url, hash, json, deployed } = parse(args);
  const faults: Fault[] = [];
  const bar =
    interactive && !json
      ? (progress: Progress) => {
          err(`\r${formatProgress(progress)}`);
        }
      : undefined;
  const byteCheck = new ByteCheck({
    rereadMs: 0,
    deployedRereadMs: 0,
    maxBytesPerRun: hash ? Infinity : 0,
    slot: { sinceMs: 0, untilMs: 0 },
  });
  const result = await walk({
    client: new RegistryClient({
      url,
      maxConcurrentRequests: 32,
      signal,
      ...(credentials === undefined ? {} : { credentials }),
    }),
    deployed: referencesByRepository(deployed),
    byteCheck,
    round: 0,
    signal,
    onFault: (fault) => faults.push(fault),
    ...(bar === undefined ? {} : { onProgress: bar }),
  });
  if (bar !== undefined) err('\n');
  const verdict = verdictOf({ result, bytesRead: hash });
  const { interruption } = result;
  if (json) {
    const summary = { url, verdict, ...countsOf(result), hashedBytes: byteCheck.hashedBytes };
    out(
      `${JSON.stringify({ ...summary, ...(interruption && { interruption: interruption.message }), found: faults }, null, 2)}\n`,
    );
  } else {
    out(formatFaults(faults));
    out(formatSummary(url, verdict, result, byteCheck.hashedBytes));
  }
  return exitCodeOf(verdict);
}

function parse(args: readonly string[]): { url: string; hash: boolean; json: boolean; deployed: string[] } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      hash: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      deployed: { type: 'string', multiple: true, default: [] },
    },
  });
  const [url, ...rest] = positionals;
  if (url === undefined || rest.length > 0)
    throw new Error(`probe: one registry is expected, got ${positionals.length}; ${usage}`);
  return { url, ...values };
}

function formatProgress({ repositories, ofRepositories, tags, blobs }: Progress): string {
  const width = 30;
  const done =
    ofRepositories === 0 ? width : Math.min(width, Math.round((repositories / ofRepositories) * width));
  return `[${'#'.repeat(done).padEnd(width, '.')}] ${repositories}/${ofRepositories} repositories, ${tags} tags, ${blobs} blobs`;
}

function formatFaults(faults: readonly Fault[]): string {
  if (faults.length === 0) return '';
  const head = ['IMAGE', 'FAULT', 'WHERE', 'DIGEST'];
  const rows = faults
    .map(({ repository, reference, kind, path, digest }) => [
      `${repository}${reference.includes(':') ? '@' : ':'}${reference}`,
      kind,
      path.join(' ') || 'itself',
      digest ?? '-',
    ])
    .sort((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1));
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function countsOf(result: WalkResult): object {
  const { repositories, tags, indexes, manifests, blobs } = result;
  const { catalogAccessible, missingRepositories, deniedRepositories, faults } = result;
  const looked = { catalogAccessible, repositories, tags, indexes, manifests, blobs };
  return { ...looked, missingRepositories, deniedRepositories, faults };
}

function formatSummary(url: string, verdict: string, result: WalkResult, hashedBytes: number): string {
  const left = [
    ...result.missingRepositories.map((name) => `${name}: expected and not listed\n`),
    ...result.deniedRepositories.map((name) => `${name}: listed, and refused to these credentials\n`),
    ...(result.interruption === undefined ? [] : [`${result.interruption.message}\n`]),
  ];
  const found = Object.values(result.faults).reduce((sum, count) => sum + count, 0);
  return `${left.join('')}${url}: ${verdict}, ${found} faults in ${result.repositories} repositories, ${result.tags} tags, ${result.manifests} manifests, ${result.blobs} blobs, ${hashedBytes} bytes hashed\n`;
}

/** A registry of terabytes is read in less. */
const DEADLINE_SECONDS = 6 * 3600;

if (require.main === module) {
  void live({
    name: 'probe',
    begin: () => {
      const credentials = credentialsOf(process.env, 'this registry');
      return {
        deadlineSeconds: DEADLINE_SECONDS,
        run: (signal) =>
          probe({
            args: process.argv.slice(2),
            ...(credentials && { credentials }),
            out: (text) => process.stdout.write(text),
            err: (text) => process.stderr.write(text),
            interactive: process.stderr.isTTY,
            signal,
          }),
      };
    },
  });
}
