import type { admin as ru } from './admin.ru.ts';
import type { Localised } from './localised.ts';
import { money, points } from './numbers.en.ts';

const because = (reason: string | null): string => (reason === null ? '' : `\n💬 ${reason}`);
const uses = (n: number): string => `${n.toLocaleString('en')} ${n === 1 ? 'use' : 'uses'}`;

export const admin: Localised<typeof ru> = {
  menu: ({ lines }) => `🛠 <b>Commands for admins</b>\n\n${lines}`,
  usage: ({ usage, example }) => `🤔 I did not get that. It goes like this:\n${usage}\n\nFor example:\n${example}`,
  commands: {
    admin: { usage: '/admin', example: '/admin', does: 'Commands for admins' },
    addtokens: {
      usage: '/addtokens &lt;telegram_id&gt; &lt;points&gt; [reason]',
      example: '/addtokens 123456789 5000 for the review',
      does: 'Give points; with a minus, take them back',
    },
    unlimited: {
      usage: '/unlimited &lt;telegram_id&gt;',
      example: '/unlimited 123456789',
      does: 'Switch free edits on or off',
    },
    refund: {
      usage: '/refund &lt;payment id&gt; [rubles]',
      example: '/refund 2c85b8a6-000f-5000-8000-18db351245c7 150',
      does: 'Give money back: all of it or a part',
    },
    newpromo: {
      usage: '/newpromo &lt;code&gt; &lt;points&gt; [uses] [days]',
      example: '/newpromo SUMMER 500 100 30',
      does: 'Make a promo code; without numbers, for one use and for ever',
    },
    userinfo: { usage: '/userinfo &lt;telegram_id&gt;', example: '/userinfo 123456789', does: 'All about a person' },
  },
  done: {
    granted: ({ points: given, name, balance }) => `✅ ${name}: ${points(given)} added.\n💳 Balance: ${points(balance)}`,
    taken: ({ points: taken, name, balance }) => `✅ ${name}: ${points(taken)} taken.\n💳 Balance: ${points(balance)}`,
    tooFewPoints: ({ points: asked, name, balance }) =>
      `🚫 ${name}: that is more than there is. You asked for ${points(asked)}, ${points(balance)} can be taken.`,
    free: ({ name }) => `✅ ${name}: edits are free now. The same command again switches it off.`,
    paid: ({ name }) => `✅ ${name}: edits cost points again.`,
  },
  noPerson: ({ id }) => `🚫 There is nobody with the id <code>${id}</code> here: they have never written to the bot.`,
  promoCreated: of =>
    [
      `✅ Promo code <code>${of.code}</code>: ${points(of.points)}, ${uses(of.uses)}, ${of.until === null ? 'for ever' : `up to and including ${of.until}`}.`,
      ...(of.link === null ? [] : [`🔗 <code>${of.link}</code>`]),
    ].join('\n'),
  promoExists: ({ code }) => `🚫 There is a promo code <code>${code}</code> already. It stays as it was.`,
  refund: {
    ordered: ({ sum, points: taken }) =>
      `⏳ The refund of ${sum} is ordered, it will take ${points(taken)}. I will tell you when the gateway has made it.`,
    tooMuch: ({ sum }) => `🚫 That is too much: ${sum} are left.`,
    nothingLeft: '🚫 All of that payment has gone back already.',
    unknownPayment: '🚫 There is no payment with that id.',
    notPaid: '🚫 That payment has not been paid: there is nothing to give back.',
    onlyWhole: '🚫 Of that payment only the whole sum goes back: leave the sum out.',
    unavailable: '⏳ It did not work just now. Nothing was written, please try again.',
  },
  money: ({ amountMinor, currency }) => money(amountMinor, currency),
  person: of =>
    [
      `👤 <b>${of.name}</b>${of.username === null ? '' : ` @${of.username}`}`,
      `🆔 <code>${of.id}</code> · ${of.language}`,
      `📅 With us since ${of.since}, last here ${of.seen}`,
    ].join('\n'),
  personPoints: ({ balance, debt }) => `💳 Balance: ${points(balance)}${debt > 0 ? ` · owes: ${points(debt)}` : ''}`,
  unlimited: '♾ Edits are free',
  blocked: '🚫 Has stopped the bot',
  jobs: ({ completed, failed, cancelled, open }) =>
    `🎨 Edits: ${completed} done, ${failed} failed, ${cancelled} cancelled, ${open} under way`,
  payments: ({ total, paid }) => `🧾 Payments: ${total}, ${paid} of them paid`,
  payment: ({ id, sum, state, at }) => `${state} ${sum}, ${at}\n<code>${id}</code>`,
  granted: of => `🎁 You were given ${points(of.points)}.${because(of.reason)}\n💳 New balance: ${points(of.balance)}`,
  taken: of =>
    `💸 ${points(of.points)} were taken from your balance.${because(of.reason)}\n💳 New balance: ${points(of.balance)}`,
  unlimitedSet: {
    on: '♾ Edits are free for you now.',
    off: '💰 Edits cost points again. The price is behind the button “💰 Balance”.',
  },
};
