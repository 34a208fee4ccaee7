import type { OutboxRow } from '../../src/domain/notice.ts';
import { botRate, fullBucket } from '../../src/domain/pace.ts';
import { type Context, type Parent, type Ref, spawn, tell } from '../nact.ts';
import type { OutboxMessage } from '../protocol.ts';
import { essential } from '../supervision.ts';
import { onAgain, onDelivered, onLiveDelivered } from './delivered.ts';
import { feedNews, newNews, onNews } from './news.ts';
import { add, go, goOn, lineOf, type Outbox, type OutboxDeps, type OutboxHouse, recover } from './sending.ts';
import { newTurnstile } from './turnstile.ts';

/**
 * Everything that goes to Telegram. Rows come first: a message is marked `sending` before the request and `sent` after it, so
 * that a crash leaves a doubt about one message at most. Per chat one at a time and in order; paced for the chat and for the bot.
 * News, which may be for everybody, are read from their rows a few at a time.
 */
export const spawnOutbox = (parent: Parent, deps: OutboxDeps): Ref<OutboxMessage> => {
  const outbox: Ref<OutboxMessage> = spawn(parent, 'outbox', receiveWith(deps), {
    initialState: (): Outbox => ({
      lines: new Map(),
      known: new Set(),
      bot: fullBucket(botRate, deps.clock.now()),
      turnstile: newTurnstile(),
      news: newNews(),
      nextTurn: null,
      draining: null,
    }),
    onCrash: essential<OutboxMessage>(deps, 'outbox', self => tell(self, { type: 'start' })),
  });
  tell(outbox, { type: 'start' });
  return outbox;
};

const receiveWith =
  (deps: OutboxDeps) =>
  async (outbox: Outbox, msg: OutboxMessage, ctx: Context<OutboxMessage>): Promise<Outbox> => {
    const house: OutboxHouse = { deps, outbox, self: ctx.self };
    switch (msg.type) {
      case 'start':
        for (const row of await deps.pendingOutbox()) recover(house, row);
        break;
      case 'queued':
        for (const row of msg.rows) queue(house, row);
        break;
      case 'live':
        lineOf(house, msg.chatId).live.set(msg.edits, { edits: msg.edits, job: msg.job });
        go(house, lineOf(house, msg.chatId));
        break;
      case 'delivered':
        onDelivered(house, msg);
        break;
      case 'liveDelivered':
        onLiveDelivered(house, msg);
        break;
      case 'again':
        onAgain(house, msg);
        break;
      case 'go':
        go(house, lineOf(house, msg.chatId));
        break;
      case 'goAll':
        outbox.nextTurn = null;
        goOn(house);
        break;
      case 'news':
        outbox.news.isMore = true;
        break;
      case 'newsRead':
        onNews(house, msg);
        break;
      case 'drain':
        outbox.draining = msg.replyTo;
        break;
      default:
        msg satisfies never;
    }
    feedNews(house);
    if (outbox.draining && ![...outbox.lines.values()].some(({ busy }) => busy)) tell(outbox.draining, 'drained');
    return outbox;
  };

function queue(house: OutboxHouse, row: OutboxRow): void {
  if (row.rank === 'news') house.outbox.news.isMore = true;
  else add(house, { ...row, tries: 0, doubts: 0 });
}
