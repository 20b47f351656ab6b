import { createTwoFilesPatch } from 'diff';

export interface DiffSide {
  readonly name: string;
  /** Stands beside the name, such as mode and owner. @default nothing */
  readonly note?: string;
  /** Undefined where there is nothing yet, or nothing any more. */
  readonly text: string | undefined;
}

/** A unified diff with two lines of context; its last line ends without a newline. */
export function unifiedDiff(before: DiffSide, after: DiffSide): string {
  const names = [before.name, after.name] as const;
  const texts = [before.text ?? '', after.text ?? ''] as const;
  const patch = createTwoFilesPatch(...names, ...texts, before.note, after.note, { context: 2 });
  return patch.slice(patch.indexOf('--- ')).replace(/\n$/u, '');
}
