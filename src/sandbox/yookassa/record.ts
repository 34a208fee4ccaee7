import type { Waits } from '../waits.ts';
import type { ApiCall } from './call.ts';
import type { NotificationEvent, Payment, Refund } from './wire.ts';

/** A call of the API and the status that it was answered with. */
export type SeenRequest = ApiCall & { readonly status: number | 'dropped' };

/** One attempt to deliver a notification; `lost` when there was none on purpose, or nowhere to send it. */
export type SentNotification = {
  readonly event: NotificationEvent;
  readonly objectId: string;
  /** Unix time in milliseconds at which it was sent. */
  readonly at: number;
  /** Counted from 1. */
  readonly attempt: number;
  readonly outcome: number | 'unreachable' | 'lost';
};

export type YooKassaEvents = {
  /** Created or changed. */
  payment: Payment;
  refund: Refund;
  notification: SentNotification;
  request: SeenRequest;
};
export type YooKassaEvent = keyof YooKassaEvents;

type Listener<T> = (item: T) => void;
type Listeners = { readonly [E in YooKassaEvent]: Set<Listener<YooKassaEvents[E]>> };
type Past = { readonly [E in YooKassaEvent]: () => readonly YooKassaEvents[E][] };

/** A sandbox that is left running must not fill the memory. */
const keptMax = 10_000;
const waitMs = 5000;

const keep = <T>(list: T[], item: T): void => {
  list.push(item);
  if (list.length > keptMax) list.shift();
};

/** What has happened, for whoever watches. */
export class YooKassaRecord {
  readonly requests: SeenRequest[] = [];
  readonly notifications: SentNotification[] = [];
  readonly #listeners: Listeners = { payment: new Set(), refund: new Set(), notification: new Set(), request: new Set() };
  readonly #past: Past;
  readonly #waits: Waits;

  constructor(books: { payments(): readonly Payment[]; refunds(): readonly Refund[] }, waits: Waits) {
    this.#past = {
      payment: () => books.payments(),
      refund: () => books.refunds(),
      notification: () => this.notifications,
      request: () => this.requests,
    };
    this.#waits = waits;
  }

  request(seen: SeenRequest): void {
    keep(this.requests, seen);
    this.emit('request', seen);
  }

  notification(sent: SentNotification): void {
    keep(this.notifications, sent);
    this.emit('notification', sent);
  }

  emit<E extends YooKassaEvent>(event: E, item: YooKassaEvents[E]): void {
    for (const listener of [...this.#listeners[event]]) listener(item);
  }

  on<E extends YooKassaEvent>(event: E, listener: Listener<YooKassaEvents[E]>): () => void {
    this.#listeners[event].add(listener);
    return () => {
      this.#listeners[event].delete(listener);
    };
  }

  /**
   * With `match` the first that does, looking at what there is already (payments as they are now, not as they were); without it
   * the next one. Rejects after `timeoutMs`.
   */
  waitFor<E extends YooKassaEvent>(
    event: E,
    match?: (item: YooKassaEvents[E]) => boolean,
    timeoutMs = waitMs,
  ): Promise<YooKassaEvents[E]> {
    const past = match && (this.#past[event]() as readonly YooKassaEvents[E][]).find(match);
    if (past !== undefined) return Promise.resolve(past);
    return this.#waits.until<YooKassaEvents[E]>({
      timeoutMs,
      listen: settle => this.on(event, item => (match?.(item) ?? true) && settle(item)),
      why: () => `YooKassa saw no such "${event}"`,
    });
  }
}
