import { estate } from './estate';
import { describeOverride } from './estate/overrides';
import { validateEstate } from './estate/validate';
import { writeManifests } from './manifests/write-manifests';
import { synthesize, type SynthesizedStack } from './stacks/synthesize';

const columns = (name: string, resources: number, bytes: number, milliseconds: number): string =>
  `${name.padEnd(22)} ${String(resources).padStart(3)} resources ${String(bytes).padStart(8)} bytes ${milliseconds.toFixed(1).padStart(7)} ms`;

function report(stacks: readonly SynthesizedStack[]): string {
  const rows = stacks.map(
    ({ name, resources, text, milliseconds }) =>
      [name, resources, Buffer.byteLength(text), milliseconds] as const,
  );
  const total = (column: 1 | 2 | 3): number => rows.reduce((sum, row) => sum + row[column], 0);
  return [...rows, [`${rows.length} stacks`, total(1), total(2), total(3)] as const]
    .map((row) => columns(...row))
    .join('\n');
}

try {
  const outdir = process.env['CDKTF_OUTDIR'] ?? 'cdktf.out';
  const stacks = synthesize(validateEstate(estate), outdir);
  writeManifests(outdir, stacks, estate.stacks.variables);
  console.log(
    [report(stacks), ...estate.overrides.map((each) => `${each.claim}: ${describeOverride(each)}`)].join(
      '\n',
    ),
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
