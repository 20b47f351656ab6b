import type { RuleGroup } from './alert-rule';

/** The content of a rule file, as Prometheus loads it and `promtool check rules` reads it. */
export function ruleFile(groups: readonly RuleGroup[]): { readonly groups: readonly RuleGroup[] } {
  return { groups };
}

/** The same rules as values of the community chart `prometheus`, to be merged into the existing ones. */
export function prometheusValues(groups: readonly RuleGroup[]): {
  readonly serverFiles: Readonly<Record<'alerting_rules.yml', { readonly groups: readonly RuleGroup[] }>>;
} {
  return { serverFiles: { 'alerting_rules.yml': ruleFile(groups) } };
}
