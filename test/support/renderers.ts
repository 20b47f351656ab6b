import { App } from 'cdktf';
import { cloudConfigSecrets, renderCloudConfig } from '../../cloud-init/cloud-config';
import { contentText, secretPlaceholder } from '../../cloud-init/content';
import { kubernetesNode } from '../../cloud-init/kubernetes-node';
import { kubernetesNodeCloudConfig } from '../../cloud-init/kubernetes-node-cloud-config';
import type { registryVm } from '../../cloud-init/registry-vm';
import { registryVmCloudConfig } from '../../cloud-init/registry-vm';
import { requiredClaims } from '../../estate/derived/claims';
import { readablePullSecret } from '../../estate/derived/pull-secret';
import { hasRegistryVm, type Estate } from '../../estate/estate';
import { renderManifests, type StackJson } from '../../manifests/stack-manifests';
import { pullReferences } from '../../rollout/pull-references';
import { stacksOf } from '../../stacks';
import { dnsTree } from '../../trees/dns';
import { registryVmTree } from '../../trees/registry-vm';

/** One text that somebody outside of this repository reads. */
export type Renderer = (estate: Estate) => string;

/** Everything that is rendered of an estate, in pieces that can be rendered alone. */
export function renderersOf(estate: Estate): ReadonlyMap<string, Renderer> {
  return new Map<string, Renderer>([
    ...stacksOf(estate).map((_, index): [string, Renderer] => [`stack ${index}`, stackAt(index)]),
    ['the cloud-config of a node', (subject) => cloudConfig(kubernetesNodeCloudConfig(subject))],
    ['the files of a running node', (subject) => files(kubernetesNode(subject))],
    ...(hasRegistryVm(estate) ? ofRegistryVm : []),
    ['the tree of DNS', (subject) => lines(dnsTree(subject).map(({ path, text }) => `${path}\n${text}`))],
    [
      'what a rollout of nodes asks for',
      (subject) =>
        JSON.stringify([pullReferences(subject), readablePullSecret(subject), subject.nodes.admin.name]),
    ],
    ['the claims', (subject) => JSON.stringify(requiredClaims({ ...subject, phase: 'decommission' }))],
    ['the folders of stacks', ({ stacks: { shared } }) => JSON.stringify(shared)],
  ]);
}

const ofRegistryVm: readonly [string, Renderer][] = [
  ['the cloud-config of the VM', (subject) => onVm(subject, (vm) => cloudConfig(registryVmCloudConfig(vm)))],
  ['the way to the VM', ({ registryVm: vm }) => JSON.stringify([vm?.address, vm?.name, vm?.ssh.user])],
  [
    'the tree of the VM',
    (subject) =>
      lines([
        subject.registryVm?.treeFolder ?? '',
        ...registryVmTree(subject).map(({ path, text }) => `${path}\n${text}`),
      ]),
  ],
];

type VmEstate = Parameters<typeof registryVm>[0];

function onVm(estate: Estate, render: (vm: VmEstate) => string): string {
  return hasRegistryVm(estate) ? render(estate) : '';
}

/** Terraform JSON, and the Kubernetes objects of it; programs, their configuration, rules and dashboard are inside. */
function stackAt(index: number): Renderer {
  return (estate) => {
    const stack = stacksOf(estate)[index]?.(new App({ stackTraces: false }));
    if (stack === undefined) return '';
    stack.prepareStack();
    const json = stack.toTerraform() as StackJson;
    const manifests = renderManifests(stack.node.id, json, estate.stacks.variables) ?? '';
    return lines([stack.node.id, strings(json).join('\n'), strings(stack.files()).join('\n'), manifests]);
  };
}

/** Every string of a document, so that text inside is as it is and not escaped again. */
function strings(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.entries(value).flatMap(([key, member]) => [key, ...strings(member)]);
}

function cloudConfig(config: Parameters<typeof renderCloudConfig>[0]): string {
  return lines([renderCloudConfig(config), JSON.stringify(cloudConfigSecrets(config))]);
}

function files(machine: ReturnType<typeof kubernetesNode> | ReturnType<typeof registryVm>): string {
  return lines([
    ...machine.directories,
    ...machine.absent,
    ...machine.files.map(({ path, content }) => `${path}\n${contentText(content, secretPlaceholder)}`),
  ]);
}

function lines(texts: readonly string[]): string {
  return texts.join('\n');
}
