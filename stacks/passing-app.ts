import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';

/** What stacks say of themselves, made in an app that nobody synthesizes. */
export function inPassing<T>(ask: (app: App) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), 'stacks-'));
  try {
    return ask(new App({ outdir, stackTraces: false }));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
