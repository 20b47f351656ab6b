/** Whether a plain HTTP address answers with a status below 500 within a second. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(1000) });
  await response.body?.cancel();
  return response.status < 500;
}
