import type { Runs, ToldWait } from '../../src/domain/expected-wait.ts';
import { isOpen, type Job, type MadeBy } from '../../src/domain/job.ts';
import type { Cancellation } from '../../src/domain/person-event.ts';
import type { Trust } from '../../src/domain/trust.ts';
import { newTurns, type Turn, type Turns, undoTurn, type Waiting } from '../../src/domain/turns.ts';
import type { Ref } from '../nact.ts';
import type { GpuMessage } from '../protocol.ts';

/** An open job, with what is known of it beside its row. */
export type Entry = {
  job: Job;
  /** Its place among all that ever came; kept when it has to wait again. */
  order: number;
  /** The virtual time of the turns when it came. */
  from: number;
  /** The last attempt number used. */
  attempts: number;
  photoTries: number;
  /** How often in a row no server took it. */
  refusals: number;
  /** How long it pauses before it waits in line again, and whether it goes to the head then. */
  pause: { ms: number; head: boolean };
  /** It pauses now: only then does the end of a pause mean anything. */
  isPausing: boolean;
  /** The server that has it now, and the turn by which it does; null for a turn of an earlier life. */
  server: string | null;
  turn: Turn | null;
  /** Its server was asked to let go of it, for it has not begun with it. */
  isAskedBack: boolean;
  /** Since when it is in that server; `seen`: in this life, so that its end will be seen too. */
  run: { since: number; seen: boolean } | null;
  /** The servers on which it failed, and until when it avoids them. */
  avoids: Map<string, number>;
  /** What is known of the run that succeeded, until its picture is kept. */
  made: MadeBy | null;
  /** The place and the wait it was last told. */
  told: { place: number; wait: ToldWait | null } | null;
  /** Forgets its timers. */
  timers: Set<() => void>;
  cancels: Ref<Cancellation>[];
};

/** All open jobs and who waits for what. */
export type Line = {
  /** The rows have been read: what is not known here is not open. */
  recovered: boolean;
  entries: Map<string, Entry>;
  openByUser: Map<number, number>;
  waiting: Map<string, Waiting>;
  /** Those whom a server has, in the order in which they were taken. */
  taken: Set<Entry>;
  /** Those who have come to wait since turns were last given. */
  arrived: Set<string>;
  /** Those who have come to wait since places were last told. */
  joined: Set<Entry>;
  turns: Turns;
  runs: Runs;
  entered: number;
  /** Counts whatever may change a place or a wait, and how much of it has been told. */
  moves: number;
  movesTold: number;
  /** People have been told that there is no server. */
  isStuckTold: boolean;
  gpus: Map<string, Ref<GpuMessage>>;
  /** Servers that have asked for a job; true for those that stood idle. */
  free: Map<string, boolean>;
  /** Since when a server is down; null for one that is up, nothing for one that has not been heard of yet. */
  downSince: Map<string, number | null>;
  /** Of servers on which something failed since they last made a picture. */
  trust: Map<string, Trust>;
};

export const initialLine = (): Line => ({
  ...{ recovered: false, entries: new Map(), openByUser: new Map(), waiting: new Map(), taken: new Set() },
  ...{ arrived: new Set(), joined: new Set(), turns: newTurns(), runs: new Map(), entered: 0, moves: 0, movesTold: 0 },
  isStuckTold: false,
  ...{ gpus: new Map(), free: new Map(), downSince: new Map(), trust: new Map() },
});

export function enterJob(line: Line, job: Job): Entry {
  const entry: Entry = {
    ...{ job, order: line.entered++, from: line.turns.now, attempts: 0, photoTries: 0, refusals: 0 },
    ...{ pause: { ms: 0, head: false }, isPausing: false, server: null, turn: null, isAskedBack: false, run: null },
    ...{ avoids: new Map<string, number>(), made: null, told: null, timers: new Set<() => void>(), cancels: [] },
  };
  line.entries.set(job.id, entry);
  line.openByUser.set(job.userId, openJobsOf(line, job.userId) + 1);
  return entry;
}

/** Forgets a job that has ended. */
export function leaveJob(line: Line, entry: Entry): void {
  const { job, timers } = entry;
  const { id, userId } = job;
  for (const forget of timers) forget();
  line.entries.delete(id);
  line.joined.delete(entry);
  if (line.waiting.delete(id) || line.taken.delete(entry)) line.moves++;
  const left = openJobsOf(line, userId) - 1;
  if (left > 0) line.openByUser.set(userId, left);
  else {
    line.openByUser.delete(userId);
    line.turns.payers.delete(userId);
  }
}

export const openJobsOf = (line: Line, userId: number): number => line.openByUser.get(userId) ?? 0;

/** Whoever has paid is given more turns for as long as they have open jobs. */
export function notePayer(line: Line, userId: number): void {
  if (openJobsOf(line, userId) === 0) return;
  line.turns.payers.add(userId);
  line.moves++;
}

export function waitInLine(line: Line, { job, order, from }: Entry, head: boolean): void {
  if (!isOpen(job.state)) return;
  line.waiting.set(job.id, { jobId: job.id, userId: job.userId, order, from, head });
  line.arrived.add(job.id);
  line.moves++;
}

/** The job is a server's now: one that has its turn, or one that may still run there from an earlier life, `since` then. */
export function giveTo(line: Line, entry: Entry, server: string, by: { turn: Turn } | { since: number }): Entry {
  line.taken.add(entry);
  line.moves++;
  const run = 'since' in by ? { since: by.since, seen: false } : null;
  return Object.assign(entry, { server, run, turn: 'turn' in by ? by.turn : null, made: null });
}

/** Its server has begun with it, and its end will be seen. */
export function noteRunning(line: Line, entry: Entry, since: number): void {
  entry.run = { since, seen: true };
  line.moves++;
}

/** No server has it any more; what it is told next is told anew. */
export function takeBack(line: Line, entry: Entry): void {
  line.taken.delete(entry);
  line.moves++;
  Object.assign(entry, { server: null, turn: null, isAskedBack: false, run: null, told: null });
}

/** Its server never began with it: the turn it had is as good as not given. Says whether it stood at the head. */
export function returnTurn(line: Line, entry: Entry): { head: boolean } {
  const { turn } = entry;
  takeBack(line, entry);
  if (turn) undoTurn(line.turns, turn);
  return { head: turn?.of.head ?? false };
}

export function noteUp(line: Line, server: string): void {
  if (line.downSince.get(server) === null) return;
  line.downSince.set(server, null);
  line.moves++;
}

export function noteDown(line: Line, server: string, at: number): void {
  line.downSince.set(server, line.downSince.get(server) ?? at);
  line.moves++;
}
