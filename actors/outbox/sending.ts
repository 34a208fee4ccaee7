import type { OutboxRow } from '../../src/domain/notice.ts';
import {
  type Bucket,
  botRate,
  botReserve,
  chatRate,
  chatReserve,
  leaving,
  setBack,
  take,
  waitMs,
} from '../../src/domain/pace.ts';
import type { Write } from '../../src/domain/unit.ts';
import { type Ref, tell } from '../nact.ts';
import type { Clock, Commit, Delivery, JobProgress, NewsRow, Observe, OutboxMessage, PendingRow } from '../protocol.ts';
import { type ChatLine, enqueue, isIdle, newLine, nextRow, type Queued } from './chat-line.ts';
import { first, isAnyoneBefore, leave, stand, type Turnstile } from './turnstile.ts';

export type OutboxDeps = {
  commit: Commit;
  clock: Clock;
  observe: Observe;
  /** All that waits, but for news. */
  pendingOutbox(): Promise<readonly PendingRow[]>;
  /** The next of the news that wait, in their order. */
  pendingNews(after: number, limit: number): Promise<readonly NewsRow[]>;
  /** Sends one message; never rejects. */
  deliver(row: Queued): Promise<Delivery>;
  /** Shows passing news in the message that the outbox row `edits` became; its id is given if it is known here. Never rejects. */
  show(job: JobProgress, edits: string, messageId: number | undefined): Promise<Delivery>;
};

/** `known`: every row that waits or is on its way, so that one read at the start and told once more is sent once. */
export type Outbox = {
  lines: Map<number, ChatLine>;
  known: Set<string>;
  bot: Bucket;
  turnstile: Turnstile;
  news: News;
  /** The timer that lets the first of the turnstile through. */
  nextTurn: { at: number; forget(): void } | null;
  draining: Ref<'drained'> | null;
};
/**
 * How far the news in the rows have come to stand in lines: up to `after`. `held`: those that do, or are on their way; `isMore`:
 * there may be more in the rows.
 */
export type News = { after: number; held: number; isReading: boolean; isMore: boolean };
export type OutboxHouse = { deps: OutboxDeps; outbox: Outbox; self: Ref<OutboxMessage> };

const restMs = (chatRate.burst / chatRate.perSecond) * 1_000 + 100;

/**
 * A message that was being sent when the process died may have arrived: results and money are said once more, hints and news are
 * let go. The last edit of a message is made again: made twice it changes nothing, and left out it would leave a button that does
 * nothing.
 */
export function recover(house: OutboxHouse, { state, ...row }: PendingRow): void {
  if (state === 'sending' && (row.rank === 'hint' || row.rank === 'news')) return settle(house, row, { state: 'dropped' });
  add(house, { ...row, doubts: 0 });
}

export function add(house: OutboxHouse, row: Queued): void {
  if (house.outbox.known.has(row.id)) return;
  house.outbox.known.add(row.id);
  if (row.rank === 'news') house.outbox.news.held++;
  const line = lineOf(house, row.chatId);
  const older = enqueue(line, row);
  if (older) settle(house, older, { state: 'dropped' });
  go(house, line);
}

export function lineOf({ outbox, deps }: OutboxHouse, chatId: number): ChatLine {
  let line = outbox.lines.get(chatId);
  if (!line) outbox.lines.set(chatId, (line = newLine(chatId, deps.clock.now())));
  return line;
}

/** Lets those who stand at the turnstile through, one after the other, until the bot has to wait again. */
export function goOn(house: OutboxHouse): void {
  const { outbox, deps } = house;
  for (let turn = first(outbox.turnstile); turn; turn = first(outbox.turnstile)) {
    const botWaitMs = waitMs(leaving(botReserve[turn.rank], outbox.bot), botRate, deps.clock.now());
    if (botWaitMs > 0) return waitForBot(house, botWaitMs);
    leave(outbox.turnstile, turn.chatId);
    const line = outbox.lines.get(turn.chatId);
    if (line) go(house, line, true);
  }
}

/** Whoever comes with something that may go sooner does not wait for those before. */
function waitForBot({ outbox, deps, self }: OutboxHouse, ms: number): void {
  const at = deps.clock.now() + ms;
  if (outbox.nextTurn && outbox.nextTurn.at <= at) return;
  outbox.nextTurn?.forget();
  outbox.nextTurn = { at, forget: deps.clock.after(ms, () => tell(self, { type: 'goAll' })) };
}

/** Sends the next thing of a chat as soon as chat and bot may. `called`: it comes from the turnstile, and it is its turn. */
export function go(house: OutboxHouse, line: ChatLine, called = false): void {
  const { outbox, deps, self } = house;
  const now = deps.clock.now();
  if (line.busy || outbox.draining) return;
  line.bucket = setBack(line.bucket, now);
  outbox.bot = setBack(outbox.bot, now);
  const row = nextRow(line);
  if (!row && line.live.size === 0) return rest(house, line, now);
  const rank = row?.rank ?? 'edit';
  const chatWaitMs = waitMs(leaving(chatReserve[rank], line.bucket), chatRate, now);
  const botWaitMs = waitMs(leaving(botReserve[rank], outbox.bot), botRate, now);
  if (chatWaitMs > 0) {
    line.forget?.();
    line.forget = deps.clock.after(chatWaitMs, () => tell(self, { type: 'go', chatId: line.chatId }));
    return;
  }
  if (botWaitMs > 0 || (!called && isAnyoneBefore(outbox.turnstile, rank))) {
    stand(outbox.turnstile, line.chatId, rank);
    return waitForBot(house, botWaitMs);
  }
  line.bucket = take(line.bucket, chatRate, now);
  outbox.bot = take(outbox.bot, botRate, now);
  line.busy = true;
  if (row) send(house, line.rows.shift()!);
  else showLive(house, line);
}

/** Nothing to say: the line is forgotten once its bucket is full again. */
function rest({ outbox, deps, self }: OutboxHouse, line: ChatLine, now: number): void {
  line.forget?.();
  if (isIdle(line, now)) outbox.lines.delete(line.chatId);
  else line.forget = deps.clock.after(restMs, () => tell(self, { type: 'go', chatId: line.chatId }));
}

function send({ deps, self }: OutboxHouse, row: Queued): void {
  const mark: Write = { do: 'setOutbox', id: row.id, at: deps.clock.now(), state: 'sending', tries: row.tries + 1 };
  const sent = async (): Promise<Delivery> => {
    await deps.commit({ writes: [mark] });
    deps.observe({ step: `outbox:sending:${row.notice.type}`, outboxId: row.id, userId: row.chatId });
    const delivery = await deps.deliver(row);
    deps.observe({ step: `outbox:${delivery.kind}:${row.notice.type}`, outboxId: row.id, userId: row.chatId });
    return delivery;
  };
  sent().then(
    delivery => tell(self, { type: 'delivered', row: { ...row, tries: row.tries + 1 }, delivery }),
    (error: Error) => {
      deps.observe({ step: 'outbox:failed', outboxId: row.id, error });
      tell(self, { type: 'delivered', row, delivery: { kind: 'unsent' } });
    },
  );
}

function showLive({ deps, self }: OutboxHouse, line: ChatLine): void {
  const [live] = line.live.values();
  if (!live) return;
  line.live.delete(live.edits);
  deps
    .show(live.job, live.edits, line.messageIds.get(live.edits))
    .then(delivery => tell(self, { type: 'liveDelivered', chatId: line.chatId, delivery }));
}

export function settle(
  house: OutboxHouse,
  { id, rank, notice, chatId }: OutboxRow,
  last: { state: 'sent' | 'dropped'; messageId?: number },
): void {
  const { clock, observe } = house.deps;
  if (house.outbox.known.delete(id) && rank === 'news') house.outbox.news.held--;
  const settled = () => observe({ step: `outbox:settled:${notice.type}`, outboxId: id, userId: chatId });
  write(house, { do: 'setOutbox', id, at: clock.now(), ...last }, settled);
}

/** Written without waiting: should it fail, the row is found in doubt at the next start. */
export function write({ deps }: OutboxHouse, one: Write, written: () => void = () => {}): void {
  deps.commit({ writes: [one] }).then(written, (error: Error) => deps.observe({ step: 'outbox:unwritten', error }));
}
