import { queryTooOld } from './errors.ts';

type Settle<Answer> = (answer: Answer) => void;

/** Questions of Telegram to the bot that wait for one answer: pressed buttons and checkouts. */
export class OpenQueries<Answer> {
  readonly #open = new Map<string, Settle<Answer>>();
  readonly #prefix: string;
  #count = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  open(settle: Settle<Answer>): string {
    const id = `${this.#prefix}${String(++this.#count).padStart(9, '0')}`;
    this.#open.set(id, settle);
    return id;
  }

  /** From now on an answer comes too late. */
  expire(id: string): void {
    this.#open.delete(id);
  }

  /** Refuses (400) an unknown, a too old and an answered query. */
  answer(id: string | undefined, answer: Answer): void {
    const settle = id === undefined ? undefined : this.#open.get(id);
    if (id === undefined || !settle) throw queryTooOld();
    this.#open.delete(id);
    settle(answer);
  }
}
