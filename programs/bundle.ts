import { buildSync } from 'esbuild';
import { join } from 'node:path';

/** A ConfigMap holds 1 MiB at most, names and all; the API server refuses more only when it is applied. */
const MAX_BUNDLE_BYTES = 1024 * 1024 - 16 * 1024;

/** The programs that run in the cluster: each is a folder here with a `main.ts`. */
export type ProgramName = 'retention' | 'integrity-probe';

/**
 * One readable ES module with everything that a program needs but Node. The same sources give the same text on every
 * machine, so its hash may annotate a pod template.
 */
export function bundle(program: ProgramName): string {
  const built = buildSync({
    absWorkingDir: __dirname,
    entryPoints: [join(program, 'main.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    tsconfigRaw: {},
  });
  const text = built.outputFiles[0]?.text ?? '';
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_BUNDLE_BYTES) return text;
  throw new Error(
    `programs/${program}: the bundle does not fit into a ConfigMap, got ${bytes} bytes of ${MAX_BUNDLE_BYTES}; take out what a program of this kind does not need`,
  );
}
