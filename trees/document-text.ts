import { breakGlassImages } from '../estate/derived/break-glass';
import { breakGlassFolder } from '../estate/derived/registry-vm-paths';
import { runbookUrl } from '../estate/derived/runbooks';
import { type Estate, type EstateWithVm, hasRegistryVm } from '../estate/estate';
import type { DocumentSection } from '../estate/stacks';

/** What each section says of an estate whose legacy registry is gone, as Markdown. */
export const sectionText: Readonly<Record<DocumentSection, (estate: Estate) => string>> = {
  'image-registry': (estate) => {
    const { forgejo, tokens, retention, woodpecker } = estate;
    return page(
      '### Image registry',
      `Private images live in Forgejo's package registry: \`${forgejo.host}/${forgejo.packages.owner}/<image>\`. The registry of before is gone; \`./registry scan\` finds what still names it.`,
      table(
        ['', ''],
        [
          ['pull', `${vaultKey(tokens.pull.vault)} of \`${tokens.pull.owner}\`, ${copies(estate)}`],
          ['push', `${vaultKey(tokens.push.vault)} of \`${tokens.push.owner}\``],
          [
            'secrets of the CI',
            `\`secret/${woodpecker.secretSync.globalPath}\`, synced \`${woodpecker.secretSync.schedule}\``,
          ],
          [
            'retention',
            `\`${retention.schedule}\` (${retention.timeZone}): the newest ${retention.keepNewestTags} builds of a package, all that runs or is named, ${retention.alwaysKeepTags.map((tag) => `\`${tag}\``).join(', ')}`,
          ],
        ],
      ),
      `${link(estate, 'retention')}, ${link(estate, 'ci-secrets')}, ${link(estate, 'token-rotation')}.`,
    );
  },
  'integrity-probe': (estate) => {
    const { integrityProbe: probe, forgejo } = estate;
    return page(
      '### Registry integrity probe',
      `\`forgejo-integrity-probe\` in \`${probe.namespace}\`, \`${probe.schedule}\` (${probe.timeZone}): every tag, index, manifest, configuration and layer of ` +
        `\`${forgejo.host}\`, every byte within ${days(probe.rereadDays)}, of what the cluster pulls within ${days(probe.deployedRereadDays)}, and one canary (\`${probe.canary}\`) pulled whole in every run.`,
      `What each alert means and what to do: ${link(estate, 'integrity-probe')}; of a pod that cannot pull: ${link(estate, 'image-pull')}.`,
    );
  },
  'private-images': (estate) => {
    const { forgejo, pullSecret, tokens } = estate;
    return page(
      '## Private images',
      list([
        `Name: \`${forgejo.host}/${forgejo.packages.owner}/<image>:<first 8 characters of the commit>\`. Never a floating tag, never another host.`,
        `A pod needs \`imagePullSecrets: [{ name: ${pullSecret.name} }]\`; the Secret is there in its namespace (${copies(estate)}).`,
        `Push with ${vaultKey(tokens.push.vault)}, the token of \`${tokens.push.owner}\`.`,
        `Hosts, tokens, images, apps are typed rows in the project that these lines come from; change them there: ${link(estate, 'deploy-new-app')}.`,
        `Deleting a version or its tag by hand: read ${link(estate, 'retention')} first.`,
      ]),
    );
  },
  services: (estate) =>
    page(
      '### Image registry services',
      table(
        ['service', 'where', 'page'],
        [
          [
            'Forgejo packages',
            `\`${estate.forgejo.host}\`, namespace \`${estate.forgejo.namespace}\``,
            link(estate, 'forgejo-registry-setup'),
          ],
          ['retention', `namespace \`${estate.forgejo.namespace}\``, link(estate, 'retention')],
          [
            'integrity probe',
            `namespace \`${estate.integrityProbe.namespace}\``,
            link(estate, 'integrity-probe'),
          ],
          ...(hasRegistryVm(estate)
            ? [['pull-through caches', `\`${estate.registryVm.address}\``, link(estate, 'registry-vm')]]
            : []),
        ],
      ),
    ),
  'registry-vm': (estate) =>
    hasRegistryVm(estate)
      ? page(
          '## What the VM still does',
          `The registry of our own images is gone. \`${estate.registryVm.address}\` serves pull-through caches and keeps break-glass images in \`${breakGlassFolder(estate)}\`:`,
          table(
            ['upstream', 'port', 'garbage collection'],
            estate.pullThroughCaches.map(({ upstream, port, garbageCollection }) => [
              upstream,
              String(port),
              `\`${garbageCollection}\``,
            ]),
          ),
          `Nothing on it is edited by hand: ${link(estate, 'registry-vm')}.`,
        )
      : '',
};

/** The new runbooks of the tree, by file name. */
export const runbookTexts: Readonly<Record<string, (estate: Estate) => string>> = {
  'forgejo-registry-rebuild-image.md': (estate) =>
    page(
      '# An image in Forgejo is broken or gone',
      `Which one: the log of the last integrity probe, or the same walk by hand, in a clone of the project that this page comes from:`,
      code(`./registry probe https://${estate.forgejo.host}`),
      `One image: push it again. Damaged bytes are healed by no push while a tag needs them: delete the tag first (${link(estate, 'integrity-probe')}). Where each is built:`,
      table(
        ['image', 'pipeline'],
        estate.projects.map(({ name, pipeline }) => [name, `\`${pipeline}\``]),
      ),
      `The volume \`${estate.forgejo.storage.claimName}\` is lost or wrong as a whole: ${link(estate, 'backup-and-restore')}. Database and packages come from one point in time, and the probe says afterwards what is missing.`,
      `Pods that run go on meanwhile; a pod that is rescheduled does not start. No registry at all and the cluster has to be repaired: ${link(estate, 'forgejo-registry-breakglass')}.`,
    ),
  'forgejo-registry-breakglass.md': (estate) =>
    page(
      '# Break-glass: the cluster needs an image and no registry serves',
      ...(hasRegistryVm(estate) ? breakGlassPage(estate) : [nothingSaved]),
      'Built by hand, where Docker runs, in a checkout of its repository:',
      table(
        ['image', 'built with'],
        estate.projects
          .filter(({ name }) => estate.pipelineImages.some(({ image }) => image === name))
          .map(({ name, dockerfile = 'Dockerfile', context = '.' }) => [
            name,
            `\`docker build --tag ${name}:break-glass --file ${dockerfile} ${context}\``,
          ]),
      ),
      `Afterwards bring the registry back: ${link(estate, 'forgejo-registry-rebuild-image')}.`,
    ),
};

const nothingSaved = 'No machine keeps an archive of the images that pipelines run in.';

/** Whole in itself: on that day no link to Forgejo opens. */
function breakGlassPage(estate: EstateWithVm): string[] {
  const { address, breakGlass, ssh } = estate.registryVm;
  const { schedule, secondCopy } = breakGlass;
  return [
    `The registry VM saves the images that pipelines run in (\`${schedule}\`): \`<image>/latest.tar\` in \`${breakGlassFolder(estate)}\` on \`${address}\`${secondCopy === undefined ? '' : `, and the same in \`${secondCopy.source}\``}, with their sums. Nothing deletes the newest ones.`,
    'Woodpecker has no pipelines while Forgejo is down. Where Docker runs, the VM included, the image does their work in a checkout of this tree:',
    ...breakGlassImages(estate).flatMap(({ name, reference }) => {
      const spare = `${reference.slice(0, reference.lastIndexOf(':'))}:break-glass`;
      return [
        code(
          `scp ${ssh.user}@${address}:${breakGlassFolder(estate)}/${name}/latest.tar .`,
          'docker load --input latest.tar',
          `docker run --rm -it --volume "$PWD:/tree" --workdir /tree ${spare} sh`,
        ),
        'For a pod, on a node:',
        code(
          'scp latest.tar <node>:',
          `ssh <node> 'sudo ctr -n k8s.io images import latest.tar && sudo ctr -n k8s.io images check name==${spare}'`,
        ),
      ];
    }),
    'The pod or step names the tag `break-glass` and has no `pull: true`: a kubelet pulls `latest` afresh, whatever is there. Cordon the other nodes so that the pod lands there, and uncordon them afterwards.',
  ];
}

const link = (estate: Estate, name: string): string =>
  `${name}.md` in runbookTexts ? `[${name}](${name}.md)` : `[${name}](${runbookUrl(estate, name)})`;
const vaultKey = ({ path, key }: { readonly path: string; readonly key: string }): string =>
  `\`secret/${path}\` key \`${key}\``;
const copies = ({ pullSecret: { name, copiedBy } }: Estate): string =>
  `\`${name}\`, which ${copiedBy === 'kyverno' ? 'Kyverno copies into every namespace' : 'Terraform writes into each namespace that pulls'}`;
const days = (count: number): string => (count === 1 ? 'a day' : `${count} days`);
const page = (...parts: readonly string[]): string => parts.join('\n\n');
const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');
const code = (...lines: readonly string[]): string => ['```', ...lines, '```'].join('\n');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
