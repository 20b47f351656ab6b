import { formatPlannedChanges } from '../../delivery/planned-changes';
import type { ResourceChange } from './resource-changes';
import type { Review } from './review';

export function reviewText(review: Review): string {
  const { base, head, protectedEnds, sections, resources, yaml, planned } = review;
  if (sections.length + resources.length + Object.keys(yaml).length === 0 && planned === undefined)
    return `nothing changes between ${base} and ${head}\n`;
  const listed = [
    ...(protectedEnds.length === 0
      ? []
      : [{ title: 'PROTECTED: what nobody can bring back', lines: protectedEnds }]),
    ...sections,
    { title: 'objects', lines: resources.map(resourceInWords) },
  ].filter(({ lines }) => lines.length > 0);
  return `${[
    `${base} -> ${head}`,
    ...listed.map(({ title, lines }) => `${title}\n${lines.map((line) => `  ${line}`).join('\n')}`),
    ...(planned === undefined ? [] : [formatPlannedChanges('Terraform', planned)]),
    ...Object.values(yaml),
  ].join('\n\n')}\n`;
}

/** What becomes of one object, in a line. */
export function resourceInWords({ stack, address, fate, because }: ResourceChange): string {
  return `${fate.padEnd(16)} ${stack}: ${address}${because.length === 0 ? '' : ` (${because.join('; ')})`}`;
}
