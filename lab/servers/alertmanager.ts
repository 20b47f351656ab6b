import { stringify } from 'yaml';
import type { LabContext } from '../process/lab-context';
import { startLoopbackServer, type LoopbackServer } from './loopback-server';

type Labels = Readonly<Record<string, string>>;

export interface Alertmanager extends Pick<LoopbackServer, 'url' | 'host'> {
  /** The labels of each alert that it holds now. */
  alerts(): Promise<readonly Labels[]>;
}

/** Starts an Alertmanager that keeps what it receives and notifies nobody. */
export async function startAlertmanager(lab: LabContext): Promise<Alertmanager> {
  const configuration = { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] };
  const files = { 'alertmanager.yml': stringify(configuration) };
  const { url, host } = await startLoopbackServer(lab, 'alertmanager', { files });
  return {
    ...{ url, host },
    alerts: async () => {
      const response = await fetch(`${url}/api/v2/alerts`);
      const answer = (await response.json()) as readonly { readonly labels: Labels }[];
      return answer.map(({ labels }) => labels);
    },
  };
}
