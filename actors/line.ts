import { isOpen, type Job } from '../src/domain/job.ts';
import type { Cancellation } from '../src/domain/person-event.ts';
import { type LastTurns, nextTurn, turnOrder, type Waiting } from '../src/domain/turns.ts';
import type { Ref } from './nact.ts';
import type { GpuMessage } from './protocol.ts';

/** An open job, with what is known of it beside its row. */
export type Entry = {
  job: Job;
  /** Its place among all that ever came; kept when it has to wait again. */
  order: number;
  /** The last attempt number used. */
  attempts: number;
  photoTries: number;
  /** How often in a row no server took it. */
  refusals: number;
  /** How long it pauses before it waits in line again, and whether it goes to the head then. */
  pause: { ms: number; head: boolean };
  /** The server that has it now. */
  server: string | null;
  /** The place it was last told. */
  place: number | null;
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
  lastTurns: Map<number, number>;
  turns: number;
  entered: number;
  gpus: Map<string, Ref<GpuMessage>>;
  /** Servers that can take a job; true for those that stand idle. */
  free: Map<string, boolean>;
};

export const initialLine = (): Line => ({
  ...{ entries: new Map(), openByUser: new Map(), waiting: new Map(), lastTurns: new Map(), turns: 0, entered: 0 },
  ...{ gpus: new Map(), free: new Map(), recovered: false },
});

export function enterJob(line: Line, job: Job): Entry {
  const entry: Entry = {
    ...{ job, order: line.entered++, attempts: 0, photoTries: 0, refusals: 0, pause: { ms: 0, head: false } },
    ...{ server: null, place: null, timers: new Set<() => void>(), cancels: [] },
  };
  line.entries.set(job.id, entry);
  line.openByUser.set(job.userId, openJobsOf(line, job.userId) + 1);
  return entry;
}

/** Forgets a job that has ended. */
export function leaveJob(line: Line, { job: { id, userId }, timers }: Entry): void {
  for (const forget of timers) forget();
  line.entries.delete(id);
  line.waiting.delete(id);
  const left = openJobsOf(line, userId) - 1;
  if (left > 0) line.openByUser.set(userId, left);
  else line.openByUser.delete(userId);
}

export const openJobsOf = (line: Line, userId: number): number => line.openByUser.get(userId) ?? 0;

export function waitInLine(line: Line, { job, order }: Entry, head: boolean): void {
  if (isOpen(job.state)) line.waiting.set(job.id, { jobId: job.id, userId: job.userId, order, head });
}

/** Gives the next job to a free server, idle ones first; undefined when either is missing. */
export function takeTurn(line: Line): { entry: Entry; server: string } | undefined {
  const server = [...line.free].sort(([, a], [, b]) => Number(b) - Number(a))[0]?.[0];
  const next = server && nextTurn(line.waiting.values(), line.lastTurns);
  if (!server || !next) return undefined;
  line.waiting.delete(next.jobId);
  line.free.delete(server);
  noteTurn(line, next.userId);
  const entry = line.entries.get(next.jobId)!;
  return { entry: Object.assign(entry, { server }), server };
}

/** People remembered for their last turn; whoever was served longer ago counts as never served. */
const lastTurnsMax = 10_000;

function noteTurn(line: Line, userId: number): void {
  line.lastTurns.delete(userId);
  line.lastTurns.set(userId, ++line.turns);
  const [oldest] = line.lastTurns.keys();
  if (line.lastTurns.size > lastTurnsMax && oldest !== undefined) line.lastTurns.delete(oldest);
}

/** Places are told to the first few; beyond, the length of the line is told once, when a job joins it. */
const placesTold = 30;

/** The jobs whose place has changed since they were told, with the new one. */
export function changedPlaces({ entries, waiting, lastTurns }: Line): Entry[] {
  const changed: Entry[] = [];
  turnOrder(waiting.values(), lastTurns as LastTurns, placesTold).forEach(({ jobId }, before) => {
    const entry = entries.get(jobId)!;
    if (entry.place !== before + 1) changed.push(Object.assign(entry, { place: before + 1 }));
  });
  return changed;
}
