import { afterDoubt } from '../../src/domain/doubt.ts';
import { growingMs } from '../../src/domain/growing-pause.ts';
import { pause, pauseAllUntil } from '../../src/domain/pace.ts';
import { tell } from '../nact.ts';
import type { Delivery, Of, OutboxMessage } from '../protocol.ts';
import { type ChatLine, putBack, type Queued, setAside, takeAside } from './chat-line.ts';
import { go, lineOf, type OutboxHouse, settle, write } from './sending.ts';

/* What becomes of a message once it is known how its sending ended. */

const unsentPause = { minMs: 1_000, maxMs: 64_000 };

export function onDelivered(house: OutboxHouse, { row, delivery }: Of<OutboxMessage, 'delivered'>): void {
  const line = lineOf(house, row.chatId);
  line.busy = false;
  switch (delivery.kind) {
    case 'sent':
      onSent(house, line, row, delivery.messageId);
      break;
    case 'unsent':
    case 'retryAfter':
      sayAgain(house, line, row, delivery);
      break;
    case 'ambiguous':
      onDoubt(house, line, { ...row, doubts: row.doubts + 1 }, delivery);
      break;
    default:
      settle(house, row, { state: 'dropped' });
  }
  if (delivery.kind === 'refused' && delivery.blocked) write(house, { do: 'setBlocked', userId: row.chatId, blocked: true });
  go(house, line);
}

export function onLiveDelivered(house: OutboxHouse, { chatId, delivery }: Of<OutboxMessage, 'liveDelivered'>): void {
  const line = lineOf(house, chatId);
  line.busy = false;
  if (delivery.kind === 'retryAfter') holdBack(house, line, delivery, 1);
  go(house, line);
}

/** What was set aside comes back into its line. Should that have been begun anew, it was read with all that waits. */
export function onAgain(house: OutboxHouse, { row }: Of<OutboxMessage, 'again'>): void {
  const line = house.outbox.lines.get(row.chatId);
  if (!line || !takeAside(line, row)) return;
  if (!putBack(line, row)) settle(house, row, { state: 'dropped' });
  go(house, line);
}

function onSent(house: OutboxHouse, line: ChatLine, row: Queued, messageId: number | null): void {
  if (messageId !== null) line.messageIds.set(row.id, messageId);
  if (messageId !== null && isSaidAnew(line, row, messageId))
    write(house, { do: 'setOutbox', id: row.edits, at: house.deps.clock.now(), state: 'sent', messageId });
  settle(house, row, { state: 'sent', ...(messageId !== null && { messageId }) });
}

/** The message to edit was gone, and its words came in a new one: later edits are meant for that. */
function isSaidAnew(line: ChatLine, row: Queued, messageId: number): row is Queued & { edits: string } {
  if (typeof row.edits !== 'string' || row.rank === 'edit' || line.messageIds.get(row.edits) === messageId) return false;
  line.messageIds.set(row.edits, messageId);
  return true;
}

function onDoubt(house: OutboxHouse, line: ChatLine, row: Queued, delivery: Delivery): void {
  const { deps, self } = house;
  const after = afterDoubt(row, row.doubts, deps.clock.now());
  if (after.again === 'inLine') return sayAgain(house, line, row, delivery);
  if (after.again === 'never') return letGo(house, row);
  const forget = deps.clock.after(after.pauseMs, () => tell(self, { type: 'again', row }));
  if (setAside(line, row, forget)) noteWaiting(house, row);
  else settle(house, row, { state: 'dropped' });
}

function letGo(house: OutboxHouse, row: Queued): void {
  const { id: outboxId, chatId: userId } = row;
  if (row.rank === 'result')
    house.deps.observe({ step: 'outbox:lost', outboxId, userId, error: new Error('Telegram took it in no time') });
  settle(house, row, { state: 'dropped' });
}

function sayAgain(house: OutboxHouse, line: ChatLine, row: Queued, delivery: Delivery): void {
  holdBack(house, line, delivery, row.tries);
  if (putBack(line, row)) noteWaiting(house, row);
  else settle(house, row, { state: 'dropped' });
}

const noteWaiting = (house: OutboxHouse, { id }: Queued): void =>
  write(house, { do: 'setOutbox', id, at: house.deps.clock.now(), state: 'pending' });

/**
 * A chat that was told to wait, waits; three at once mean that all wait. What did not arrive is tried again after a growing
 * pause.
 */
function holdBack({ outbox, deps }: OutboxHouse, line: ChatLine, delivery: Delivery, tries: number): void {
  const now = deps.clock.now();
  const ms = delivery.kind === 'retryAfter' ? delivery.ms : growingMs(tries + 1, unsentPause);
  line.bucket = pause(line.bucket, now + ms);
  if (delivery.kind !== 'retryAfter') return;
  line.toldUntil = now + ms;
  const told = [...outbox.lines.values()].map(({ bucket, toldUntil }) => ({ ...bucket, pausedUntil: toldUntil }));
  const allUntil = pauseAllUntil(told, now);
  if (allUntil) outbox.bot = pause(outbox.bot, allUntil);
}
