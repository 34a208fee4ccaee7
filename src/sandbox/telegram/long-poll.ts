import { conflict, OTHER_POLL } from './errors.ts';
import type { UpdateQueue } from './update-queue.ts';
import type { Update } from './wire.ts';

export type PollRequest = {
  readonly offset: number;
  readonly limit: number;
  readonly timeoutSeconds: number;
  /** Tells that the bot has hung up. */
  readonly onGone: (listener: () => void) => void;
};

type WaitingPoll = {
  readonly end: (updates: Update[]) => void;
  readonly fail: (error: Error) => void;
  readonly pull: () => Update[];
};

const TIMEOUT_SECONDS_MAX = 50;

/** `getUpdates`: there is one poll at a time, a second one ends the first. */
export class LongPoll {
  readonly #queue: UpdateQueue;
  #waiting: WaitingPoll | undefined;
  #wakeUp = false;

  constructor(queue: UpdateQueue) {
    this.#queue = queue;
    queue.onAdded(() => this.#wakeSoon());
  }

  async next(request: PollRequest): Promise<Update[]> {
    this.terminate(OTHER_POLL);
    const { offset, limit } = request;
    if (offset < 0) this.#queue.keepLast(-offset);
    const pull = () => this.#queue.pull(Math.max(0, offset), limit);
    const ready = pull();
    return ready.length > 0 || request.timeoutSeconds <= 0 ? ready : this.#wait(request, pull);
  }

  terminate(reason: string): void {
    this.#waiting?.fail(conflict(reason));
  }

  close(): void {
    this.#waiting?.end([]);
  }

  #wait({ timeoutSeconds, onGone }: PollRequest, pull: () => Update[]): Promise<Update[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => poll.end([]), Math.min(timeoutSeconds, TIMEOUT_SECONDS_MAX) * 1000);
      const leave = () => {
        clearTimeout(timer);
        if (this.#waiting === poll) this.#waiting = undefined;
      };
      const poll: WaitingPoll = {
        pull,
        end: updates => {
          leave();
          resolve(updates);
        },
        fail: error => {
          leave();
          reject(error);
        },
      };
      this.#waiting = poll;
      onGone(() => poll.end([]));
    });
  }

  /** What comes in one turn of the event loop, such as an album, goes out in one answer. */
  #wakeSoon(): void {
    if (!this.#waiting || this.#wakeUp) return;
    this.#wakeUp = true;
    setImmediate(() => {
      this.#wakeUp = false;
      const updates = this.#waiting?.pull() ?? [];
      if (updates.length > 0) this.#waiting?.end(updates);
    });
  }
}
