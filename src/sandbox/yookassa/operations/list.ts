import { invalidRequest } from '../api-error.ts';

/** What a list can be asked for: a range of times, a value that must be the same. */
export type Filters<T> = {
  readonly times: Readonly<Record<string, (item: T) => string | undefined>>;
  readonly equal: Readonly<Record<string, (item: T) => string | undefined>>;
  readonly statuses: readonly string[];
};

export type List<T> = { readonly type: 'list'; readonly items: readonly T[]; readonly next_cursor?: string };

const limitUsual = 10;
const limitMax = 100;

/** A page of what is asked for, newest first. `items` come in the order they were made. */
export const listed = <T extends { readonly id: string }>(items: readonly T[], query: string, filters: Filters<T>): List<T> => {
  const asked = new URLSearchParams(query);
  const filtered = [...rangesOf(asked, filters.times), ...equalsOf(asked, filters)];
  const limit = limitOf(asked);
  const older = afterCursor([...items].reverse(), asked.get('cursor')).filter(item => filtered.every(keeps => keeps(item)));
  const page = older.slice(0, limit);
  const last = page.at(-1);
  return { type: 'list', items: page, ...(last && older.length > limit && { next_cursor: cursorOf(last.id) }) };
};

type Keeps<T> = (item: T) => boolean;

const comparisons: Readonly<Record<string, (time: number, bound: number) => boolean>> = {
  gte: (time, bound) => time >= bound,
  gt: (time, bound) => time > bound,
  lte: (time, bound) => time <= bound,
  lt: (time, bound) => time < bound,
};

const rangesOf = <T>(asked: URLSearchParams, times: Filters<T>['times']): Keeps<T>[] =>
  Object.entries(times).flatMap(([field, timeOf]) =>
    Object.entries(comparisons).flatMap(([name, compare]) => {
      const parameter = `${field}.${name}`;
      const given = asked.get(parameter);
      if (given === null) return [];
      const bound = instantOf(given, parameter);
      return [
        (item: T) => {
          const time = timeOf(item);
          return time !== undefined && compare(Date.parse(time), bound);
        },
      ];
    }),
  );

const instantOf = (text: string, parameter: string): number => {
  const isIso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const instant = isIso ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) throw invalidRequest(parameter, 'A time is written as ISO 8601');
  return instant;
};

const equalsOf = <T>(asked: URLSearchParams, { equal, statuses }: Filters<T>): Keeps<T>[] => {
  const status = asked.get('status');
  if (status !== null && !statuses.includes(status)) throw invalidRequest('status', 'Unknown status');
  return Object.entries(equal).flatMap(([field, read]) => {
    const wanted = asked.get(field);
    return wanted === null ? [] : [(item: T) => read(item) === wanted];
  });
};

const limitOf = (asked: URLSearchParams): number => {
  const given = asked.get('limit') ?? String(limitUsual);
  const limit = /^\d{1,3}$/.test(given) ? Number(given) : 0;
  if (limit < 1 || limit > limitMax) throw invalidRequest('limit', `The limit is a number from 1 to ${limitMax}`);
  return limit;
};

/** The last item that was seen: what comes in meanwhile does not move the pages. */
const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');

const afterCursor = <T extends { readonly id: string }>(items: readonly T[], cursor: string | null): readonly T[] => {
  if (cursor === null) return items;
  const index = items.findIndex(({ id }) => cursorOf(id) === cursor);
  if (index < 0) throw invalidRequest('cursor', 'Unknown cursor');
  return items.slice(index + 1);
};
