import { dnsSnippets } from '../cloud-init/dns-records';
import type { Estate } from '../estate/estate';
import type { TreeFile } from './tree-file';

/** What the homelab's DNS servers are given, each in a form that it reads. */
export function dnsTree(estate: Estate): readonly TreeFile[] {
  return dnsSnippets(estate).map(({ fileName, text }) => ({
    path: `${estate.stacks.dnsFolder}/${fileName}`,
    text,
  }));
}
