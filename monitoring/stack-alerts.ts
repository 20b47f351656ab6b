import { ruleGroup, type JobAlertsProps, type RuleGroup } from './alert-rule';
import { inWords, promDuration } from './duration';
import { quote } from './matcher';

export interface StackAlertsProps extends JobAlertsProps {
  /** How many stacks a night looks at, at least. */
  readonly leastStacks: number;
}

/**
 * What is watched of applies and of the search for drift, which had looked at no stack of a database for three months, and
 * seemed to find nothing (2026-08-14): what was looked at is counted. What a night found stands until the next one ends.
 */
export function stackAlerts(props: StackAlertsProps): RuleGroup {
  const { periodMinutes, deadlineMinutes, leastStacks } = props;
  const night = (name: string): string => `drift_${name}{job=${quote('drift-detection')}}`;
  const apply = (name: string): string => `stack_apply_${name}{job=${quote('stack-apply')}}`;
  // The start of one night to the end of the next, and an hour for a queue of pipelines.
  const lateMinutes = periodMinutes + deadlineMinutes + 60;
  // Longer than one value stands: two nights in a row say so.
  const twoNights = promDuration(lateMinutes);
  return ruleGroup('stacks', props, (rule) => [
    rule(
      'StackDrifted',
      'warning',
      `${night('stack_state')} == 2 unless on (stack) ${night('stack_unapplied')} == 1`,
      '15m',
      'Stack {{ $labels.stack }} is other than its tree declares',
      'Somebody, or something, changed its objects behind Terraform. The log of the last night says which; apply the stack, or declare what was changed.',
    ),
    rule(
      'StackNotApplied',
      'warning',
      `${night('stack_unapplied')} == 1`,
      twoNights,
      'What the tree holds of stack {{ $labels.stack }} is not applied',
      `Two nights in a row, over ${inWords(lateMinutes)}. Its pipeline failed, stopped, or was never run, or was started without APPLY; look at its last one.`,
    ),
    rule(
      'StackNotPlannable',
      'warning',
      `${night('stack_state')} == 1`,
      twoNights,
      'Stack {{ $labels.stack }} cannot be planned',
      `Two nights in a row, over ${inWords(lateMinutes)}: whether it drifts nobody knows. The log of the last night says why.`,
    ),
    rule(
      'DriftDetectionIncomplete',
      'warning',
      `${night('stacks_checked')} < ${leastStacks}`,
      '15m',
      'The search for drift looked at fewer stacks than the tree has',
      `It looked at {{ $value }}, and there are ${leastStacks} or more: the others were not found, not plannable, or left when its time was over.`,
    ),
    rule(
      'DriftDetectionStale',
      'warning',
      `time() - ${night('detection_last_run_timestamp')} > ${lateMinutes * 60}`,
      '15m',
      `No search for drift has ended for ${inWords(lateMinutes)}`,
      `The last one ended {{ $value | humanizeDuration }} ago; one is due every ${inWords(periodMinutes)}. Look at the cron job of the repository in Woodpecker.`,
    ),
    rule(
      'DriftDetectionAbsent',
      'warning',
      `absent(${night('detection_last_run_timestamp')})`,
      twoNights,
      'No search for drift has ever reported',
      `For ${inWords(lateMinutes)} the Pushgateway has held no result: the cron job is not there in Woodpecker, or cannot reach the Pushgateway.`,
    ),
    rule(
      'StackApplyFailed',
      'warning',
      `${apply('failed')} == 1`,
      '15m',
      'The last run left stack {{ $labels.stack }} undone',
      'Its plan would do what no machine may, its apply failed, or it was refused. The log of the last pipeline says which; it stays until a run ends well.',
    ),
  ]);
}
