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
  const patch = createTwoFilesPatch(
    before.name,
    after.name,
    before.text ?? '',
    after.text ?? '',
    before.note,
    after.note,
    {
      context: 2,
    },
  );
  return patch.slice(patch.indexOf('--- ')).replace(/\n$/u, '');
}
