import { App } from 'cdktf';
import { cloudConfigSecrets, renderCloudConfig } from '../../cloud-init/cloud-config';
import { contentText, secretPlaceholder } from '../../cloud-init/content';
import { kubernetesNode } from '../../cloud-init/kubernetes-node';
import { kubernetesNodeCloudConfig } from '../../cloud-init/kubernetes-node-cloud-config';
import { registryVmCloudConfig } from '../../cloud-init/registry-vm';
import { requiredClaims } from '../../estate/derived/claims';
import { readablePullSecret } from '../../estate/derived/pull-secret';
import { vaultAccess } from '../../estate/derived/vault-consumers';
import { hasRegistryVm, type Estate, type EstateWithVm } from '../../estate/estate';
import { renderManifests, type StackJson } from '../../manifests/stack-manifests';
import { followUps } from '../../migration/decommission/follow-ups';
import { pullReferences } from '../../rollout/pull-references';
import { stacksOf } from '../../stacks';
import { dnsTree } from '../../trees/dns';
import { documentsTree } from '../../trees/documents';
import { pipelineTree } from '../../trees/pipeline';
import { registryStacksTree } from '../../trees/registry-stacks';
import { registryVmTree } from '../../trees/registry-vm';
import { narrowed } from './estates';

/** One text that somebody outside of this repository reads. */
export type Renderer = (estate: Estate) => string;

/** Everything that is rendered of an estate, in pieces that can be rendered alone. */
export function renderersOf(estate: Estate): ReadonlyMap<string, Renderer> {
  return new Map<string, Renderer>([
    ...stacksOf(estate).map((_, index): [string, Renderer] => [`stack ${index}`, stackAt(index)]),
    ['the cloud-config of a node', (subject) => cloudConfig(kubernetesNodeCloudConfig(subject))],
    ['the files of a running node', (subject) => files(kubernetesNode(subject))],
    ...(hasRegistryVm(estate) ? ofRegistryVm : []),
    [
      'the pipelines of the stacks',
      (subject) => lines(registryStacksTree(subject).map(({ path, text }) => `${path}\n${text}`)),
    ],
    ['the builds of the projects', builds],
    ['the tree of DNS', (subject) => lines(dnsTree(subject).map(({ path, text }) => `${path}\n${text}`))],
    ['the documents of the tree', documents],
    [
      'what a rollout of nodes asks for',
      (subject) =>
        lines(strings([pullReferences(subject), readablePullSecret(subject), subject.nodes.admin.name])),
    ],
    ['the claims', (subject) => lines(strings(requiredClaims({ ...subject, phase: 'decommission' })))],
    [
      'what a decommission leaves to a person',
      (subject) => lines(strings(followUps(subject).map(({ ask: _, ...rest }) => rest))),
    ],
    [
      'the access to Vault once all are narrowed',
      (subject) => lines(strings(vaultAccess(narrowed(subject)))),
    ],
    ['the folders of stacks', ({ stacks: { shared } }) => lines(strings(shared))],
  ]);
}

/** Their scripts are the same for everybody. */
function builds(estate: Estate): string {
  const { githubProjects, projects } = estate;
  const names = new Set([
    ...projects.map(({ name }) => name),
    ...githubProjects.map((row) => row.repository),
  ]);
  const trees = [...names].flatMap((name) => pipelineTree(estate, name) ?? []);
  return lines(trees.filter(({ path }) => path.endsWith('.yml')).map(({ path, text }) => `${path}\n${text}`));
}

function documents(estate: Estate): string {
  const { sections, retired } = documentsTree({ ...estate, phase: 'decommission' });
  return lines([...sections.flatMap(({ path, text = '' }) => [path, text]), ...retired]);
}

const ofRegistryVm: readonly [string, Renderer][] = [
  ['the cloud-config of the VM', (subject) => onVm(subject, (vm) => cloudConfig(registryVmCloudConfig(vm)))],
  [
    'the way to the VM',
    ({ registryVm: vm }) => lines([vm?.address ?? '', vm?.name ?? '', vm?.ssh.user ?? '']),
  ],
  [
    'the tree of the VM',
    (subject) =>
      lines([
        subject.registryVm?.treeFolder ?? '',
        ...registryVmTree(subject).map(({ path, text }) => `${path}\n${text}`),
      ]),
  ],
];

function onVm(estate: Estate, render: (vm: EstateWithVm) => string): string {
  return hasRegistryVm(estate) ? render(estate) : '';
}

/**
 * Terraform JSON, the Kubernetes objects of it and the files beside it, rules and dashboard among them. Programs are left
 * out: `bundle` takes no fact, and what sources may not name is looked for in the sources.
 */
function stackAt(index: number): Renderer {
  return (estate) => {
    const stack = stacksOf(estate)[index]?.(new App({ stackTraces: false }));
    if (stack === undefined) return '';
    stack.prepareStack();
    const json = stack.toTerraform() as StackJson;
    const files = Object.entries(stack.files()).filter(([path]) => !path.endsWith('.mjs'));
    const objects = renderManifests(stack.node.id, json, estate.stacks.variables) ?? '';
    return lines([stack.node.id, ...strings(json), ...strings(Object.fromEntries(files)), objects]);
  };
}

/** Every key and value of a document on lines of its own, text as it is and not escaped again. */
function strings(value: unknown, key = ''): string[] {
  if (typeof value !== 'object' || value === null)
    return [key === '' ? String(value) : `${key} = ${String(value)}`];
  return [
    ...(key === '' ? [] : [key]),
    ...Object.entries(value).flatMap(([name, member]) => strings(member, Array.isArray(value) ? key : name)),
  ];
}

function cloudConfig(config: Parameters<typeof renderCloudConfig>[0]): string {
  return lines([renderCloudConfig(config), ...strings(cloudConfigSecrets(config))]);
}

function files({ directories, absent, files: held }: ReturnType<typeof kubernetesNode>): string {
  return lines([
    ...directories,
    ...absent,
    ...held.map(({ path, content }) => `${path}\n${contentText(content, secretPlaceholder)}`),
  ]);
}

/** One text; dots as they are, also where a regular expression or a string in it escapes them. */
function lines(texts: readonly string[]): string {
  return texts.join('\n').replace(/\\+\./g, '.');
}
