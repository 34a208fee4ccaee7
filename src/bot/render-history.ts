import type { Freedom, FreeOf, HistoryEntry, HistoryNotice, JobCard, Names } from '../domain/history.ts';
import { moment } from './day.ts';
import { escapeHtml } from './html.ts';
import { historyKeyboard, jobCardKeyboard } from './keyboards-history.ts';
import type { Shown, Surroundings } from './shown.ts';
import { type Texts, texts } from './words/texts.ts';

const promptShownMax = 300;

/** A page of what happened to a person's points, or one of their edits, as the rows are now. */
export function renderHistory(notice: HistoryNotice, around: Surroundings): Shown {
  const t = texts[around.person.user.language];
  return notice.type === 'history' ? historyPage(t, around) : jobCard(t, notice, around);
}

function historyPage(t: Texts, around: Surroundings): Shown {
  const { history } = around;
  if (!history || (history.entries.length === 0 && history.page === 0)) return { text: t.history.empty, keyboard: null };
  const keyboard = historyKeyboard(t, history);
  if (history.entries.length === 0) return { text: t.history.noMore, keyboard };
  const edits = history.entries.filter(({ kind }) => kind === 'edit');
  const lines = history.entries.map(entry => {
    const [icon, what] = lineOf(t, entry, edits.indexOf(entry) + 1, around);
    return t.history.line({ icon, change: entry.points, when: whenOf(entry.at, around), what });
  });
  return { text: [t.history.title(history), ...lines].join('\n\n'), keyboard };
}

/** An icon and what it was; `n` is the number of an edit on its page. */
function lineOf({ history: t }: Texts, entry: HistoryEntry, n: number, around: Surroundings): readonly [string, string] {
  switch (entry.kind) {
    case 'payment':
      return [entry.state === 'pending' ? '⏳' : entry.state === 'succeeded' ? '✅' : '❌', t.payment(entry)];
    case 'refund':
      return ['↩️', t.refund(entry)];
    case 'promo':
      return ['🎟', t.promo({ code: escapeHtml(entry.code) })];
    case 'edit':
      // A number of its own: without the dot it would run into that of the points.
      return [`${t.card({ n })} ·`, editWords(t, entry, around)];
    case 'grant':
      return entry.points < 0 ? ['➖', t.taken] : ['➕', t.granted];
    default:
      return [icons[entry.kind], t[entry.kind]];
  }
}

const icons = {
  initial: '🎁',
  weeklyBonus: '🎁',
  referral: '🎁',
  repayment: '📌',
  practice: '🧪',
  gain: '➕',
  loss: '➖',
} as const;

function editWords(t: Texts['history'], entry: Extract<HistoryEntry, { kind: 'edit' }>, around: Surroundings): string {
  const { end, isReturned, free } = entry;
  const name = nameOf(entry.name, around) ?? t.ownWish;
  return t.edit({ name, end, isReturned, isFree: free !== null, why: whyFree(free ?? 'person', around) });
}

function jobCard(t: Texts, { page, until }: Extract<HistoryNotice, { type: 'jobCard' }>, around: Surroundings): Shown {
  const { card } = around;
  const words = t.history.jobCard;
  const resumable = card?.end === 'lacking' ? card.id : null;
  const keyboard = jobCardKeyboard(t, { page, until, resumable });
  if (!card) return { text: words.gone, keyboard };
  const text = [
    aboutOf(t, card, around),
    card.free
      ? words.free({ why: whyFree(card.free, around) })
      : words.price({ price: card.price, isPresets: card.isPresetPrice }),
    endOf(t, card),
    ...(card.free ? [] : [movedOf(t, card)]),
    words.when({ when: whenOf(card.createdAt, around) }),
    ...(card.times ? [words.times(card.times)] : []),
    t.jobId(card),
  ];
  return { text: text.join('\n'), keyboard };
}

/** A wish in the words of the person, as much of it as recognises it; a preset by its name alone. */
function aboutOf({ history: { jobCard: words } }: Texts, { name, prompt }: JobCard, around: Surroundings): string {
  if (prompt === null) return words.preset({ name: nameOf(name, around) ?? '…' });
  const characters = [...prompt];
  const shown = characters.length > promptShownMax ? `${characters.slice(0, promptShownMax).join('')}…` : prompt;
  return words.wish({ prompt: escapeHtml(shown) });
}

function endOf(t: Texts, { end, reason }: JobCard): string {
  if (end === 'open' || end === 'completed') return t.history.jobCard[end];
  return t.ended(reason ?? 'failed');
}

function movedOf({ history: { jobCard: words } }: Texts, { end, moved }: JobCard): string {
  if (moved === null) return words.untouched;
  const how = end === 'completed' ? 'charged' : end === 'open' ? 'reserved' : 'returned';
  return words[how]({ points: moved });
}

/** As far as it can be known: why the person pays nothing is known of today only. */
const whyFree = (free: FreeOf, { freedom }: Surroundings): FreeOf | Freedom => (free === 'preset' ? free : (freedom ?? 'person'));

const nameOf = (name: Names | null, { person }: Surroundings): string | undefined =>
  name ? escapeHtml(name[person.user.language]) : undefined;

const whenOf = (at: number, { person, timeZone }: Surroundings): string => moment(at, person.user.language, timeZone);
