import type { ClientRequest } from 'node:http';
import type { NotificationFault, YooKassaFaults } from './faults.ts';
import { postJson } from './post.ts';
import type { SentNotification } from './record.ts';
import type { NotificationBody } from './wire.ts';

export type CourierOptions = {
  readonly faults: YooKassaFaults;
  /** The last one repeats. */
  readonly resendDelaysMs: readonly number[];
  readonly now: () => number;
  /** Asked before each attempt: a shop may move while a notification is under way. */
  readonly target: () => string | undefined;
  readonly sent: (attempt: SentNotification) => void;
};

/** `at` is when it happened: from then on it is sent for a day at most. */
type Parcel = { readonly body: NotificationBody; readonly json: string; readonly at: number; attempt: number };

const deliveryMs = 24 * 60 * 60_000;

/** Brings notifications to the shop, each again and again until it is answered with 200. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #requests = new Set<ClientRequest>();
  #held: NotificationBody[] = [];
  #closed = false;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  send(body: NotificationBody): void {
    const met = this.#options.faults.meetingNotification(body);
    const delayMs = met.reduce((ms, fault) => ms + (fault.kind === 'delayed' ? fault.ms : 0), 0);
    const fault = met.find(({ kind }) => kind !== 'delayed');
    if (fault?.kind === 'lost') this.#note(body, 1, 'lost');
    else if (fault?.kind === 'reordered') this.#held.push(body);
    else if (delayMs > 0) this.#later(delayMs, () => void this.#deliverAll(body, fault));
    else void this.#deliverAll(body, fault);
  }

  /** Nothing is sent any more, and nothing is told of what was under way. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const request of this.#requests) request.destroy();
  }

  async #deliverAll(body: NotificationBody, fault: NotificationFault | undefined): Promise<void> {
    const parcel = () => ({ body, json: JSON.stringify(body), at: this.#options.now(), attempt: 1 });
    const times = fault?.kind === 'repeated' ? fault.times : 1;
    await Promise.all(Array.from({ length: times }, () => this.#deliver(parcel())));
    const held = this.#held;
    this.#held = [];
    for (const late of held) await this.#deliverAll(late, undefined);
  }

  async #deliver(parcel: Parcel): Promise<void> {
    const url = this.#options.target();
    if (url === undefined) return this.#note(parcel.body, parcel.attempt, 'lost');
    const at = this.#options.now();
    const outcome = await this.#post(url, parcel.json).catch(() => 'unreachable' as const);
    if (this.#closed) return;
    if (outcome !== 200) this.#resendLater(parcel);
    this.#note(parcel.body, parcel.attempt, outcome, at);
  }

  async #post(url: string, json: string): Promise<number> {
    let request: ClientRequest | undefined;
    try {
      return await postJson(url, json, begun => {
        request = begun;
        this.#requests.add(begun);
      });
    } finally {
      if (request) this.#requests.delete(request);
    }
  }

  #resendLater(parcel: Parcel): void {
    const { resendDelaysMs, now } = this.#options;
    const delayMs = resendDelaysMs[parcel.attempt - 1] ?? resendDelaysMs.at(-1);
    if (delayMs === undefined || now() + delayMs > parcel.at + deliveryMs) return;
    this.#later(delayMs, () => void this.#deliver({ ...parcel, attempt: parcel.attempt + 1 }));
  }

  #later(delayMs: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, delayMs).unref();
    this.#timers.add(timer);
  }

  #note(
    { event, object }: NotificationBody,
    attempt: number,
    outcome: SentNotification['outcome'],
    at = this.#options.now(),
  ): void {
    if (!this.#closed) this.#options.sent({ event, objectId: object.id, at, attempt, outcome });
  }
}
