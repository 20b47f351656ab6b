/** How soon somebody has to look: now, today, or when there is time. */
type Severity = 'critical' | 'warning' | 'info';

/** @see https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: Severity } & Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

/** Rules that are evaluated together; also the top-level entry of a rule file. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly AlertRule[];
}

/** What every group is made from. */
export interface AlertsProps {
  /** Address of the runbook; each alert links to its section. */
  readonly runbookUrl: string;
}

/** What rules on the runs of a job follow from. */
export interface JobAlertsProps extends AlertsProps {
  /** Time between two runs at most. */
  readonly periodMinutes: number;
  /** A run that is not done by then is ended. */
  readonly deadlineMinutes: number;
}

/** The same rules with labels more: Prometheus takes two rules of one name and the same labels for a mistake. */
export function labelled(rules: readonly AlertRule[], labels: Readonly<Record<string, string>>): AlertRule[] {
  return rules.map((rule) => ({ ...rule, labels: { ...rule.labels, ...labels } }));
}

/** Makes a rule that links to the section of the runbook that has its name. */
type MakeRule = (
  alert: string,
  severity: Severity,
  expr: string,
  duration: string,
  summary: string,
  description: string,
) => AlertRule;

export function ruleGroup(
  name: string,
  { runbookUrl }: AlertsProps,
  rulesBy: (rule: MakeRule) => readonly AlertRule[],
): RuleGroup {
  const rules = rulesBy((alert, severity, expr, duration, summary, description) => ({
    alert,
    expr,
    for: duration,
    labels: { severity },
    annotations: { summary, description, runbook_url: `${runbookUrl}#${alert.toLowerCase()}` },
  }));
  return { name, rules };
}
