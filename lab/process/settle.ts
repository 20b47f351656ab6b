/** Awaits all before one failure is told, so that nothing still starts. @throws one Error with every different reason */
export async function settle<const Started extends readonly unknown[]>(
  started: Started,
): Promise<{ -readonly [Index in keyof Started]: Awaited<Started[Index]> }> {
  const outcomes = await Promise.allSettled(started);
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [String(outcome.reason)] : [],
  );
  if (failures.length > 0) throw new Error([...new Set(failures)].join('\n'));
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as never;
}
