import { argumentOf, attributesOf, blocksOf, lineOf, nameOf } from '../hcl/nodes';
import type { HclBlock, HclFile } from '../hcl/read';
import type { JsonObject } from './deliverable';
import { takesOver, type Ours } from './ours';
import { ignoredPaths, normalized } from './swallowed';

/** What a block says beside its attributes, and the generated resource that takes its place does not. */
export function uncarried(file: HclFile, block: HclBlock, body: JsonObject, ours: Ours): string[] {
  if (block.type !== 'resource' && block.type !== 'data') return [];
  const { address = '' } = block.declares[0] ?? {};
  const declared = declaredBy(body, address);
  if (declared === undefined) return [];
  const at = (line: number, what: string): string => `${file.path}:${line.toString()}: "${address}" ${what}`;
  return [
    ...instances(block, ours, address, declared).map((what) => at(block.line, what)),
    ...otherProvider(block, declared).map((what) => at(block.line, what)),
    ...blocksOf(block.node)
      .filter((inner) => ['provisioner', 'connection', 'timeouts'].includes(nameOf(inner)))
      .filter((inner) => declared[nameOf(inner)] === undefined)
      .map((inner) =>
        at(
          lineOf(inner),
          `has a ${nameOf(inner)} block, which the generated resource has not; bring it into the estate, or remove it here first`,
        ),
      ),
    ...lifecycle(block, declared).map((what) => at(block.line, what)),
  ];
}

function declaredBy(body: JsonObject, address: string): JsonObject | undefined {
  const [type = '', name = ''] = address.replace(/^data\./u, '').split('.');
  const kind = body[address.startsWith('data.') ? 'data' : 'resource'] as
    Record<string, JsonObject> | undefined;
  const found = kind?.[type]?.[name];
  return (Array.isArray(found) ? found[0] : found) as JsonObject | undefined;
}

/** Terraform itself moves instance 0 to the address without a key; every other would be destroyed. */
function instances(block: HclBlock, ours: Ours, address: string, declared: JsonObject): string[] {
  const count = argumentOf(block.node, 'count')?.text;
  if (count === undefined || block.type === 'data' || declared['count'] !== undefined) return [];
  const most = /^[01]$|\?\s*[01]\s*:\s*[01]\s*\)?$/u.test(count);
  if (
    most ||
    ours.movedFrom.some((from) => from.startsWith(`${address}[`) && !from.startsWith(`${address}[0]`))
  )
    return [];
  return [
    `has count, got "${count}", but the generated resource has one instance, so Terraform would destroy every one but [0]; set it to 1 first, or give each instance a moved block`,
  ];
}

function otherProvider(block: HclBlock, declared: JsonObject): string[] {
  const provider = argumentOf(block.node, 'provider')?.text.replaceAll('"', '');
  if (provider === undefined || !provider.includes('.') || declared['provider'] === provider) return [];
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

/** `moved` and `removed` blocks that stay and say of an address of ours that it is gone. */
export function contradicted(file: HclFile, ours: Ours): string[] {
  return file.blocks
    .filter(({ type }) => type === 'moved' || type === 'removed')
    .flatMap(({ node, type, line }) => {
      const from = argumentOf(node, 'from')?.text ?? '';
      return takesOver(ours, from) && ours.addresses.has(from)
        ? [
            `${file.path}:${line.toString()}: a ${type} block says that "${from}" is gone, but the generated file declares it; remove the block, or the resource from the estate`,
          ]
        : [];
    });
}
