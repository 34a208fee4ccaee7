import type { RunTime } from '../../src/domain/expected-wait.ts';
import { type Attempt, type Job, statusIdOf } from '../../src/domain/job.ts';
import type { RetryPolicy } from '../../src/domain/retry.ts';
import type { WriteUnit } from '../../src/domain/unit.ts';
import type { GpuDeps } from '../gpu/gpu.ts';
import { ask, type Ref, tell } from '../nact.ts';
import type {
  Comfy,
  ExecutionReport,
  Fetched,
  JobProgress,
  JobStep,
  JobsMessage,
  LedgerMessage,
  OutboxMessage,
  Unfinished,
} from '../protocol.ts';
import type { Entry, Line } from './line.ts';

export type JobsDeps = Omit<GpuDeps, 'jobs' | 'comfy' | 'isAlone'> & {
  ledger: Ref<LedgerMessage>;
  outbox: Ref<OutboxMessage>;
  servers: readonly Comfy[];
  retry: RetryPolicy;
  job(id: string): Promise<Job | undefined>;
  unfinishedJobs(): Promise<readonly Unfinished[]>;
  /** What may still be in a server although nobody waits for it: its job was cancelled, has failed or went back to the line. */
  abandonedAttempts(): Promise<readonly { job: Job; attempt: Attempt }[]>;
  /** Of all servers, the oldest first: what waits are judged by. */
  lastRuns(): Promise<readonly RunTime[]>;
  /** Whether a person has ever paid, and who has of those with open jobs: they are given more turns. */
  hasPaid(userId: number): Promise<boolean>;
  openPayers(): Promise<readonly number[]>;
};

/** What a step works with: the means, the open jobs, and where outcomes are to be told. */
export type House = { deps: JobsDeps; line: Line; self: Ref<JobsMessage> };

const settleTimeoutMs = 30_000;

/** Hands a unit of the saga to the ledger; its outcome comes as `stepped`. */
export function takeStep({ deps, self }: House, { id: jobId }: Job, step: JobStep, unit: WriteUnit): void {
  ask(deps.ledger, { type: 'settle', unit }, settleTimeoutMs).then(
    outcome => tell(self, { type: 'stepped', jobId, step, outcome }),
    () => tell(self, { type: 'stepped', jobId, step, outcome: { status: 'failed' } }),
  );
}

/** Downloads and checks the photos. No transaction, no charge; done twice it gives the same files. */
export function preparePhotos({ deps, self }: House, { job }: Entry): void {
  deps.photos.prepare(job).then(
    prepared =>
      prepared.status === 'ready'
        ? tell(self, { type: 'photoReady', jobId: job.id })
        : tell(self, { type: 'photoRefused', jobId: job.id, reason: prepared.reason }),
    (error: Error) => {
      deps.observe({ step: 'photo:unavailable', jobId: job.id, error });
      tell(self, { type: 'photoUnavailable', jobId: job.id });
    },
  );
}

/** Asks whether a person has paid; not to know it costs them no more than the weight. */
export function askWhetherPaid({ deps, line, self }: House, { userId, id: jobId }: Job): void {
  if (line.turns.payers.has(userId)) return;
  deps.hasPaid(userId).then(
    paid => paid && tell(self, { type: 'payer', userId }),
    (error: Error) => deps.observe({ step: 'payer:unknown', jobId, error }),
  );
}

/** Fetches the picture from the server that made it and keeps it, durably. The server is free meanwhile. */
export function fetchResult({ deps, self }: House, { id: jobId }: Job, report: ExecutionReport, tries: number): void {
  const comfy = deps.servers.find(({ server }) => server === report.server);
  const fetched = (result: Fetched) => tell(self, { type: 'fetched', jobId, result, report, tries });
  const fetch = async (): Promise<Fetched> => {
    if (!comfy || !report.image) return 'unusable';
    const bytes = await comfy.view(report.image);
    deps.observe({ step: 'result:fetched', jobId });
    try {
      return (await deps.photos.saveResult(jobId, bytes)) === 'saved' ? 'saved' : 'unusable';
    } catch (error) {
      deps.observe({ step: 'result:unkept', jobId, error: error as Error });
      return 'unkept';
    }
  };
  fetch().then(fetched, (error: Error & { kind?: string; mayHaveArrived?: boolean }) => {
    deps.observe({ step: 'result:unavailable', jobId, error });
    if (error.kind === 'failed' || error.kind === 'rejected') fetched('unusable');
    else fetched(error.mayHaveArrived === false ? 'unreachable' : 'unavailable');
  });
}

/** Tells a job's message to this actor after a pause, unless the job ends before. */
export function later({ deps, self }: House, { timers }: Entry, ms: number, msg: JobsMessage): void {
  const forget = deps.clock.after(ms, () => {
    timers.delete(forget);
    tell(self, msg);
  });
  timers.add(forget);
}

export const armDeadline = (house: House, entry: Entry): void =>
  later(house, entry, Math.max(0, entry.job.deadlineAt - house.deps.clock.now()), { type: 'deadline', jobId: entry.job.id });

/** Shows passing news in the one status message of the job. */
export const showProgress = ({ deps }: House, { id, userId }: Job, progress: Omit<JobProgress, 'jobId'>): void =>
  tell(deps.outbox, { type: 'live', chatId: userId, edits: statusIdOf(id), job: { jobId: id, ...progress } });
