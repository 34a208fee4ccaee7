/**
 * A job that waits for a server. `head`: it had a turn and lost its server; it goes before everyone. `order` is when it first
 * came.
 */
export type Waiting = { jobId: string; userId: number; order: number; head: boolean };

/**
 * Turns a person gets while another gets one: two for whoever has ever paid. Ordering more at once only lengthens one's own
 * queue.
 */
export const weightOf = (hasPaid: boolean): 1 | 2 => (hasPaid ? 2 : 1);

/** `from`: the virtual time from which the next turn is due. `turn`: the number of the last one. */
type Standing = { from: number; turn: number };

/**
 * What has been given so far: stride scheduling in whole numbers. A turn moves a person on by a stride, the shorter the more they
 * weigh, and the one who stands first is next. `now` is where the last turn was due: nobody who waits stands before it, and
 * whoever comes anew begins there, so that no time is saved up.
 */
export type Turns = { now: number; given: number; people: Map<number, Standing>; payers: Set<number> };

export const newTurns = (): Turns => ({ now: 0, given: 0, people: new Map(), payers: new Set() });

const strideMax = 2;
const strideOf = ({ payers }: Turns, userId: number): number => strideMax / weightOf(payers.has(userId));
const dueOf = ({ now, people }: Turns, userId: number): number => Math.max(people.get(userId)?.from ?? 0, now);
const lastTurnOf = ({ people }: Turns, userId: number): number => people.get(userId)?.turn ?? 0;

/**
 * Whose turn it is: jobs that lost their server, then who is due first; of those due together, the person served longest ago
 * (never is before everything); of theirs the job that came first. So a person with 50 jobs, paid or not, delays another's first
 * by one turn at most.
 */
export function nextTurn(waiting: Iterable<Waiting>, turns: Turns): Waiting | undefined {
  let best: Waiting | undefined;
  for (const one of waiting) if (!best || isBefore(one, best, turns)) best = one;
  return best;
}

function isBefore(a: Waiting, b: Waiting, turns: Turns): boolean {
  if (a.head !== b.head) return a.head;
  if (a.head || a.userId === b.userId) return a.order < b.order;
  const due = dueOf(turns, a.userId) - dueOf(turns, b.userId);
  const served = lastTurnOf(turns, a.userId) - lastTurnOf(turns, b.userId);
  return (due || served || a.order - b.order) < 0;
}

/** People remembered for their last turn; whoever was served longer ago counts as never served. */
const peopleMax = 10_000;

/**
 * A turn that was given, and how things stood before it, so that it can be compared with others and taken back. `n` counts turns.
 */
export type Turn = { of: Waiting; n: number; now: number; standing: Standing | undefined };

/**
 * Notes a turn in `turns`. A head has had its turn before and costs no second one. `isLast`: nobody waits any more, and what was
 * is settled.
 */
export function noteTurn(turns: Turns, of: Waiting, isLast: boolean): Turn {
  const { people, now } = turns;
  const { userId, head } = of;
  const standing = people.get(userId);
  if (!head) {
    turns.now = dueOf(turns, userId);
    people.delete(userId);
    people.set(userId, { from: turns.now + strideOf(turns, userId), turn: ++turns.given });
    const [oldest] = people.keys();
    if (people.size > peopleMax && oldest !== undefined) people.delete(oldest);
  }
  if (isLast) turns.now += strideMax;
  return { of, n: turns.given, now, standing };
}

/** Takes a turn back that came to nothing. Of what was given after it nothing changes. */
export function undoTurn(turns: Turns, turn: Turn): void {
  const { userId, head } = turn.of;
  turns.now = nowWithout(turns, turn);
  const { from, turn: last } = turns.people.get(userId) ?? {};
  if (head || from === undefined || last === undefined) return;
  turns.people.set(userId, { from: from - strideOf(turns, userId), turn: last === turn.n ? (turn.standing?.turn ?? 0) : last });
}

/**
 * Whether a job would have its turn before one that has been given a turn, had that not been given. Never between jobs of one
 * person.
 */
export function comesBefore(one: Waiting, turn: Turn, turns: Turns): boolean {
  if (one.userId === turn.of.userId) return false;
  const standings: [number, Standing | undefined][] = [
    [one.userId, turns.people.get(one.userId)],
    [turn.of.userId, turn.standing],
  ];
  const people = new Map(standings.flatMap(([userId, standing]) => (standing ? [[userId, standing] as const] : [])));
  return isBefore(one, turn.of, { ...turns, people, now: nowWithout(turns, turn) });
}

/** Time stands where others have moved it meanwhile, or else where it stood. */
const nowWithout = ({ now, given }: Turns, turn: Turn): number => (given === turn.n ? turn.now : now);

/**
 * Where a job stands if turns are given from now on. `nth`: how many of the person's own go before it; `first`: when the first of
 * them came.
 */
type Stand = { one: Waiting; due: number; nth: number; stride: number; served: number; first: number };

/** The first `count` turns as they stand now: what each person is told of their place. */
export function turnOrder(waiting: Iterable<Waiting>, turns: Turns, count: number): Waiting[] {
  const best: Stand[] = [];
  for (const stand of standsOf(waiting, turns)) {
    const worst = best[count - 1];
    if (worst && !standsBefore(stand, worst)) continue;
    const at = best.findIndex(one => standsBefore(stand, one));
    best.splice(at < 0 ? best.length : at, 0, stand);
    if (best.length > count) best.pop();
  }
  return best.slice(0, count).map(({ one }) => one);
}

/** The place of one job in that order, 1 for the next; 0 when it does not wait. */
export function placeOf(jobId: string, waiting: Iterable<Waiting>, turns: Turns): number {
  const stands = standsOf(waiting, turns);
  const mine = stands.find(({ one }) => one.jobId === jobId);
  return mine ? stands.filter(other => standsBefore(other, mine)).length + 1 : 0;
}

function standsOf(waiting: Iterable<Waiting>, turns: Turns): Stand[] {
  const stands: Stand[] = [];
  const queues = new Map<number, Waiting[]>();
  for (const one of waiting) {
    if (one.head) stands.push({ one, due: Number.NEGATIVE_INFINITY, nth: 0, stride: 0, served: 0, first: one.order });
    else if (!queues.get(one.userId)?.push(one)) queues.set(one.userId, [one]);
  }
  for (const [userId, queue] of queues) {
    queue.sort((a, b) => a.order - b.order);
    const [due, stride, served, first] = [
      dueOf(turns, userId),
      strideOf(turns, userId),
      lastTurnOf(turns, userId),
      queue[0]!.order,
    ];
    for (const [nth, one] of queue.entries()) stands.push({ one, due: due + nth * stride, nth, stride, served, first });
  }
  return stands;
}

/**
 * Of two that are due together the one whose person was served longer ago: before now, if it is their first; else a stride ago.
 */
function standsBefore(a: Stand, b: Stand): boolean {
  if (a.due !== b.due) return a.due < b.due;
  if (a.nth > 0 && b.nth > 0 && a.stride !== b.stride) return a.stride > b.stride;
  return (a.nth - b.nth || a.served - b.served || a.first - b.first) < 0;
}
