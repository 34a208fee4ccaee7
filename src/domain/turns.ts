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

/** The place of `jobId` in the line, 1 for the next, as the turns stand now; undefined when it does not wait. */
export function placeOf(jobId: string, waiting: readonly Waiting[], lastTurns: LastTurns): number | undefined {
  const mine = waiting.find(one => one.jobId === jobId);
  if (!mine) return undefined;
  const round = roundOf(mine, waiting);
  return 1 + waiting.filter(one => one !== mine && goesFirst(one, mine, round, waiting, lastTurns)).length;
}

/** How many of the same person's jobs go before it: each person has one job in each round. */
const roundOf = (one: Waiting, waiting: readonly Waiting[]): number =>
  waiting.filter(other => other.userId === one.userId && (other.head ? !one.head || other.order < one.order : !one.head && other.order < one.order)).length;

function goesFirst(other: Waiting, mine: Waiting, round: number, waiting: readonly Waiting[], lastTurns: LastTurns): boolean {
  if (other.head || mine.head || other.userId === mine.userId) return before(other, mine, lastTurns);
  const otherRound = roundOf(other, waiting);
  return otherRound === round ? before(other, mine, lastTurns) : otherRound < round;
}
