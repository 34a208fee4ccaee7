import { dayMs, minuteMs } from './time.ts';

/** When the weekly bonus is due, in the civil time of `timeZone`; `day` 0 is Monday. */
export type BonusTime = { day: number; hour: number; minute: number; timeZone: string };
export type WeeklyBonus = BonusTime & { points: number };

/** The bonus of an ISO week, by its name such as `2026-W47`. `at` is the moment when it falls due (Unix ms). */
export type DueBonus = { week: string; at: number };

/**
 * A slice of the bonus of a week: the next `peopleMax` people, of whom those get it who have not blocked the bot and were seen
 * since `seenFrom`. Where the slice before ended, and how many points it is, stands in the row of the week; `points` is for a
 * week that begins.
 */
export type BonusSlice = { week: string; points: number; seenFrom: number; peopleMax: number; at: number };

/** Who has not been here for longer than this gets no bonus. */
const absenceMaxMs = 30 * dayMs;

export const bonusReason = 'weekly_bonus';

/** From when on somebody must have been seen: whole days, as `seenAt` is counted, so that nobody misses it by an hour. */
export const seenFromFor = ({ at }: DueBonus): number => Math.floor((at - absenceMaxMs) / dayMs) * dayMs;

/** The bonus that is due at `now` and not over: a run of it may begin until the end of its ISO week, and never later. */
export function dueBonus(time: BonusTime, now: number): DueBonus | undefined {
  const due = bonusFrom(time, mondayOf(civilOf(now, time.timeZone)));
  return now >= due.at ? due : undefined;
}

/** The bonus of the week before. */
export const bonusBefore = (time: BonusTime, now: number): DueBonus =>
  bonusFrom(time, mondayOf(civilOf(now, time.timeZone)) - 7 * dayMs);

const bonusFrom = ({ day, hour, minute, timeZone }: BonusTime, monday: number): DueBonus => ({
  week: nameOf(monday),
  at: momentOf(monday + day * dayMs + (hour * 60 + minute) * minuteMs, timeZone),
});

/** The ISO week that a moment lies in for people of that zone: the week that holds the Thursday gives the year. */
export const isoWeek = (at: number, timeZone: string): string => nameOf(mondayOf(civilOf(at, timeZone)));

/*
 * Civil time is a number, too: the Unix ms at which UTC shows that date and time.
 */

/** 1970-01-01 was a Thursday. */
const mondayOf = (civil: number): number => {
  const days = Math.floor(civil / dayMs);
  return (days - ((((days + 3) % 7) + 7) % 7)) * dayMs;
};

function nameOf(monday: number): string {
  const thursday = monday + 3 * dayMs;
  const year = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1)) / dayMs / 7) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

/**
 * The moment of a civil time. Of one that comes twice, as clocks are set back, it is the first; one that is skipped, as clocks
 * are set forward, comes as much later as was skipped.
 */
export function momentOf(civil: number, timeZone: string): number {
  // What clocks were behind and are ahead of UTC, a day before and after: offsets are at most 14 hours.
  const moments = [civil - dayMs, civil + dayMs].map(near => civil - (civilOf(near, timeZone) - near));
  const shown = moments.filter(moment => civilOf(moment, timeZone) === civil);
  return shown.length > 0 ? Math.min(...shown) : moments[0]!;
}

/** What clocks in that zone show at a moment, to the second. */
export function civilOf(at: number, timeZone: string): number {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year, month, day, hour, minute, second } = parts as Record<
    'year' | 'month' | 'day' | 'hour' | 'minute' | 'second',
    number
  >;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    const date = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
    const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const;
    formats.set(timeZone, (format = new Intl.DateTimeFormat('en', { ...date, ...time, timeZone, calendar: 'gregory' })));
  }
  return format;
}
