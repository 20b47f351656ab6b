/** How long `./registry scan` reads 100 MB of a tree; the project's own text files stand for one, again and again. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { estate } from '../estate';
import { retiredOf } from '../scan/retired';
import { scanTree } from '../scan/scan-tree';
import { runOk } from '../terminal/run';
import { bench, say } from './measure';

const wantedBytes = 100e6;
const wantedSeconds = 10;

async function main(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'bench-scan-'));
  try {
    const names = (await runOk('git', ['ls-files'])).trim().split('\n');
    const texts = names.map((name) => ({ name: basename(name), text: readFileSync(name) }));
    for (let bytes = 0, round = 0; bytes < wantedBytes; round += 1) {
      mkdirSync(join(root, String(round)));
      for (const [index, { name, text }] of texts.entries()) {
        if (bytes >= wantedBytes) break;
        writeFileSync(join(root, String(round), `${index}-${name}`), text);
        bytes += text.length;
      }
    }
    const before = performance.now();
    const { files, bytes, references } = scanTree(root, retiredOf(estate));
    const seconds = (performance.now() - before) / 1000;
    const per100 = (seconds * wantedBytes) / bytes;
    say(
      `${files} files, ${(bytes / 1e6).toFixed(0)} MB, ${references.length} references: ${seconds.toFixed(1)} s`,
    );
    say(
      `100 MB in ${per100.toFixed(1)} s, ${wantedSeconds} asked: ${per100 <= wantedSeconds ? 'met' : 'missed'}`,
    );
    process.exitCode = per100 <= wantedSeconds ? 0 : 1;
  } finally {
    rmSync(root, { recursive: true });
  }
}

void bench(main);
