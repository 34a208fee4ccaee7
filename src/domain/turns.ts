/**
 * A job that waits for a server. `head`: it had a turn and lost its server; it goes before everyone. `order` is when it first
 * came, and `from` the virtual time then.
 */
export type Waiting = { jobId: string; userId: number; order: number; from: number; head: boolean };

/**
 * Turns a person gets while another gets one: two for whoever has ever paid. Ordering more at once only lengthens one's own
 * queue.
 */
export const weightOf = (hasPaid: boolean): 1 | 2 => (hasPaid ? 2 : 1);

/** `from`: the virtual time from which the next turn is due. `turn`: the number of the last one. */
type Standing = { from: number; turn: number };

/**
 * What has been given so far: stride scheduling in whole numbers. A turn moves a person on by a stride, the shorter the more they
 * weigh, and the one who stands first is next. `now` is the virtual time: whoever comes anew begins there, so that no time is
 * saved up. A turn moves it on by what it means to each who waits, so that however many come anew, those who wait have theirs: by
 * `step`, as soon as the next is given.
 */
export type Turns = { now: number; step: number; given: number; people: Map<number, Standing>; payers: Set<number> };

export const newTurns = (): Turns => ({ now: 0, step: 0, given: 0, people: new Map(), payers: new Set() });

/** Divides well among those who wait. */
const strideMax = 2 ** 20;
const strideOf = ({ payers }: Turns, userId: number): number => strideMax / weightOf(payers.has(userId));
const dueOf = ({ people }: Turns, { userId, from }: Waiting): number => Math.max(people.get(userId)?.from ?? 0, from);
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
  const due = dueOf(turns, a) - dueOf(turns, b);
  const served = lastTurnOf(turns, a.userId) - lastTurnOf(turns, b.userId);
  return (due || served || a.order - b.order) < 0;
}

/** People remembered for their last turn; whoever was served longer ago counts as never served. */
const peopleMax = 10_000;

/**
 * A turn that was given, and how things stood before it, so that it can be compared with others and taken back. `n` counts turns.
 */
export type Turn = { of: Waiting; n: number; now: number; step: number; standing: Standing | undefined };

/**
 * Notes a turn in `turns`, and who waits on. A head has had its turn before and costs no second one. When nobody waits any more,
 * what was is settled.
 */
export function noteTurn(turns: Turns, of: Waiting, others: Iterable<Waiting>): Turn {
  const { people, now, step } = turns;
  const { userId, head } = of;
  const standing = people.get(userId);
  const waiting = new Set([...others].map(other => other.userId));
  if (!head) {
    const due = dueOf(turns, of);
    turns.now = Math.max(now + turns.step, due);
    turns.step = Math.floor(strideMax / weightIn(turns, waiting.add(userId)));
    people.delete(userId);
    people.set(userId, { from: due + strideOf(turns, userId), turn: ++turns.given });
    const [oldest] = people.keys();
    if (people.size > peopleMax && oldest !== undefined) people.delete(oldest);
  }
  return { of, n: turns.given, now, step, standing };
}

const weightIn = ({ payers }: Turns, people: ReadonlySet<number>): number =>
  [...people].reduce((sum, userId) => sum + weightOf(payers.has(userId)), 0);

/** Takes a turn back that came to nothing. Of what was given after it nothing changes. */
export function undoTurn(turns: Turns, turn: Turn): void {
  const { userId, head } = turn.of;
  Object.assign(turns, timeWithout(turns, turn));
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
  const { now } = timeWithout(turns, turn);
  const at = (waiting: Waiting): Waiting => ({ ...waiting, from: Math.max(waiting.from, now) });
  return isBefore(at(one), at(turn.of), { ...turns, people });
}

/** Time stands where others have moved it meanwhile, or else where it stood. */
const timeWithout = ({ now, step, given }: Turns, turn: Turn): Pick<Turns, 'now' | 'step'> =>
  given === turn.n ? { now: turn.now, step: turn.step } : { now, step };

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
    const [stride, served, first] = [strideOf(turns, userId), lastTurnOf(turns, userId), queue[0]!.order];
    let due = dueOf(turns, queue[0]!);
    for (const [nth, one] of queue.entries()) {
      due = Math.max(due, one.from);
      stands.push({ one, due, nth, stride, served, first });
      due += stride;
    }
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
