import type { JsonObject } from './deliverable';
import type { HclFile } from '../hcl/read';
import { deliveredJson } from './generated-file';
import { lossOf } from './irreplaceable';
import { mapStrings } from './map-strings';
import type { ModuleResource } from './module-call';
import { oursOf } from './ours';
import { compareForcing, inWords } from './replacement';
import { resourcesOf } from './resources';

/** What the next apply would destroy in order to create it anew. */
export interface Replaced {
  /** Objects that hold what nobody can bring back. */
  readonly faults: readonly string[];
  /** Of the others, a sentence each. */
  readonly sentences: readonly string[];
  /** What only the plan can tell, because the tree's HCL has an expression there, or nothing. */
  readonly unknown: readonly string[];
}

/**
 * Compares each object that the generated file declares with what the tree says of it now: the last generated file, or the
 * HCL in whose place this one comes.
 *
 * @param delivered the text that stands there
 * @param movedOut what leaves a module for the generated file
 */
export function replacedBy(
  body: JsonObject,
  path: string,
  delivered: string | undefined,
  handWritten: readonly HclFile[],
  movedOut: readonly ModuleResource[],
): Replaced {
  const before = new Map([
    ...handWritten.flatMap(({ json }) => resourcesOf(json)),
    ...resourcesOf(deliveredJson(delivered)),
    ...movedOut.map(({ address, attributes }): [string, JsonObject] => [address, attributes]),
  ]);
  const from = new Map([...oursOf(body).moved].map(([old, to]) => [to, old]));
  const faults: string[] = [];
  const sentences: string[] = [];
  const unknown: string[] = [];
  for (const [address, attributes] of resourcesOf(body)) {
    const old = before.get(from.get(address) ?? address) ?? before.get(address);
    if (old === undefined) continue;
    const compared = compareForcing(address, resolved(old, before), attributes);
    const loss = lossOf(address, attributes);
    for (const replacement of compared.replaced)
      if (loss === undefined) sentences.push(inWords(replacement));
      else
        faults.push(
          `${path}: "${address}" would be replaced, ${loss}, got ${inWords(replacement)}; set it back in the estate, or create a second object and move over`,
        );
    unknown.push(...compared.unknown.map(inWords));
  }
  return { faults, sentences, unknown };
}

/** `kubernetes_namespace.forgejo.metadata[0].name` is a name that stands a few lines above. */
const resolved = (attributes: JsonObject, resources: ReadonlyMap<string, JsonObject>): JsonObject =>
  mapStrings(attributes, (text) => {
    const [, address = '', field = ''] =
      /^\$\{(\w+\.[\w-]+)\.metadata(?:\[0\]|\.0)\.(name|namespace)\}$/u.exec(text) ?? [];
    const metadata = [resources.get(address)?.['metadata']].flat()[0] as JsonObject | undefined;
    return typeof metadata?.[field] === 'string' ? metadata[field] : text;
  });
