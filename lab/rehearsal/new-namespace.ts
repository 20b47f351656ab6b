import { serviceOf } from '../../cloud-init/vm-names';
import { vmServices } from '../../cloud-init/vm-services';
import { registryHosts } from '../../rollout/docker-config';
import { presentLegacyOnVm } from '../../estate/derived/legacy-registry';
import { imageAt } from '../../estate/derived/references';
import { formatImageReference } from '../../estate/image-reference';
import { pulledBy } from '../../migration/cutover/running-pod';
import { within } from '../../rollout/kubectl';
import { expectThat } from './expect-that';
import { putPullSecret, withPhase, type Scene } from './scene';

/** The plan's last verification: nothing of the legacy registry is left to run, and a new namespace pulls by Forgejo's login alone. */
export async function pullInNewNamespace(scene: Scene): Promise<string> {
  const { estate, cluster } = scene;
  const { registryVm } = estate;
  const legacy = presentLegacyOnVm(withPhase(estate, 'cutover'));
  const services = registryVm === undefined ? [] : vmServices({ ...estate, registryVm });
  expectThat(
    legacy === undefined || !services.some(({ name }) => name === serviceOf(legacy.name)),
    'the registry VM runs nothing of it',
  );
  const namespace = 'brand-new';
  await putPullSecret(scene, namespace, scene.tokens?.pull ?? '');
  const [secret] = await cluster.items<{ data: Record<string, string> }>(['secrets', '-n', namespace]);
  const hosts = registryHosts(secret?.data);
  expectThat(hosts.join() === estate.forgejo.host, `it has Forgejo's login alone, got ${hosts.join()}`);
  const [image] = estate.images;
  if (image === undefined) return 'no image to pull';
  const reference = formatImageReference({ ...imageAt(estate, image, 'forgejo'), tag: image.tag });
  await cluster.apply({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pull', namespace } },
    spec: {
      containers: [{ name: 'pull', image: reference, imagePullPolicy: 'Always' }],
      imagePullSecrets: [{ name: estate.pullSecret.name }],
    },
  });
  return within(60, `the pull of ${reference}`, () =>
    pulledBy(namespace, { metadata: { name: 'pull' }, spec: { containers: [] } }, reference, cluster),
  );
}
