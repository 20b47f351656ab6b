import type { ExitCode } from '../../programs/exit-code';
import type { RetentionConfig } from '../../programs/retention/config';
import { run } from '../../programs/retention/run';
import { FakeCluster, OWN_POD } from './fake-cluster';
import type { SweptOwner } from './sweep-forge';

/** One enforcing run on a forge, beside a cluster that runs nothing. */
export async function retainOnce(
  forgeUrl: string,
  { name: owner, token }: SweptOwner,
  changes: Partial<RetentionConfig> = {},
): Promise<{ readonly code: ExitCode; readonly lines: readonly string[] }> {
  const cluster = await new FakeCluster().start();
  const host = 'forge.example';
  cluster.metrics.set(
    `forgejo_retention_packages_expected{instance="${host}",job="forgejo-retention",owner="${owner}"}`,
    '0',
  );
  const lines: string[] = [];
  try {
    const code = await run({
      config: {
        ...{
          mode: 'enforce',
          forgeUrl,
          registryHosts: [host],
          owner,
          tokenUser: owner,
          estateReferences: [],
        },
        ...{ pushgatewayUrl: cluster.url, kubernetesUrl: cluster.url, deadlineSeconds: 600 },
        ...{ keepNewestTags: 1, alwaysKeepTags: ['latest'], alwaysKeepPatterns: [], graceHours: 0 },
        ...{ maxDeletionsPerRun: 1000, maxDeletedShareOfPackage: 1 },
        ...changes,
      },
      token,
      pod: OWN_POD,
      print: (line) => lines.push(line),
      signal: new AbortController().signal,
    });
    return { code, lines };
  } finally {
    await cluster.stop();
  }
}
