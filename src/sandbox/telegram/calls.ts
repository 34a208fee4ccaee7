import { WAIT_MS, type Waits } from '../waits.ts';
import type { BotCall, CallAnswer } from './bot-call.ts';
import type { Events } from './events.ts';
import type { Params, Upload } from './params.ts';

export type CallWait = { readonly timeoutMs?: number; readonly from?: number };

/** The calls of the bot in the order of arrival. */
export class CallRecord {
  readonly list: BotCall[] = [];
  readonly #kept: boolean;
  readonly #events: Events;
  readonly #waits: Waits;

  constructor(kept: boolean, events: Events, waits: Waits) {
    this.#kept = kept;
    this.#events = events;
    this.#waits = waits;
  }

  begin(method: string, params: Params, uploads: readonly Upload[]): BotCall {
    const chatId = typeof params['chat_id'] === 'number' ? params['chat_id'] : undefined;
    const files = uploads.map(({ field, fileName, bytes }) => ({ field, fileName, bytes }));
    const call: BotCall = {
      method,
      params,
      chatId,
      at: Date.now(),
      answered: 'waiting',
      ...(files.length > 0 ? { files } : {}),
    };
    if (this.#kept) this.list.push(call);
    return call;
  }

  end(call: BotCall, answered: CallAnswer | 'dropped'): void {
    call.answered = answered;
    this.#events.emit('call', () => call);
  }

  /** Resolves with the first answered (or dropped) call that fits, past ones from index `from` included. */
  waitFor(match: (call: BotCall) => boolean, { timeoutMs = WAIT_MS, from = 0 }: CallWait): Promise<BotCall> {
    const past = this.list.slice(from).find(call => call.answered !== 'waiting' && match(call));
    if (past) return Promise.resolve(past);
    return this.#waits.until<BotCall>({
      timeoutMs,
      listen: settle => this.#events.on('call', call => match(call) && settle(call)),
      why: () => `the bot made no such call; it made: ${this.#summary()}`,
    });
  }

  #summary(): string {
    return this.list.map(call => `${call.method}${call.chatId === undefined ? '' : `(${call.chatId})`}`).join(', ') || 'none';
  }
}
