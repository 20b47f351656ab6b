import { run as runProbe } from '../../programs/integrity-probe/probe-run';
import { run as runRetention } from '../../programs/retention/run';
import { canaryImage, imageAt } from '../../estate/derived/references';
import { retentionConfig } from '../../stacks/retention-config';
import type { Scene } from './scene';

const signal = new AbortController().signal;
/** Everything here was pushed a minute ago; the job of a later night meets it grown old. */
const laterMs = 7 * 86_400_000;

/** The retention job of the estate, once, as its CronJob runs it. Answers what it printed. */
export async function retain(scene: Scene): Promise<readonly string[]> {
  const { estate, lab, kubernetesUrl, cluster, tokens } = scene;
  const asked = ['pods', '--all-namespaces'];
  const [pod] = await cluster.items<{ metadata: { name: string; namespace: string } }>(asked);
  const urls = { forgeUrl: lab.forge.url, kubernetesUrl, pushgatewayUrl: lab.pushgateway.url };
  const lines: string[] = [];
  const code = await runRetention({
    config: { ...retentionConfig(estate), ...urls },
    token: tokens?.delete ?? '',
    pod: pod?.metadata ?? { name: '', namespace: '' },
    ...{ signal, print: (line) => lines.push(line), now: () => Date.now() + laterMs },
  });
  if (code !== 0) throw new Error(`retention ended with ${code}\n${lines.join('\n')}`);
  return lines;
}

/** The integrity probe on Forgejo, once, as its CronJob runs it. */
export async function probe({ estate, lab, tokens }: Scene): Promise<void> {
  const { rereadDays, deployedRereadDays, maxBytesPerRun, maxConcurrentRequests } = estate.integrityProbe;
  const canary = canaryImage(estate);
  const lines: string[] = [];
  const code = await runProbe({
    config: {
      ...{ registryUrl: lab.forge.url, instance: estate.forgejo.host, pushgatewayUrl: lab.pushgateway.url },
      ...{ job: 'forgejo-integrity-probe', retiredJobs: [], deployedReferences: [] },
      canaryReference: `${imageAt(estate, canary, 'forgejo').repository}:${canary.tag}`,
      ...{ intervalMinutes: 15, deadlineSeconds: 600, maxBytesPerRun, maxConcurrentRequests },
      ...{ rereadDays, deployedRereadDays },
    },
    credentials: { username: estate.tokens.pull.owner, password: tokens?.pull ?? '' },
    ...{ signal, log: (line) => lines.push(line) },
  });
  if (code !== 0) throw new Error(`the probe ended with ${code}\n${lines.join('\n')}`);
}
