/**
 * The part of the house that works with GPUs, without the rest of it: the actors `jobs`, `gpu` and `comfy-session` over servers
 * of a storm and rows in memory. It can be killed at any moment and is opened again on the same rows. Time passes only when it is
 * told to.
 */
import { spawnJobs } from '../actors/jobs/jobs.ts';
import { ask, type Parent, type Ref, spawn, startSystem, stop, tell } from '../actors/nact.ts';
import type {
  Clock,
  Commit,
  JobsMessage,
  LedgerMessage,
  Observed,
  OutboxMessage,
  Photos,
  Unfinished,
} from '../actors/protocol.ts';
import { type Attempt, isOpen, type Job, type JobOrder } from '../src/domain/job.ts';
import type { UnitOutcome, Write, WriteUnit } from '../src/domain/unit.ts';
import { comfyOf, type Machine, newMachine, type Prompt, passed } from './gpu-machine.ts';
import { fakeClock, idle, probe } from './probe.ts';

// — rows —

/** `results`: the pictures on the disk. `ends`: each time that a job was written to be over, and when that was. */
export type Rows = { jobs: Map<string, Job>; attempts: Attempt[]; results: Set<string>; ends: { job: Job; at: number }[] };

export const openJobsIn = ({ jobs }: Rows): Job[] => [...jobs.values()].filter(({ state }) => isOpen(state));

function write(rows: Rows, { guard, writes }: WriteUnit, now: number): UnitOutcome {
  if (guard?.table !== 'jobs') throw new Error('a step of a job has a guard');
  const job = rows.jobs.get(guard.id);
  if (!job || !guard.states.includes(job.state)) return { status: 'lost', state: job?.state ?? null };
  for (const one of writes) if (one.do === 'addAttempt') addAttempt(rows, one.attempt);
  for (const one of writes) if (one.do === 'setJob') setJob(rows, job, one, now);
  return { status: 'applied' };
}

/** As the table would: a number is given once. */
function addAttempt({ attempts }: Rows, attempt: Attempt): void {
  if (attempts.some(({ jobId, n }) => jobId === attempt.jobId && n === attempt.n)) throw new Error('attempts.job_id, attempts.n');
  attempts.push(attempt);
}

function setJob(rows: Rows, job: Job, { state, executions, reason }: Extract<Write, { do: 'setJob' }>, now: number): void {
  const changed: Job = { ...job, state, executions: executions ?? job.executions, reason: reason ?? null };
  rows.jobs.set(job.id, changed);
  if (!isOpen(state)) rows.ends.push({ job: changed, at: now });
}

const lastAttemptOf = ({ attempts }: Rows, jobId: string): Attempt | null =>
  attempts.filter(attempt => attempt.jobId === jobId).sort((one, other) => other.n - one.n)[0] ?? null;

const unfinishedIn = (rows: Rows): Unfinished[] =>
  openJobsIn(rows).map(job => ({
    ...{ job: { ...job }, lastAttempt: lastAttemptOf(rows, job.id) },
    hasResult: job.state === 'submitting' && rows.results.has(job.id),
  }));

/** As the house asks its rows: the last attempt on each server, if nobody follows it. */
const abandonedIn = (rows: Rows, machines: readonly Machine[]): { job: Job; attempt: Attempt }[] =>
  machines.flatMap(({ server }) => {
    const attempt = rows.attempts.findLast(one => one.server === server);
    const job = attempt && rows.jobs.get(attempt.jobId);
    if (!attempt || !job) return [];
    const isItsLast = lastAttemptOf(rows, job.id)?.n === attempt.n;
    return isItsLast && (job.state === 'completed' || job.state === 'submitting') ? [] : [{ job: { ...job }, attempt }];
  });

// — the world and one life of the house after another —

export type Watch = { onArrival(machine: Machine, prompt: Prompt): void; onObserved(observed: Observed): void };

/** `ledgerMs`, `saveMs`: how long it takes to write a unit, and to keep a picture. */
type Pace = { ledgerMs: number; saveMs: number };
type Life = { jobs: Ref<JobsMessage>; cancellations: Ref<unknown>; end(): void };

export type World = ReturnType<typeof openWorld>;

export function openWorld(machineCount: number, { onArrival, onObserved }: Watch) {
  const clock = fakeClock();
  const rows: Rows = { jobs: new Map(), attempts: [], results: new Set(), ends: [] };
  const pace: Pace = { ledgerMs: 0, saveMs: 0 };
  const machines = Array.from({ length: machineCount }, (_, n) => newMachine({ server: `gpu-${n}`, clock, onArrival }));
  const outside: Outside = { clock, rows, pace, machines, onObserved, books: startSystem('books') };
  let life = openHouse(outside);
  return {
    ...{ clock, rows, pace, machines },
    order({ userId, deadlineMs = 3_600_000 }: { userId: number; deadlineMs?: number }): string {
      const order = newOrder(rows, userId, clock.now(), deadlineMs);
      rows.jobs.set(order.id, { ...order, state: 'received', executions: 0, reason: null });
      tell(life.jobs, { type: 'ordered', job: order });
      return order.id;
    },
    cancel({ id: jobId, userId }: Job): void {
      tell(life.jobs, { type: 'cancel', jobId, userId, replyTo: life.cancellations });
    },
    /** As the actors count them, for the limit of a person. */
    openJobs: (userId: number): Promise<number> => ask(life.jobs, { type: 'openJobs', userId }, 10_000),
    /** The actors begin anew, in the same process. */
    restart(): void {
      tell(life.jobs, { type: 'gpuCrashed', server: 'gpu-0' });
    },
    /** As by SIGKILL, and opened at once. */
    kill(): void {
      life.end();
      life = openHouse(outside);
    },
    async pass(ms: number, stepMs: number): Promise<void> {
      for (let left = ms; left > 0; left -= stepMs) {
        clock.advance(Math.min(stepMs, left));
        await idle(12);
      }
    },
    async close(): Promise<void> {
      life.end();
      // Who still waits for a ledger that is slow would wait by the real clock.
      clock.advance(1_000);
      await idle(5);
      stop(outside.books);
    },
  };
}

const newOrder = ({ jobs }: Rows, userId: number, at: number, deadlineMs: number): JobOrder => ({
  ...{ id: `00000000-0000-4000-8000-${String(jobs.size + 1).padStart(12, '0')}`, userId, presetId: null, prompt: 'winter' },
  ...{ workflow: 'qwen-edit-2511', seed: 7, price: 30, files: [{ fileId: 'photo' }], createdAt: at, deadlineAt: at + deadlineMs },
});

/** What outlives the house. `books`: where its ledgers answer, also those who died while they waited. */
type Outside = { clock: Clock; rows: Rows; pace: Pace; machines: readonly Machine[]; books: Parent } & Pick<Watch, 'onObserved'>;

/** Of the dead nothing is written or kept any more, and nothing is seen. */
function openHouse(outside: Outside): Life {
  const { clock, rows, machines, onObserved } = outside;
  let isAlive = true;
  const system = startSystem('gpu-house');
  const commit: Commit = unit => commitFor(outside, unit, () => isAlive);
  const jobs = spawnJobs(system, {
    ...{ clock, commit, ledger: spawnLedger(outside.books, commit), outbox: probe<OutboxMessage>(system, 'outbox').ref },
    servers: machines.map(machine => comfyOf(machine, () => isAlive)),
    ...{ timeoutMs: 300_000, retry: { retriesMax: 3, delaysMs: [5_000, 10_000, 20_000] } },
    observe: observed => isAlive && onObserved(observed),
    job: async id => rows.jobs.get(id),
    unfinishedJobs: async () => unfinishedIn(rows),
    abandonedAttempts: async () => abandonedIn(rows, machines),
    ...{ lastRuns: async () => [], hasPaid: async (userId: number) => userId % 3 === 0, openPayers: async () => [] },
    photos: photosFor(outside, () => isAlive),
  });
  const end = () => {
    isAlive = false;
    stop(system);
  };
  return { jobs, cancellations: probe(system, 'cancellations').ref, end };
}

async function commitFor({ clock, rows, pace }: Outside, unit: WriteUnit, isAlive: () => boolean): Promise<UnitOutcome> {
  await passed(clock, pace.ledgerMs);
  if (!isAlive()) throw new Error('the house is dead');
  return write(rows, unit, clock.now());
}

let ledgers = 0;

function spawnLedger(books: Parent, commit: Commit): Ref<LedgerMessage> {
  const settle = (_: undefined, { unit, replyTo }: LedgerMessage): undefined => {
    commit(unit).then(
      outcome => tell(replyTo, outcome),
      () => tell(replyTo, { status: 'failed' }),
    );
  };
  return spawn(books, `ledger-${++ledgers}`, settle, { initialState: () => undefined, onCrash: () => 'stop' });
}

const photosFor = ({ clock, rows, pace }: Outside, isAlive: () => boolean): Photos => ({
  prepare: async () => ({ status: 'ready' }),
  read: async ({ id }) => [{ name: `${id}.png`, bytes: Buffer.alloc(1) }],
  async saveResult(jobId) {
    await passed(clock, pace.saveMs);
    if (!isAlive()) throw new Error('the house is dead');
    rows.results.add(jobId);
    return 'saved';
  },
});
