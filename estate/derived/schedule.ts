const minutesOfHour = 60;
const minutesOfDay = 24 * minutesOfHour;

/** The fields of a schedule in order, with the lowest and the highest value of each; Kubernetes knows no seventh day. */
const ranges = {
  minute: [0, 59],
  hour: [0, 23],
  dayOfMonth: [1, 31],
  month: [1, 12],
  dayOfWeek: [0, 6],
} as const;
type Field = keyof typeof ranges;

/** Ten years from 2024-01-01, day by day. */
const calendar = Array.from({ length: 3653 }, (_, day) => {
  const at = new Date(Date.UTC(2024, 0, 1 + day));
  return { date: at.getUTCDate(), month: at.getUTCMonth() + 1, weekDay: at.getUTCDay() };
});

/** Whether cron(8) and Kubernetes take it, and alike. */
export function isSchedule(schedule: string): boolean {
  const fields = schedule.split(' ');
  const isWell = (range: (typeof ranges)[Field], index: number): boolean =>
    fields[index]?.split(',').every((part) => valuesOf(part, range).length > 0) === true;
  return fields.length === 5 && Object.values(ranges).every(isWell);
}

/** The minutes of a week (0 = Sunday 00:00) at which a schedule can start, in whatever day of a month and month. */
export function minutesOfWeek(schedule: string): ReadonlySet<number> {
  const days = values(schedule, 'dayOfWeek');
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
  const of = (field: Field): ReadonlySet<number> => values(schedule, field);
  const [ofMonth, months, ofWeek] = [of('dayOfMonth'), of('month'), of('dayOfWeek')];
  const isEither = /^\S+ \S+ [^*]\S* \S+ [^*]/.test(schedule);
  return calendar.flatMap(({ date, month: ofYear, weekDay }, day) => {
    const matches = [ofMonth.has(date), ofWeek.has(weekDay)];
    const isDay = isEither ? matches.includes(true) : !matches.includes(false);
    return months.has(ofYear) && isDay ? [day] : [];
  });
}

/** The minutes of a day (0 = 00:00) at which it starts, in order. */
function minutesOfItsDay(schedule: string): readonly number[] {
  const minutes = [...values(schedule, 'minute')];
  return [...values(schedule, 'hour')]
    .flatMap((h) => minutes.map((m) => h * minutesOfHour + m))
    .sort((a, b) => a - b);
}

function values(schedule: string, field: Field): ReadonlySet<number> {
  const text = schedule.split(' ')[Object.keys(ranges).indexOf(field)] ?? '';
  return new Set(text.split(',').flatMap((part) => valuesOf(part, ranges[field])));
}

/** What a part of a field names: `*`, `a-b`, each with `/step`, or `n`; a step of `n` is a fault to cron(8). */
function valuesOf(part: string, [lowest, highest]: (typeof ranges)[Field]): number[] {
  const match = /^(?:(?:\*|(\d{1,2})-(\d{1,2}))(?:\/([1-9]\d?))?|(\d{1,2}))$/.exec(part);
  const [, from = lowest, to = highest, step = 1, single] = match ?? [];
  const [first, last] = [Number(single ?? from), Number(single ?? to)];
  if (match === null || first < lowest || last > highest || last < first) return [];
  return Array.from(
    { length: Math.floor((last - first) / Number(step)) + 1 },
    (_, index) => first + index * Number(step),
  );
}
