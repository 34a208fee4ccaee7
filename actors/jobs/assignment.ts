import { comesBefore, nextTurn, noteTurn, type Waiting } from '../../src/domain/turns.ts';
import { type Entry, giveTo, type Line } from './line.ts';
import { type Choice, choiceOf, endsInMs, isIdle, maySend, serversWithRoom, workOf } from './servers.ts';

/** `insteadOf`: the job that goes back to the line for it, unless its run begins before. */
export type Assignment = { entry: Entry; server: string; insteadOf: string | null };

/**
 * Gives the next job to a server with room: to an idle one if there is one, or else to the one that is expected to end first.
 * Jobs that none of those may have are passed over. Undefined when nobody waits, or there is no room.
 */
export function takeTurn(line: Line, now: number): Assignment | undefined {
  if (line.free.size === 0 || line.waiting.size === 0) return undefined;
  const choice = choiceOf(line, now);
  const rooms = serversWithRoom(line, choice);
  const next = rooms.length > 0 && nextTurn(waitingFor(line, rooms, choice), line.turns);
  if (!next) return undefined;
  const entry = line.entries.get(next.jobId)!;
  const rank = (server: string): number => (isIdle(line, server) ? -1 : endsInMs(line, server, now));
  const server = rooms.filter(one => maySend(entry, one, choice)).sort((a, b) => compare(rank(a), rank(b)))[0]!;
  line.free.delete(server);
  return assign(line, next, server, null);
}

/** Subtraction knows no order of what is never expected to end. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);

function* waitingFor(line: Line, rooms: readonly string[], choice: Choice): Iterable<Waiting> {
  for (const one of line.waiting.values()) {
    const entry = line.entries.get(one.jobId)!;
    if (entry.avoids.size === 0 || rooms.some(server => maySend(entry, server, choice))) yield one;
  }
}

function assign(line: Line, next: Waiting, server: string, insteadOf: string | null): Assignment {
  line.waiting.delete(next.jobId);
  const turn = noteTurn(line.turns, next, line.waiting.values());
  return { entry: giveTo(line, line.entries.get(next.jobId)!, server, { turn }), server, insteadOf };
}

/**
 * A job that has come to wait just now takes the place of one that is only prepared, if its turn is before that one's: so a
 * newcomer waits for the run that is going on, and for nothing else. Of the prepared ones the last gives way, so that they do not
 * push each other about.
 */
export function takePlace(line: Line, now: number): Assignment | undefined {
  const arrived = [...line.arrived].flatMap(jobId => line.waiting.get(jobId) ?? []);
  const next = nextTurn(arrived, line.turns);
  const last = next && lastPreparedAfter(line, next, now);
  if (!next || !last) {
    if (!isAnyReplaced(line)) line.arrived.clear();
    return undefined;
  }
  return assign(line, next, last.server!, last.job.id);
}

/**
 * Where a prepared job is about to go for another, it shows whether that one comes: until then newcomers are thought of again.
 */
const isAnyReplaced = (line: Line): boolean => [...line.gpus.keys()].some(server => workOf(line, server).prepared.length > 1);

function lastPreparedAfter(line: Line, next: Waiting, now: number): Entry | undefined {
  const choice = choiceOf(line, now);
  const newcomer = line.entries.get(next.jobId)!;
  const ones = preparedOnes(line).filter(
    ({ server, turn }) => maySend(newcomer, server!, choice) && comesBefore(next, turn!, line.turns),
  );
  return ones.sort((a, b) => b.turn!.n - a.turn!.n)[0];
}

/** Prepared jobs that idle servers could begin with at once: those first that would wait for longest where they are. */
export function heldUp(line: Line, now: number): Entry[] {
  const choice = choiceOf(line, now);
  const idle = choice.usable.filter(server => isIdle(line, server));
  const askedBack = [...line.taken].filter(({ isAskedBack, run }) => isAskedBack && !run);
  if (idle.length <= askedBack.length) return [];
  return preparedOnes(line)
    .filter(entry => idle.some(server => maySend(entry, server, choice)))
    .sort((a, b) => compare(endsInMs(line, b.server!, now), endsInMs(line, a.server!, now)))
    .slice(0, idle.length - askedBack.length);
}

/** Those that stand behind a run, one to each server: where there are two, one of them is about to go. */
const preparedOnes = (line: Line): Entry[] =>
  [...line.gpus.keys()].flatMap(server => {
    const { running, prepared } = workOf(line, server);
    return running && prepared.length === 1 ? prepared.filter(({ turn, isAskedBack }) => turn && !isAskedBack) : [];
  });
