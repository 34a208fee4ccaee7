import { StripeError } from './api-error.ts';
import type { StripeCall } from './call.ts';

export type Answer = { readonly status: number; readonly json: object; readonly replayed?: true };

type Kept = { readonly request: string; readonly answer: Answer; readonly at: number };

const keepMs = 24 * 60 * 60_000;
const keyMax = 255;

/**
 * What was answered under which key, failures within Stripe included: docs.stripe.com/api/idempotent_requests. A call that was
 * refused before anything was done leaves its key free.
 */
export class Idempotence {
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The first answer with this key; `work` is done for a new key, and for a call without one. */
  once(call: StripeCall, work: () => Answer): Answer {
    const { idempotencyKey: key } = call;
    if (key === undefined) return work();
    if (key.length > keyMax) throw new StripeError(400, 'invalid_request_error', 'The key is too long');
    this.#forget();
    const kept = this.#kept.get(key);
    if (kept && kept.request !== requestOf(call))
      throw new StripeError(400, 'idempotency_error', 'This key was used with other parameters');
    if (kept) return { ...kept.answer, replayed: true };
    const answer = work();
    this.keep(call, answer);
    return answer;
  }

  /** From now on the key gives this answer. */
  keep(call: StripeCall, answer: Answer): void {
    if (call.idempotencyKey) this.#kept.set(call.idempotencyKey, { request: requestOf(call), answer, at: this.#now() });
  }

  /** The oldest stand first. */
  #forget(): void {
    for (const [key, { at }] of this.#kept) {
      if (at > this.#now() - keepMs) return;
      this.#kept.delete(key);
    }
  }
}

const requestOf = ({ path, text }: StripeCall): string =>
  `${path} ${[...new URLSearchParams(text)].map(String).sort().join('&')}`;
