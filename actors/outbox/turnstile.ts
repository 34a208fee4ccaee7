import type { Rank } from '../../src/domain/notice.ts';

/**
 * Chats that have something to say and wait until the bot may: the ones with results before those with hints before those with
 * edits before those with news, and within these in the order in which they came. Each stands in one place.
 */
export type Turnstile = Readonly<Record<Rank, Set<number>>>;

export const newTurnstile = (): Turnstile => ({ result: new Set(), hint: new Set(), edit: new Set(), news: new Set() });

const ranks = ['result', 'hint', 'edit', 'news'] as const satisfies readonly Rank[];

/** Puts a chat last among those of its rank; one that stands there already keeps its place. */
export function stand(turnstile: Turnstile, chatId: number, rank: Rank): void {
  for (const other of ranks) if (other !== rank) turnstile[other].delete(chatId);
  turnstile[rank].add(chatId);
}

/** Whether a chat that comes now with something of `rank` has others before it. */
export const isAnyoneBefore = (turnstile: Turnstile, rank: Rank): boolean =>
  ranks.slice(0, ranks.indexOf(rank) + 1).some(other => turnstile[other].size > 0);

/** The chat whose turn is next; it stands there until it leaves. */
export function first(turnstile: Turnstile): { chatId: number; rank: Rank } | undefined {
  for (const rank of ranks) {
    const [chatId] = turnstile[rank];
    if (chatId !== undefined) return { chatId, rank };
  }
  return undefined;
}

export function leave(turnstile: Turnstile, chatId: number): void {
  for (const rank of ranks) turnstile[rank].delete(chatId);
}
