import type { BotCall } from './bot-call.ts';
import type { Update } from './wire.ts';

/** Which calls a fault meets; everything left out fits every call. */
export type CallMatch = { method?: string; chatId?: number; match?: (call: BotCall) => boolean };

export type CallFault = CallMatch &
  (
    | {
        kind: 'status';
        status: number;
        /** Seconds, for 429. */
        retryAfter?: number;
        description?: string;
        /** Sent in place of JSON, as a proxy in between would. */
        rawBody?: string;
        /** The call is carried out all the same; only its answer is an error. */
        done?: boolean;
      }
    | { kind: 'slow'; delayMs: number; at?: 'before' | 'after' }
    | { kind: 'dropBeforeDoing' }
    | { kind: 'dropAfterDoing' }
  );

/** `duplicate`: the update is delivered twice. `lostAnswer`: the webhook gets it, its answer is lost, so it is sent again. */
export type UpdateFault = { kind: 'duplicate' | 'lostAnswer'; match?: (update: Update) => boolean };

export type Fault = CallFault | UpdateFault;

/** `times`: how many calls (or updates) it meets, 1 when left out. */
export type CountedFault = Fault & { times?: number };

export type Hold = { readonly arrived: Promise<BotCall>; release(): void };

type HeldCall = {
  readonly where: CallMatch;
  readonly arrive: (call: BotCall) => void;
  readonly released: Promise<void>;
  readonly release: () => void;
};

const signal = <T>(): { given: Promise<T>; give: (value: T) => void } => {
  let give: (value: T) => void = () => {};
  const given = new Promise<T>(resolve => {
    give = resolve;
  });
  return { given, give };
};

type Rule = { readonly fault: Fault; left: number };

const isUpdateFault = (fault: Fault): fault is UpdateFault => fault.kind === 'duplicate' || fault.kind === 'lostAnswer';

export const fits = (where: CallMatch, call: BotCall): boolean =>
  (where.method === undefined || where.method.toLowerCase() === call.method.toLowerCase()) &&
  (where.chatId === undefined || where.chatId === call.chatId) &&
  (where.match === undefined || where.match(call));

/** What goes wrong on purpose. Rules are tried in the order they were made; a call meets every `slow` and one other fault. */
export class TelegramFaults {
  readonly #rules = new Set<Rule>();
  readonly #holds = new Set<HeldCall>();
  readonly #held = new Set<HeldCall>();

  /** For the next `times` calls or updates that fit. Returns how to take it back. */
  next(fault: CountedFault): () => void {
    return this.#add(fault, fault.times ?? 1);
  }

  /** For all calls or updates that fit, until the returned function is called. */
  always(fault: Fault): () => void {
    return this.#add(fault, Number.POSITIVE_INFINITY);
  }

  /** Keeps the next call that fits waiting, before anything is done, until it is released. */
  hold(where: CallMatch): Hold {
    const met = signal<BotCall>();
    const released = signal<void>();
    const hold: HeldCall = { where, arrive: met.give, released: released.given, release: () => released.give() };
    this.#holds.add(hold);
    return { arrived: met.given, release: hold.release };
  }

  clear(): void {
    this.#rules.clear();
    for (const hold of [...this.#holds, ...this.#held]) hold.release();
    this.#holds.clear();
    this.#held.clear();
  }

  /** The faults that this call meets, counted as used. */
  meeting(call: BotCall): readonly CallFault[] {
    if (this.#rules.size === 0) return [];
    const met: CallFault[] = [];
    for (const rule of this.#rules) {
      const { fault } = rule;
      if (isUpdateFault(fault) || !fits(fault, call)) continue;
      if (fault.kind !== 'slow' && met.some(other => other.kind !== 'slow')) continue;
      this.#use(rule);
      met.push(fault);
    }
    return met;
  }

  async held(call: BotCall): Promise<void> {
    for (const hold of this.#holds) {
      if (!fits(hold.where, call)) continue;
      this.#holds.delete(hold);
      this.#held.add(hold);
      hold.arrive(call);
      await hold.released;
      this.#held.delete(hold);
      return;
    }
  }

  meetsUpdate(kind: UpdateFault['kind'], update: Update): boolean {
    for (const rule of this.#rules) {
      const { fault } = rule;
      if (!isUpdateFault(fault) || fault.kind !== kind || fault.match?.(update) === false) continue;
      this.#use(rule);
      return true;
    }
    return false;
  }

  #add(fault: Fault, times: number): () => void {
    const rule: Rule = { fault, left: times };
    this.#rules.add(rule);
    return () => {
      this.#rules.delete(rule);
    };
  }

  #use(rule: Rule): void {
    rule.left -= 1;
    if (rule.left <= 0) this.#rules.delete(rule);
  }
}
