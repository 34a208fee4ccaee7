import type { EditEnd, Freedom, FreeOf, HistoryMatter } from '../../domain/history.ts';
import type { history as ru } from './history.ru.ts';
import type { Localised } from './localised.ts';
import { lasted, money, points } from './numbers.en.ts';

const signed = (n: number): string => `${n > 0 ? '+' : n < 0 ? '−' : ''}${points(Math.abs(n))}`;

const payments: Record<Extract<HistoryMatter, { kind: 'payment' }>['state'], (sum: string, bought: string) => string> = {
  pending: (sum, bought) => `Bill of ${sum}, ${bought}: not paid yet`,
  succeeded: sum => `Top-up of ${sum}`,
  failed: sum => `Payment of ${sum} did not go through`,
  cancelled: sum => `Payment of ${sum} was cancelled`,
};

const ends: Record<EditEnd, string> = {
  open: 'in progress',
  completed: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  refused: 'not accepted',
  lacking: 'not enough points',
};

const freedoms: Record<FreeOf | Freedom, string> = {
  preset: 'this style costs nothing',
  person: 'on the house',
  admin: 'you are an admin',
  unlimited: 'unlimited for you',
  everyone: 'test mode',
};

export const history: Localised<typeof ru> = {
  button: '📜 History',
  title: ({ page }) => `📜 <b>History</b>${page > 0 ? `, page ${page + 1}` : ''}`,
  empty: '📜 Nothing here yet. Send a photo, and your first edit will stand here.',
  noMore: '📜 There is nothing further back.',
  newer: '⬅️ Newer',
  older: '➡️ Earlier',
  card: ({ n }) => `🎨 ${n}`,
  line: ({ icon, change, when, what }) => `${icon} <b>${signed(change)}</b> · ${when}\n${what}`,
  payment: ({ state, money: sum, bought }) => payments[state](money(sum.amountMinor, sum.currency), points(bought)),
  refund: ({ isDone, money: sum, owed }) =>
    `Refund of ${money(sum.amountMinor, sum.currency)}${isDone ? '' : ', on its way'}${owed > 0 ? `, noted as a debt: ${points(owed)}` : ''}`,
  initial: 'First points, a present',
  weeklyBonus: 'Weekly bonus',
  referral: 'Bonus for a friend',
  granted: 'Given by an admin',
  taken: 'Taken by an admin',
  repayment: 'Debt for refunded money paid off',
  practice: 'Practice points removed',
  gain: 'Points in',
  loss: 'Points out',
  promo: ({ code }) => `Promo code ${code}`,
  edit: ({ name, end, isReturned, isFree, why }) => {
    const wasCharged = end === 'open' || end === 'completed';
    const about = isFree
      ? `free: ${freedoms[why]}`
      : isReturned
        ? 'points given back'
        : wasCharged
          ? ''
          : end === 'lacking'
            ? ''
            : 'nothing charged';
    return [`${name}: ${ends[end]}`, about].filter(Boolean).join(', ');
  },
  ownWish: 'Own prompt',
  jobCard: {
    gone: '🤔 You have no such edit.',
    wish: ({ prompt }) => `✍️ <b>Own prompt</b>\n<i>${prompt}</i>`,
    preset: ({ name }) => `🎨 <b>${name}</b>`,
    price: ({ price, isPresets }) => `💰 Price: ${points(price)} (${isPresets ? 'of this style' : 'the usual one'})`,
    free: ({ why }) => `💰 Free: ${freedoms[why]}`,
    open: '⏳ In progress',
    completed: '✅ Done',
    charged: ({ points: n }) => `💸 Charged: ${points(n)}`,
    reserved: ({ points: n }) => `💸 Set aside: ${points(n)}`,
    returned: ({ points: n }) => `↩️ Given back: ${points(n)}`,
    untouched: '💳 Nothing was charged',
    when: ({ when }) => `📅 ${when}`,
    times: ({ waitMs, runMs }) => `⏱ Waited ${lasted(waitMs)}, ran ${lasted(runMs)}`,
  },
};
