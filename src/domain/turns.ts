/** A job that waits for a server. `head`: it had a turn and lost its server; it goes before everyone. `order` is when it first came. */
export type Waiting = { jobId: string; userId: number; order: number; head: boolean };

/** When each person was last given a turn; never is before everything. */
export type LastTurns = ReadonlyMap<number, number>;

/**
 * Whose turn it is: jobs that lost their server, then the person served longest ago, and of theirs the first that came.
 * So a person with 50 jobs delays another's first job by one execution at most.
 */
export function nextTurn(waiting: Iterable<Waiting>, lastTurns: LastTurns): Waiting | undefined {
  let best: Waiting | undefined;
  for (const one of waiting) if (!best || before(one, best, lastTurns)) best = one;
  return best;
}

function before(a: Waiting, b: Waiting, lastTurns: LastTurns): boolean {
  if (a.head !== b.head) return a.head;
  if (a.userId === b.userId || a.head) return a.order < b.order;
  const turns = (lastTurns.get(a.userId) ?? 0) - (lastTurns.get(b.userId) ?? 0);
  return turns === 0 ? a.order < b.order : turns < 0;
}

/** The first `count` turns as they stand now: what each person is told of their place. */
export function turnOrder(waiting: Iterable<Waiting>, lastTurns: LastTurns, count: number): Waiting[] {
  const left = new Set(waiting);
  // Of those who wait only: everyone who was ever served stands in `lastTurns`.
  const turns = new Map([...left].map(({ userId }) => [userId, lastTurns.get(userId) ?? 0]));
  const order: Waiting[] = [];
  let turn = 0;
  for (const last of turns.values()) turn = Math.max(turn, last);
  for (let next = nextTurn(left, turns); next && order.length < count; next = nextTurn(left, turns)) {
    order.push(next);
    left.delete(next);
    turns.set(next.userId, ++turn);
  }
  return order;
}
