import { connect } from 'node:net';

/** Whether a plain HTTP address answers with a status below 500 within a second. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(1000) });
  await response.body?.cancel();
  return response.status < 500;
}

/** Whether something listens at `host:port`; for servers whose certificate this process does not trust. */
export async function accepts(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const finish = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => {
      finish(true);
    });
    socket.once('error', () => {
      finish(false);
    });
  });
}
