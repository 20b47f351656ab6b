import type { RuleGroup } from './alert-rule';

/** The content of a rule file, as Prometheus loads it and `promtool check rules` reads it. */
export function ruleFile(groups: readonly RuleGroup[]): { readonly groups: readonly RuleGroup[] } {
  return { groups };
}

/**
 * The Terraform expression of values for the chart `prometheus`. Under `rules`, which the tree leaves empty: Helm replaces lists
 * as a whole, so under `alerting_rules.yml` they would take the place of every other group. A plan does not print it: Git does.
 * @param path of the rule file, from the folder of the configuration
 */
export function prometheusValues(path: string): string {
  const rules = `yamldecode(file("\${path.module}/${path}"))`;
  return `\${sensitive(yamlencode({ serverFiles = { rules = ${rules} } }))}`;
}
