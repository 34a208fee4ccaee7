import type { TelegramFaults } from './faults.ts';
import { isObject } from './params.ts';
import type { Update } from './wire.ts';

/** `again`: delivered whatever the bot has confirmed, as Telegram's rare duplicates are. */
export type QueuedUpdate = { readonly update: Update; readonly again: boolean };

const OFF_BY_DEFAULT = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);

/** Updates that the bot has not confirmed yet, in the order they came. */
export class UpdateQueue {
  nextId: number;
  readonly #entries = new Set<QueuedUpdate>();
  readonly #faults: TelegramFaults;
  readonly #added = new Set<(entry: QueuedUpdate) => void>();
  readonly #onConfirmed: (update: Update) => void;
  #allowed: readonly string[] = [];

  constructor(nextId: number, faults: TelegramFaults, onConfirmed: (update: Update) => void) {
    this.nextId = nextId;
    this.#faults = faults;
    this.#onConfirmed = onConfirmed;
  }

  get size(): number {
    return this.#entries.size;
  }

  get allowed(): readonly string[] {
    return this.#allowed;
  }

  get entries(): Iterable<QueuedUpdate> {
    return this.#entries;
  }

  /** Left out, the last setting stays; an empty list means everything but the three kinds that must be asked for. */
  allow(kinds: readonly unknown[] | undefined): void {
    if (kinds) this.#allowed = kinds.map(String);
  }

  onAdded(listener: (entry: QueuedUpdate) => void): void {
    this.#added.add(listener);
  }

  /** Gives the update its id and queues it, unless the bot has not asked for its kind. */
  add(kind: string, body: unknown): number {
    const update: Update = { update_id: this.nextId++, [kind]: body };
    if (this.#wants(kind)) this.#enter({ update, again: false });
    return update.update_id;
  }

  /** For hostile tests: any object, also with an `update_id` of its own, never filtered. */
  addRaw(raw: object): number {
    const given = isObject(raw) ? raw['update_id'] : undefined;
    const id = typeof given === 'number' ? given : this.nextId;
    const again = id < this.nextId;
    this.nextId = Math.max(this.nextId, id + 1);
    this.#enter({ update: { ...raw, update_id: id }, again });
    return id;
  }

  /** Confirms everything below `offset` and returns what follows, at most `limit`. */
  pull(offset: number, limit: number): Update[] {
    const pulled: Update[] = [];
    for (const entry of this.#entries) {
      if (pulled.length >= limit) break;
      const confirmed = entry.update.update_id < offset && !entry.again;
      if (confirmed) this.confirm(entry);
      else pulled.push(entry.update);
      if (entry.again) this.#entries.delete(entry);
    }
    return pulled;
  }

  /** A negative offset: only the last `count` stay. */
  keepLast(count: number): void {
    let dropped = this.#entries.size - count;
    for (const entry of this.#entries) if (dropped-- > 0) this.#entries.delete(entry);
  }

  confirm(entry: QueuedUpdate): void {
    this.#entries.delete(entry);
    this.#onConfirmed(entry.update);
  }

  clear(): void {
    this.#entries.clear();
  }

  #wants(kind: string): boolean {
    return this.#allowed.length === 0 ? !OFF_BY_DEFAULT.has(kind) : this.#allowed.includes(kind);
  }

  #enter(entry: QueuedUpdate): void {
    const copies = this.#faults.meetsUpdate('duplicate', entry.update) ? [entry, { ...entry, again: true }] : [entry];
    for (const copy of copies) {
      this.#entries.add(copy);
      for (const listener of this.#added) listener(copy);
    }
  }
}
