import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { ForgejoApi } from '../../clients/forgejo/api';
import type { UnclaimedDigest } from '../../clients/forgejo/package-contents';
import type { Tag } from '../../clients/forgejo/tag';
import { deleteVersion } from '../../clients/forgejo/version';
import { RegistryClient } from '../../clients/oci/client';
import { startLab, type Lab } from '../../lab/runs/lab';
import { retentionAlerts } from '../../monitoring/retention-alerts';
import { EXIT, type ExitCode } from '../../programs/exit-code';
import { run } from '../../programs/retention/run';
import { type Episode, expectEpisodes, metricsOf } from '../support/alert-episodes';
import { FakeCluster, type Listed, OWN_POD } from '../support/fake-cluster';
import { garble, onDisk } from '../support/file-damage';
import { pushImage, pushIndex } from '../support/push-image';
import { RecordedSeries } from '../support/recorded-series';
import { describeLab, itOnOwn } from './describe-lab';

const hour = 60;
const day = 24 * hour;
const owner = 'viktor';
const host = 'forge.example';
const deadlineMinutes = 60;
/** A scrape and an evaluation. */
const hearing = 2;
const failing = 'ForgejoRetentionFailing';

describeLab('three weeks of retention, recorded', () => {
  let lab: Lab<'forge' | 'pushgateway'>;
  let cluster: FakeCluster;

  beforeAll(async () => {
    lab = await startLab({ forge: true, pushgateway: true });
    cluster = await new FakeCluster().start();
  }, 600_000);
  afterAll(async () => {
    await cluster.stop();
    await lab.stop();
  });

  itOnOwn('forge')(
    'end what goes wrong in its alert from the run that shows it to the next that does not, and raise no other',
    async () => {
      const { forge, pushgateway } = lab;
      const user = await forge.createUser({ name: owner });
      const token = await forge.createToken(user, ['write:package']);
      const client = new RegistryClient({
        ...{ url: forge.url, credentials: { username: owner, password: token } },
      });
      const api = new ForgejoApi({ url: forge.url, owner, token });
      const group = retentionAlerts({
        ...{ instance: host, owner, periodMinutes: day, deadlineMinutes },
        runbookUrl: 'https://git.example/retention.md',
      });
      // Later than every push: what is pushed in time to come is young.
      const zeroMs = Date.now() + hour * 60_000;
      const recorded = new RecordedSeries(metricsOf(group, 'forgejo_retention_'), zeroMs / 1000);
      const episodes: Episode[] = [];
      const waits = new Map(group.rules.map(({ alert, for: wait }) => [alert, minutesOf(wait)]));
      let minute = 0;

      const pass = async (minutes: number): Promise<void> => {
        recorded.add(await pushgateway.metrics(), minutes);
        minute += minutes;
      };
      const retain = async (): Promise<ExitCode> => {
        const now = zeroMs + minute * 60_000;
        return run({
          config: {
            ...{ mode: 'enforce', forgeUrl: forge.url, registryHosts: [host], owner, tokenUser: owner },
            ...{ estateReferences: [], pushgatewayUrl: pushgateway.url, kubernetesUrl: cluster.url },
            ...{ keepNewestTags: 1, alwaysKeepTags: ['latest'], alwaysKeepPatterns: [], graceHours: 0 },
            ...{ maxDeletionsPerRun: 5, maxDeletedShareOfPackage: 1, deadlineSeconds: 2880 },
          },
          ...{ token, pod: OWN_POD, print: () => undefined, now: () => now },
          ...{ signal: new AbortController().signal, patience: { retries: 1, retryDelayMs: 1 } },
        });
      };
      /** A run a day; each alert fires from its run until the first run after it. */
      const runs = async (code: ExitCode, ...alerts: readonly string[]): Promise<void> => {
        expect([minute / day, await retain()]).toEqual([minute / day, code]);
        for (const alert of alerts) {
          const due = minute + (waits.get(alert) ?? Number.NaN) + hearing;
          episodes.push({
            alert,
            possible: due - hearing,
            due,
            until: minute + day,
            over: minute + day + hearing,
          });
        }
        await pass(day);
      };
      const builds = async (name: string, count: number): Promise<void> => {
        for (let build = 0; build < count; build += 1)
          for (const tag of ['a', 'b', 'c'])
            await pushImage(client, `${owner}/${name}`, `${name} ${build}`, `${build}-${tag}`);
      };
      const fileOf = (digest: string): string =>
        join(forge.packageStorage, digest.slice(7, 9), digest.slice(9, 11), digest.slice(7));
      const pods = (count: number, image = `${host}/${owner}/other:1`): readonly Listed[] => [
        { metadata: OWN_POD },
        ...Array.from({ length: count }, (_, place) => ({
          metadata: { name: `app-${place}`, namespace: 'app' },
          spec: { containers: [{ name: 'app', image }] },
        })),
      ];

      await pushImage(client, `${owner}/other`, 'other', '1');
      cluster.objects.set('/api/v1/pods', pods(5));
      recorded.add('', 1);

      // Nothing has run yet.
      await pass(2 * day);
      const absent = day + 2 * deadlineMinutes;
      episodes.push({
        ...{ alert: 'ForgejoRetentionAbsent', possible: absent, due: absent + hearing },
        ...{ until: minute, over: minute + hearing },
      });
      await runs(EXIT.done);
      // Two expendable builds of three tags each are two of five, not six.
      await builds('app', 3);
      await runs(EXIT.done);
      // A run that was missed is made up for by the next.
      await pass(day);
      await runs(EXIT.done);
      // Everything away, a night long.
      await forge.stop();
      await runs(EXIT.failed, failing);
      await forge.start();
      await runs(EXIT.done);
      // A view of the cluster without the pod that asks.
      const { objects } = cluster;
      objects.set('/api/v1/pods', pods(5).slice(1));
      await runs(EXIT.refused, failing);
      objects.set('/api/v1/pods', pods(5));
      await runs(EXIT.done);
      // A manifest that cannot be read.
      const other = await pushImage(client, `${owner}/other`, 'other', '1');
      const unreadable = onDisk(fileOf(other), garble);
      unreadable.apply();
      await runs(EXIT.faults, failing);
      unreadable.heal();
      await runs(EXIT.done);
      // A kept index without one of its images.
      const index = await pushIndex(client, `${owner}/multi`, ['one', 'two'], '1');
      const read = JSON.parse((await client.getManifest(`${owner}/multi`, index)).body.toString()) as {
        manifests: { digest: UnclaimedDigest }[];
      };
      for (const { digest } of read.manifests.slice(1)) await deleteVersion(api, 'multi', digest);
      await runs(EXIT.faults, failing, 'ForgejoRetentionBrokenImage');
      await pushIndex(client, `${owner}/multi`, ['one', 'two'], '1');
      await runs(EXIT.done);
      // Fewer packages, and less of the cluster, than the run before saw.
      await deleteVersion(api, 'other', '1' as Tag);
      objects.set('/api/v1/pods', pods(5, 'elsewhere.example/x:1'));
      await runs(EXIT.refused, failing, 'ForgejoRetentionShrunken');
      await pushImage(client, `${owner}/other`, 'other', '1');
      await runs(EXIT.done);
      objects.set('/api/v1/pods', pods(0));
      await runs(EXIT.refused, failing, 'ForgejoRetentionShrunken');
      objects.set('/api/v1/pods', pods(5));
      await runs(EXIT.done);
      // A reference that names nothing.
      objects.set('/api/v1/pods', pods(5, `${host}/${owner}/other:none`));
      await runs(EXIT.done, 'ForgejoRetentionMissingTag');
      objects.set('/api/v1/pods', pods(5));
      // Six expendable builds where one run takes five.
      await builds('busy', 7);
      await runs(EXIT.done, 'ForgejoRetentionNearLimit');
      await runs(EXIT.done);
      // A pause of four days.
      const stale = minute - day + 2 * day + deadlineMinutes;
      await pass(3 * day);
      episodes.push({
        ...{ alert: 'ForgejoRetentionStale', possible: stale, due: stale + hearing },
        ...{ until: minute, over: minute + hearing },
      });
      await runs(EXIT.done);

      const { minutes } = recorded;
      await expectEpisodes(group, { minutes, inputSeries: recorded.inputSeries() }, episodes);
    },
    600_000,
  );
});

function minutesOf(duration: string): number {
  return parseInt(duration, 10) * ({ m: 1, h: hour, d: day }[duration.slice(-1)] ?? Number.NaN);
}
