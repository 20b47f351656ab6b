import { expect, it } from '@jest/globals';
import { imagesOf } from '../../../clients/kubernetes/images';
import { protectionsOf } from '../../../programs/retention/references';

const HEX = 'a'.repeat(64);
const scope = { registryHosts: ['forge.example'], owner: 'viktor' };
const protects = (parts: object): readonly string[] =>
  imagesOf({ metadata: { name: 'x' }, ...parts }, 'viktor').flatMap(({ image, told }) =>
    protectionsOf(image, told ? 'running' : 'observed', 'x', scope).map(({ target }) =>
      target.kind === 'unparsable'
        ? `? ${target.text}`
        : target.kind === 'tag'
          ? `${target.package}:${target.tag}`
          : `@${target.digest}`,
    ),
  );
const image = 'forge.example/viktor/app:v1';

it.each<[string, object]>([
  ['an init container', { spec: { initContainers: [{ image }] } }],
  ['an ephemeral container', { spec: { ephemeralContainers: [{ image, targetContainerName: 'x' }] } }],
  [
    'an image volume',
    { spec: { volumes: [{ name: 'v', image: { reference: image, pullPolicy: 'Always' } }] } },
  ],
  [
    'a suspended CronJob',
    { spec: { suspend: true, jobTemplate: { spec: { template: { spec: { containers: [{ image }] } } } } } },
  ],
  [
    'a ReplicaSet of an old revision',
    { spec: { replicas: 0, template: { spec: { containers: [{ image }] } } } },
  ],
  [
    'a ControllerRevision',
    { data: { spec: { template: { $patch: 'replace', spec: { containers: [{ image }] } } } }, revision: 3 },
  ],
  ['a PodTemplate', { template: { spec: { containers: [{ image }] } } }],
  ['a status alone', { status: { containerStatuses: [{ image, imageID: '' }] } }],
  ['an image that is null beside one that is', { spec: { containers: [{ image: null }, null, { image }] } }],
  ['blanks around it', { spec: { containers: [{ image: ` ${image}\n` }] } }],
  ['the default port', { spec: { containers: [{ image: 'forge.example:443/viktor/app:v1' }] } }],
  ['another case of the host', { spec: { containers: [{ image: 'FORGE.Example/viktor/app:v1' }] } }],
  ['another case of the tag', { spec: { containers: [{ image: 'forge.example/viktor/app:V1' }] } }],
  ['an argument of Kaniko', { spec: { containers: [{ args: [`--destination=${image}`] }] } }],
  ['an argument of skopeo', { spec: { containers: [{ args: ['copy', `docker://${image}`, 'dir:/x'] }] } }],
  ['a variable', { spec: { containers: [{ env: [{ name: 'RUNNER_IMAGE', value: `${image}\n` }] }] } }],
  ['a script', { spec: { containers: [{ command: ['sh', '-c', `ctr run '${image}'; echo "done."`] }] } }],
  [
    'JSON within text',
    { spec: { containers: [{ env: [{ name: 'C', value: JSON.stringify({ a: { image } }) }] }] } },
  ],
  ['a list with commas', { spec: { containers: [{ args: [`--images=docker.io/x/y:1,${image},z`] }] } }],
  [
    'a label of an Argo-like template',
    { spec: { template: { spec: { containers: [{ name: 'm', args: [`{{x}} ${image}`] }] } } } },
  ],
])('%s keeps the tag that it names', (_, parts) => {
  expect(protects(parts)).toContain('app:v1');
});

it.each<[string, string]>([
  ['containerd', `forge.example/viktor/app@sha256:${HEX}`],
  ['containerd, by what was loaded', `sha256:${HEX}`],
  ['Docker', `docker-pullable://forge.example/viktor/app@sha256:${HEX}`],
  ['Docker, of a local image', `docker://sha256:${HEX}`],
  ['CRI-O', HEX],
  ['another host', `mirror.example/forge/viktor/app@sha256:${HEX}`],
  ['a tag beside the digest', `forge.example/viktor/app:v1@sha256:${HEX}`],
  ['no rule', `oci-archive:/x//y:@sha256:${HEX}`],
])('an imageID as %s writes it keeps its content', (_, imageID) => {
  expect(protects({ status: { containerStatuses: [{ imageID }] } })).toContain(`@sha256:${HEX}`);
});

it.each<[string, object]>([
  ['the owner in another case', { spec: { containers: [{ image: 'forge.example/Viktor/app:v1' }] } }],
  [
    'the owner in another case in an argument',
    { spec: { containers: [{ args: ['--image=forge.example/Viktor/app:v1'] }] } },
  ],
  ['a final dot of the host', { spec: { containers: [{ image: 'forge.example./viktor/app:v1' }] } }],
  [
    'a template that was not filled in',
    { spec: { containers: [{ image: 'forge.example/viktor/app:${TAG}' }] } },
  ],
  [
    'a digest of another algorithm',
    { spec: { containers: [{ image: 'forge.example/viktor/app@sha384:abc' }] } },
  ],
])('%s, which no rule understands, keeps the package', (_, parts) => {
  expect(protects(parts)).toContainEqual(expect.stringMatching(/^\? .*app/));
});
