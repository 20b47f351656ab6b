/** Why a file that a person named was not written. */
export function unwritable(where: string, file: string, error: unknown): string {
  const { code = 'an error' } = error as NodeJS.ErrnoException;
  return `${where}: cannot be written, got "${file}" (${code}); name a file in a folder that is there`;
}
