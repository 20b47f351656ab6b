const daysOfWeek = 7;
const hoursOfDay = 24;
const minutesOfHour = 60;

/**
 * The minutes of a week (0 = Sunday 00:00) at which a schedule of five fields can start. Days of the month and months
 * are taken for every one: what may collide in some week does.
 */
export function minutesOfWeek(schedule: string): ReadonlySet<number> {
  const [minute = '', hour = '', , , dayOfWeek = ''] = schedule.split(' ');
  const days = new Set([...values(dayOfWeek, daysOfWeek + 1)].map((day) => day % daysOfWeek)); // 7 is Sunday too
  const result = new Set<number>();
  for (const day of days)
    for (const h of values(hour, hoursOfDay))
      for (const m of values(minute, minutesOfHour)) result.add((day * hoursOfDay + h) * minutesOfHour + m);
  return result;
}

/** What one field names: `*`, `n`, `a-b`, each with `/step`, in a list. */
function values(field: string, count: number): Set<number> {
  const result = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [first = 0, last = first] = range === '*' ? [0, count - 1] : range.split('-').map(Number);
    for (let value = first; value <= Math.min(last, count - 1); value += Math.max(1, Number(step)))
      result.add(value);
  }
  return result;
}
