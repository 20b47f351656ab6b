import type { Node } from 'web-tree-sitter';
import { argumentOf, attributesOf, blocksOf, lineOf, nameOf } from '../hcl/nodes';
import type { HclBlock, HclFile } from '../hcl/read';
import { referencesBelow } from '../hcl/references';
import type { JsonObject } from './deliverable';
import { hasArgument, isAtMostOne, takesOver, type Ours } from './ours';
import { blockAt } from './resources';
import { ignoredPaths, normalized } from './ignore-changes';

/**
 * What a block says beside its attributes, and the generated one that takes its place does not.
 *
 * @param address where its object stands in the state, without keys: of a module's resource with the call before it
 */
export function uncarried(
  file: HclFile,
  block: HclBlock,
  body: JsonObject,
  ours: Ours,
  address = block.declares[0]?.address ?? '',
): string[] {
  const at =
    (line: number) =>
    (what: string): string =>
      `${file.path}:${line}: "${address}" ${what}`;
  if (block.type === 'module') return callSays(block, ours, address).map(at(block.line));
  const declared = blockAt(body, ours.moved.get(address) ?? address);
  if (declared === undefined) return [];
  if (block.type === 'variable') return variableSays(block, declared).map(at(block.line));
  const unsaid = (node: Node): boolean => declared[nameOf(node)] === undefined;
  return [
    ...dependencies(block, ours, declared).map(at(block.line)),
    ...(block.type === 'data' ? otherSource(file, address, declared).map(at(block.line)) : []),
    ...attributesOf(block.node)
      .filter((one) => unsaid(one) && (terraformsOwn[nameOf(one)] ?? textAt(one)) !== textAt(one))
      .map((one) =>
        at(lineOf(one))(`says ${one.text}, which the generated resource does not; add it to the stack`),
      ),
    ...instances(block, ours, address).map(at(block.line)),
    ...otherProvider(block, declared).map(at(block.line)),
    ...blocksOf(block.node)
      .filter((inner) => unsaid(inner) && steering.includes(nameOf(inner)))
      .map((inner) =>
        at(lineOf(inner))(
          `has a ${nameOf(inner)} block, which the generated resource has not; bring it into the estate, or remove it here first`,
        ),
      ),
    ...lifecycle(block, declared).map(at(block.line)),
  ];
}

/** Blocks likewise. */
const steering = ['provisioner', 'connection', 'timeouts', 'field_manager', 'wait'];

/** Arguments that no object has and that steer Terraform alone, with what they are where nothing is said. */
const terraformsOwn: Readonly<Record<string, string>> = {
  allow_overwrite: 'false',
  computed_fields: '',
  wait_for_completion: 'true',
  wait_for_default_service_account: 'false',
  wait_for_load_balancer: 'false',
  wait_for_rollout: 'true',
  wait_until_bound: 'true',
};

const textAt = (attribute: Node): string => attribute.namedChildren.at(-1)?.text ?? '';

/** What a module's call says of every resource in it, which those that leave it do not say. */
function callSays(call: HclBlock, ours: Ours, address: string): string[] {
  const several = ['count', 'for_each'].find((name) => argumentOf(call.node, name) !== undefined);
  const providers = argumentOf(call.node, 'providers')?.text ?? '';
  return [
    ...(several === undefined || ours.movedFrom.some((from) => from.startsWith(`${address}[`))
      ? []
      : [
          `has ${several}, so its resources have a key in the state and the moved blocks none, and Terraform would destroy them; take it away with a moved block of its own first`,
        ]),
    ...(/=\s*\w+\.\w/u.test(providers)
      ? [
          `hands its own providers in, got "${providers.replaceAll(/\s+/gu, ' ')}", but the generated resources would go to the default ones; move the objects to those first`,
        ]
      : []),
    ...dependencies(call, ours, {}),
  ];
}

/** Dependencies on what stays in the tree; the order among ours is our own. */
function dependencies(block: HclBlock, ours: Ours, declared: JsonObject): string[] {
  const list = argumentOf(block.node, 'depends_on');
  const said = JSON.stringify(declared);
  const left = list === undefined ? [] : referencesBelow(list).map(({ address }) => address);
  return left
    .filter((on) => !takesOver(ours, on) && !ours.movedFrom.some((from) => from.startsWith(`${on}.`)))
    .filter((on) => !said.includes(on))
    .map(
      (on) =>
        `depends on "${on}", which what takes its place does not, so it could be made before that; add it to the stack's depends_on, or remove it here first`,
    );
}

/** A variable's own words: without its default a plan asks for a value that nobody gives. */
function variableSays(block: HclBlock, declared: JsonObject): string[] {
  return [...attributesOf(block.node), ...blocksOf(block.node)]
    .map(nameOf)
    .filter((name) => ['default', 'validation'].includes(name))
    .filter((name) => declared[name] === undefined)
    .map(
      (name) =>
        `has ${name}, which the generated variable has not; add it to the stack, or remove it here first`,
    );
}

/** What data is read by, where both say it: other HCL refers to it under the same name. */
function otherSource({ json }: HclFile, address: string, declared: JsonObject): string[] {
  return Object.entries(blockAt(json, address) ?? {})
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => [name, value, declared[name] ?? 'nothing'].map(String))
    .filter(([name, value, ours]) => name !== 'provider' && value !== ours)
    .map(
      ([name = '', value = '', ours = '']) =>
        `reads other data, got ${name} "${value}" here and "${ours}" in the generated file; give one of them another name`,
    );
}

/** Terraform itself moves instance 0 to the address without a key; every other would be destroyed. */
function instances(block: HclBlock, ours: Ours, address: string): string[] {
  if (block.type === 'data') return [];
  const keyed = ours.movedFrom.filter((from) => from.startsWith(`${address}[`));
  if (hasArgument(block, 'for_each'))
    return keyed.length > 0
      ? []
      : [
          'has for_each, but the generated resource has no instances, so Terraform would destroy the existing ones; give each instance a moved block',
        ];
  const count = argumentOf(block.node, 'count')?.text;
  if (count === '0')
    return [
      'has count = 0, so it has no object, and the generated resource would make one; see that it is wanted, and remove the block here first',
    ];
  // Of a module it is known which instances there are, and only that the state has a key needs to be said.
  const isMoved = keyed.some((from) => address.startsWith('module.') || from !== `${address}[0]`);
  return count === undefined || isMoved || isAtMostOne(block)
    ? []
    : [
        `has count, got "${count}", but the generated resource has one instance, so Terraform would destroy every one but [0]; set it to 1 first, or give each instance a moved block`,
      ];
}

function otherProvider(block: HclBlock, declared: JsonObject): string[] {
  const provider = argumentOf(block.node, 'provider')?.text.replaceAll('"', '');
  const [byDefault] = (block.declares[0]?.address ?? '').replace(/^data\./u, '').split('_');
  if (provider === undefined || provider === byDefault || declared['provider'] === provider) return [];
  return [
    `has its own provider, got "${provider}", but the generated resource would go to the default one; name the provider in the stack, or move the object to the default one first`,
  ];
}

function lifecycle(block: HclBlock, declared: JsonObject): string[] {
  const node = blocksOf(block.node).find((inner) => nameOf(inner) === 'lifecycle');
  if (node === undefined) return [];
  const listed = declared['lifecycle'];
  const own = ((Array.isArray(listed) ? listed[0] : listed) ?? {}) as JsonObject;
  const kept = own['ignore_changes'];
  const ignored =
    kept === 'all' ? undefined : (Array.isArray(kept) ? kept : []).map((entry) => normalized(String(entry)));
  const lost =
    ignored === undefined ? [] : ignoredPaths(block.node).filter((entry) => !ignored.includes(entry));
  return [
    ...lost.map(
      (entry) =>
        `ignores changes of "${entry}", and the generated resource does not, so the next apply would set it back; add it to the resource's lifecycle in the stack`,
    ),
    ...[...attributesOf(node), ...blocksOf(node)]
      .map(nameOf)
      .filter((name) => name !== 'ignore_changes' && own[name] === undefined)
      .filter((name) => argumentOf(node, name)?.text !== 'false')
      .map(
        (name) =>
          `has ${name} in its lifecycle, which the generated resource has not; add it to the stack, or remove it here first`,
      ),
  ];
}
