import { labelled, ruleGroup, type AlertsProps, type RuleGroup } from './alert-rule';
import { inWords, promDuration } from './duration';
import { quote } from './matcher';

export interface BreakGlassAlertsProps extends AlertsProps {
  readonly images: readonly string[];
  /** Where an archive of each is, as the runs name it to the Pushgateway. */
  readonly copies: readonly string[];
  /** Time between two runs at most. */
  readonly periodMinutes: number;
}

/**
 * What the archives for the day without a registry are watched for: the predecessor's step could not log in for weeks, and
 * nothing said so. Every run reads both copies back, so the age of its success is the age of what is known of them.
 */
export function breakGlassAlerts(props: BreakGlassAlertsProps): RuleGroup {
  const { images, copies, periodMinutes } = props;
  // One run may fail; what a lost result of the next one hides is an hour.
  const lateMinutes = 2 * periodMinutes + 60;
  const rows = images.flatMap((image) => copies.map((copy) => ({ image, copy })));
  return ruleGroup('break-glass', props, (rule) =>
    rows.flatMap(({ image, copy }) => {
      const metric = `break_glass_verified_timestamp_seconds{image=${quote(image)},copy=${quote(copy)}}`;
      const stale = rule(
        'BreakGlassCopyStale',
        'warning',
        `time() - ${metric} > ${lateMinutes * 60}`,
        '15m',
        'The break-glass archive of {{ $labels.image }} on {{ $labels.copy }} is not known to be whole and new',
        `It was last read back {{ $value | humanizeDuration }} ago; that is due every ${inWords(periodMinutes)}. The log is in journalctl -t break-glass on the registry VM.`,
      );
      const absence = rule(
        'BreakGlassCopyAbsent',
        'warning',
        `absent(${metric})`,
        promDuration(lateMinutes),
        'No break-glass archive of {{ $labels.image }} on {{ $labels.copy }} was ever reported',
        `For ${inWords(lateMinutes)} the Pushgateway has held no result: nothing starts the script, it fails each time, or the registry VM cannot reach the Pushgateway.`,
      );
      return labelled([stale, absence], { image, copy });
    }),
  );
}
