import type { Message } from '../../src/sandbox/page/wire.ts';

/** What stands in the list, from above to below. A bubble of several messages is an album. */
export type Row =
  | { is: 'day'; key: string; date: number }
  | { is: 'service'; key: string; messages: readonly [Message] }
  | { is: 'bubble'; key: string; messages: readonly Message[]; isFirst: boolean; isLast: boolean };

/** Messages of one sender stand together when no more than this lies between them. */
const togetherSeconds = 600;

/**
 * Arranges messages: days between them, albums in one bubble, a tail on the last bubble of each group. `dayOf` names the day of a
 * time.
 */
export function rowsOf(messages: readonly Message[], dayOf: (date: number) => string): Row[] {
  const rows: Row[] = [];
  let day = '';
  for (const group of albums(messages)) {
    const [first] = group as [Message, ...Message[]];
    const today = dayOf(first.date);
    if (today !== day) rows.push({ is: 'day', key: `day-${today}`, date: first.date });
    day = today;
    rows.push(rowOf(group));
  }
  return rows.map((row, n) => placed(row, rows[n - 1], rows[n + 1]));
}

const albums = (messages: readonly Message[]): Message[][] => {
  const groups: Message[][] = [];
  for (const message of messages) {
    const last = groups.at(-1);
    const belongs = message.albumId !== null && last?.[0]?.albumId === message.albumId && last[0].from === message.from;
    if (last && belongs) last.push(message);
    else groups.push([message]);
  }
  return groups;
};

const rowOf = (group: Message[]): Row => {
  const [first] = group as [Message, ...Message[]];
  return first.service === null
    ? { is: 'bubble', key: `message-${first.id}`, messages: group, isFirst: true, isLast: true }
    : { is: 'service', key: `message-${first.id}`, messages: [first] };
};

const placed = (row: Row, before: Row | undefined, after: Row | undefined): Row =>
  row.is === 'bubble' ? { ...row, isFirst: !together(before, row), isLast: !together(row, after) } : row;

const together = (a: Row | undefined, b: Row | undefined): boolean => {
  if (a?.is !== 'bubble' || b?.is !== 'bubble') return false;
  const [upper, lower] = [a.messages.at(-1)!, b.messages[0]!];
  return upper.from === lower.from && lower.date - upper.date <= togetherSeconds;
};

/** Whether a row looks the same as before: the same messages, untouched, in the same place of their group. */
export const isSameRow = (a: Row, b: Row): boolean => {
  if (a.is !== b.is || a.key !== b.key) return false;
  if (a.is === 'day' || b.is === 'day') return true;
  const isSameGroup = a.is !== 'bubble' || b.is !== 'bubble' || (a.isFirst === b.isFirst && a.isLast === b.isLast);
  return isSameGroup && a.messages.length === b.messages.length && a.messages.every((one, n) => one === b.messages[n]);
};

const characters: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };

/** The words of a message without its markup, for a line in a list. */
export const plainText = (html: string): string =>
  html.replace(/<[^>]*>/g, '').replace(/&(?:lt|gt|quot|#39|amp);/g, found => characters[found] ?? found);
