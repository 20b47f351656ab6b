const daysOfWeek = 7;
const hoursOfDay = 24;
const minutesOfHour = 60;
const minutesOfDay = hoursOfDay * minutesOfHour;

/** Ten years from 2024-01-01, day by day. */
const calendar = Array.from({ length: 3653 }, (_, day) => {
  const at = new Date(Date.UTC(2024, 0, 1 + day));
  return { date: at.getUTCDate(), month: at.getUTCMonth() + 1, weekDay: at.getUTCDay() };
});

/** The minutes of a week (0 = Sunday 00:00) at which a schedule can start, in whatever day of a month and month. */
export function minutesOfWeek(schedule: string): ReadonlySet<number> {
  const days = values(fieldsOf(schedule).dayOfWeek, 0, daysOfWeek - 1);
  return new Set(
    [...days].flatMap((day) => minutesOfItsDay(schedule).map((minute) => day * minutesOfDay + minute)),
  );
}

/** Between two starts in ten years, without daylight saving time; `Infinity` for a schedule that never starts. */
export function periodOf(schedule: string): Readonly<Record<'shortestMinutes' | 'longestMinutes', number>> {
  const ofDay = minutesOfItsDay(schedule);
  const [first = 0, last = first] = [ofDay.at(0), ofDay.at(-1)];
  const gaps = ofDay.slice(1).map((minute, index) => minute - (ofDay[index] ?? 0));
  const days = daysOf(schedule);
  days.slice(1).forEach((day, index) => gaps.push((day - (days[index] ?? 0)) * minutesOfDay + first - last));
  return {
    shortestMinutes: Math.min(...gaps),
    longestMinutes: gaps.length === 0 ? Infinity : Math.max(...gaps),
  };
}

/** The days of the calendar on which it starts. cron(8) joins the two day fields by "or" where both are restricted. */
function daysOf(schedule: string): readonly number[] {
  const { dayOfMonth, month, dayOfWeek } = fieldsOf(schedule);
  const [ofMonth, months, ofWeek] = [
    values(dayOfMonth, 1, 31),
    values(month, 1, 12),
    values(dayOfWeek, 0, daysOfWeek - 1),
  ];
  const isEither = !dayOfMonth.startsWith('*') && !dayOfWeek.startsWith('*');
  return calendar.flatMap(({ date, month: ofYear, weekDay }, day) => {
    const matches = [ofMonth.has(date), ofWeek.has(weekDay)];
    const isDay = isEither ? matches.includes(true) : !matches.includes(false);
    return months.has(ofYear) && isDay ? [day] : [];
  });
}

/** The minutes of a day (0 = 00:00) at which it starts, in order. */
function minutesOfItsDay(schedule: string): readonly number[] {
  const { minute, hour } = fieldsOf(schedule);
  const minutes = [...values(minute, 0, minutesOfHour - 1)];
  return [...values(hour, 0, hoursOfDay - 1)]
    .flatMap((h) => minutes.map((m) => h * minutesOfHour + m))
    .sort((a, b) => a - b);
}

function fieldsOf(
  schedule: string,
): Record<'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek', string> {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = schedule.split(' ');
  return { minute, hour, dayOfMonth, month, dayOfWeek };
}

/** What one field names: `*`, `n`, `a-b`, a range with `/step`, in a list. */
function values(field: string, lowest: number, highest: number): ReadonlySet<number> {
  const result = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [first = 0, last = first] = range === '*' ? [lowest, highest] : range.split('-').map(Number);
    for (let value = first; value <= Math.min(last, highest); value += Math.max(1, Number(step)))
      result.add(value);
  }
  return result;
}
