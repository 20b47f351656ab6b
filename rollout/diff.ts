import { createTwoFilesPatch } from 'diff';
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
  const patch = createTwoFilesPatch(
    file.path,
    file.path,
    old?.text ?? '',
    file.shown,
    before === undefined
      ? 'absent'
      : before.kind === 'file'
        ? `${before.mode} ${before.owner}`
        : `a ${before.kind}`,
    `${file.mode} 0:0`,
    { context: 2 },
  );
  return patch.split('\n').slice(2).map(withoutPassword).join('\n').trimEnd();
}

function withoutPassword(line: string): string {
  return line.replace(
    /^(-.*\b(?:password|passwd|secret|token|identitytoken|auth|authorization)\b["']?\s*[:=]\s*).+$/i,
    '$1…',
  );
}
