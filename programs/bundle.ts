import { buildSync } from 'esbuild';
import { basename, dirname, join } from 'node:path';

/** A ConfigMap holds 1 MiB at most, names and all; the API server refuses more only when it is applied. */
const MAX_BUNDLE_BYTES = 1024 * 1024 - 16 * 1024;

const programs = ['retention', 'integrity-probe', 'woodpecker-sync'] as const;

/** The programs that run in the cluster: each is a folder here with a `main.ts`. */
export type ProgramName = (typeof programs)[number];

/** How Node is started for a program: a small heap, collected often, leaves what its pod may have to the bytes in flight. */
export const nodeOptions: Readonly<Record<ProgramName, readonly string[]>> = {
  retention: ['--max-semi-space-size=1', '--max-old-space-size=64'],
  'integrity-probe': ['--max-old-space-size=32', '--max-semi-space-size=1'],
  'woodpecker-sync': ['--max-old-space-size=32', '--max-semi-space-size=1'],
};

let bundles: ReadonlyMap<string, string> | undefined;

/**
 * One readable ES module with everything that a program needs but Node. The same sources give the same text on every
 * machine, so its hash may annotate a pod template. All programs are bundled at the first call: starting the bundler
 * costs more than bundling.
 */
export function bundle(program: ProgramName): string {
  bundles ??= bundleAll();
  const text = bundles.get(program) ?? '';
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_BUNDLE_BYTES) return text;
  throw new Error(
    `programs/${program}: the bundle does not fit into a ConfigMap, got ${bytes} bytes of ${MAX_BUNDLE_BYTES}; take out what a program of this kind does not need`,
  );
}

function bundleAll(): Map<string, string> {
  const { outputFiles } = buildSync({
    absWorkingDir: __dirname,
    entryPoints: programs.map((program) => join(program, 'main.ts')),
    outdir: 'bundled',
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    tsconfigRaw: {},
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(dirname(path)), text]));
}
