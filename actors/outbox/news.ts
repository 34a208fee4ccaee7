import { tell } from '../nact.ts';
import type { OutboxMessage } from '../protocol.ts';
import { type News, type OutboxHouse, recover, settle } from './sending.ts';

/** Fewer at the turnstile than go out in two seconds: more are read. */
const standingMin = 60;
/** A bound on all news in memory, those of chats that wait included. */
const heldMax = 300;
const sliceSize = 100;
const retryMs = 5_000;
/** What is older is no news any more. */
const ageMaxMs = 7 * 24 * 60 * 60_000;

/** At the start nobody knows what stands in the rows. */
export const newNews = (): News => ({ after: 0, held: 0, isReading: false, isMore: true });

/** Reads the next news when few are left that could be sent, so that however many there are, the outbox holds some hundred. */
export function feedNews({ outbox, deps, self }: OutboxHouse): void {
  const { news, turnstile, draining } = outbox;
  if (!news.isMore || news.isReading || draining) return;
  if (turnstile.news.size >= standingMin || news.held >= heldMax) return;
  Object.assign(news, { isReading: true, isMore: false });
  const { after } = news;
  deps.pendingNews(after, sliceSize).then(
    rows => tell(self, { type: 'newsRead', after, rows }),
    (error: Error) => {
      deps.observe({ step: 'outbox:news:unread', error });
      tell(self, { type: 'newsRead', after, rows: [] });
      deps.clock.after(retryMs, () => tell(self, { type: 'news' }));
    },
  );
}

/** News that were asked for by an outbox that has been started anew since are none of this one's. */
export function onNews(house: OutboxHouse, { after, rows }: Extract<OutboxMessage, { type: 'newsRead' }>): void {
  const { outbox, deps } = house;
  const { news } = outbox;
  if (after !== news.after) return;
  news.isReading = false;
  news.isMore ||= rows.length === sliceSize;
  const oldest = deps.clock.now() - ageMaxMs;
  for (const { seq, ...row } of rows) {
    news.after = seq;
    if (row.at < oldest) settle(house, row, { state: 'dropped' });
    else recover(house, row);
  }
}
