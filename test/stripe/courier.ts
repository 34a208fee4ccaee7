import { createHmac } from 'node:crypto';
import type { StripeFaults } from './faults.ts';
import type { StripeEvent } from './wire.ts';

/** One attempt to deliver an event; `lost` when there was none on purpose, or nowhere to send it. */
export type SentEvent = {
  readonly event: StripeEvent;
  /** Counted from 1. */
  readonly attempt: number;
  readonly outcome: number | 'unreachable' | 'lost';
};

export type CourierOptions = {
  readonly faults: StripeFaults;
  readonly secret: string;
  /** The last one repeats; there are ten attempts at most. */
  readonly resendDelaysMs: readonly number[];
  readonly nowSeconds: () => number;
  readonly target: () => string | undefined;
  readonly sent: (attempt: SentEvent) => void;
};

const attemptsMax = 10;
const timeoutMs = 10_000;

/** The header of a notification: `t=…,v1=…`. */
export const signatureOf = (body: string, secret: string, atSeconds: number): string =>
  `t=${atSeconds},v1=${createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex')}`;

/** Brings events to the shop, each again and again until it is answered with 2xx, and signed anew each time. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #closing = new AbortController();

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  send(event: StripeEvent): void {
    const fault = this.#options.faults.meetingEvent(event);
    if (fault?.kind === 'lost') return this.#options.sent({ event, attempt: 1, outcome: 'lost' });
    for (let copy = 0; copy < (fault?.times ?? 1); copy++) void this.#deliver(event, 1);
  }

  /** Nothing is sent any more. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#closing.abort();
  }

  async #deliver(event: StripeEvent, attempt: number): Promise<void> {
    const url = this.#options.target();
    const outcome = url === undefined ? 'lost' : await this.#post(url, JSON.stringify(event)).catch(() => 'unreachable' as const);
    if (this.#closing.signal.aborted) return;
    if (url !== undefined && (typeof outcome !== 'number' || outcome < 200 || outcome > 299)) this.#later(event, attempt);
    this.#options.sent({ event, attempt, outcome });
  }

  async #post(url: string, body: string): Promise<number> {
    const { secret, nowSeconds } = this.#options;
    const response = await fetch(url, {
      ...{ method: 'POST', body, redirect: 'manual' },
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': signatureOf(body, secret, nowSeconds()) },
      signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.arrayBuffer();
    return response.status;
  }

  #later(event: StripeEvent, attempt: number): void {
    const { resendDelaysMs } = this.#options;
    const delayMs = resendDelaysMs[attempt - 1] ?? resendDelaysMs.at(-1);
    if (delayMs === undefined || attempt >= attemptsMax) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#deliver(event, attempt + 1);
    }, delayMs).unref();
    this.#timers.add(timer);
  }
}
