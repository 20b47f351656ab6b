import { unifiedDiff } from '../terminal/diff';
import type { Standing } from './observation';
import type { ResolvedFile } from './resolved-machine';

/**
 * What a write changes, for a reader. What a machine holds is shown only where anybody on it may read it and the new
 * file needs no secret; a password that somebody wrote into such a file by hand is left out.
 */
export function fileDiff(file: ResolvedFile, before: Standing | undefined): string {
  const hidden = file.holdsSecrets || file.mode === '0600';
  const old = before?.kind === 'file' ? before : undefined;
  if (old !== undefined && (hidden || Number.parseInt(old.mode, 8) % 8 < 4))
    return `${file.path} differs; what the machine holds is not shown, since it may be secret`;
  const standing =
    before === undefined ? 'absent' : old === undefined ? `a ${before.kind}` : `${old.mode} ${old.owner}`;
  return unifiedDiff(
    { name: file.path, note: standing, text: old?.text },
    { name: file.path, note: `${file.mode} 0:0`, text: file.shown },
  )
    .split('\n')
    .map(withoutPassword)
    .join('\n');
}

function withoutPassword(line: string): string {
  return line.replace(
    /^(-.*\b(?:password|passwd|secret|token|identitytoken|auth|authorization)\b["']?\s*[:=]\s*).+$/i,
    '$1…',
  );
}
