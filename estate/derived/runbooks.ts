import type { Estate } from '../estate';

/** Address of a runbook as alerts link to it. */
export function runbookUrl({ forgejo, hosts }: Estate, name: string): string {
  return `${hosts.runbooks.startsWith('/') ? `https://${forgejo.host}` : ''}${hosts.runbooks}/${name}.md`;
}
