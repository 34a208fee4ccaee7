import { noteRun } from '../src/domain/expected-wait.ts';
import { isOpen, type JobState, type MadeBy } from '../src/domain/job.ts';
import type { Cancellation } from '../src/domain/person-event.ts';
import { judge } from '../src/domain/retry.ts';
import * as saga from '../src/domain/saga.ts';
import { armDeadline, fetchResult, type House, later, preparePhotos, showProgress, takeStep } from './job-work.ts';
import { type Entry, enterJob, giveTo, leaveJob, noteRunning, takeBack, waitInLine } from './line.ts';
import { tell } from './nact.ts';
import type { ExecutionReport, JobStep, JobsMessage, Unfinished } from './protocol.ts';

type Of<Type extends JobsMessage['type']> = Extract<JobsMessage, { type: Type }>;
/** Messages about one open job. */
export type JobMessage = Exclude<Extract<JobsMessage, { jobId: string }>, Of<'cancel'>>;

const fetchTriesMax = 5;
const fetchPauseMaxMs = 30_000;
const refusalPauseMaxMs = 15_000;

/** Goes on with a job that was found open, from wherever its row says it was. */
export function recover(house: House, { job, lastAttempt, hasResult }: Unfinished): void {
  if (house.line.entries.has(job.id)) return;
  const entry = enterJob(house.line, job);
  entry.attempts = lastAttempt?.n ?? 0;
  armDeadline(house, entry);
  if (job.state === 'received') return preparePhotos(house, entry);
  if (hasResult) return takeStep(house, job, 'complete', saga.complete(job, job.executions + 1, house.deps.clock.now()));
  const gpu = job.state === 'submitting' && lastAttempt ? house.line.gpus.get(lastAttempt.server) : undefined;
  if (!gpu || !lastAttempt) return waitInLine(house.line, entry, job.state === 'submitting');
  giveTo(house.line, entry, lastAttempt.server, lastAttempt.at);
  tell(gpu, { type: 'adopt', job, attempt: lastAttempt, abandoned: false });
}

/** A message about a job; one that comes after its end is late and means nothing. */
export function onJob(house: House, msg: JobMessage): void {
  const entry = house.line.entries.get(msg.jobId);
  if (!entry) return;
  const { job } = entry;
  const { clock, observe } = house.deps;
  switch (msg.type) {
    case 'photoReady':
      observe({ step: 'photo:ready', jobId: job.id });
      return takeStep(house, job, 'queue', saga.queue(job, clock.now()));
    case 'photoRefused':
      return takeStep(house, job, 'refuse', saga.refuse(job, msg.reason, clock.now()));
    case 'photoUnavailable':
      return later(house, entry, 1_000 * 2 ** Math.min(entry.photoTries++, 5), { type: 'prepareAgain', jobId: job.id });
    case 'prepareAgain':
      return preparePhotos(house, entry);
    case 'stepped':
      return onStepped(house, entry, msg);
    case 'running':
      observe({ step: 'job:running', jobId: job.id });
      return entry.server ? noteRunning(house.line, entry, msg.since) : undefined;
    case 'progress':
      return showProgress(house, job, { place: null, part: msg.max > 0 ? msg.value / msg.max : null, preview: msg.preview });
    case 'executed':
      return onExecuted(house, entry, msg.execution);
    case 'fetched':
      return onFetched(house, entry, msg);
    case 'fetchAgain':
      return fetchResult(house, job, msg.report, msg.tries);
    case 'waitAgain':
      // A timer of an earlier life of this actor may come when the job is at a server again.
      return entry.server ? undefined : waitInLine(house.line, entry, msg.head);
    case 'deadline':
      return onDeadline(house, entry);
    default:
      return msg satisfies never;
  }
}

/** Nobody waits for ever: past its deadline a job ends, and what was set aside goes back. */
function onDeadline(house: House, entry: Entry): void {
  const { job } = entry;
  const at = house.deps.clock.now();
  dropFromGpu(house, entry);
  if (house.line.waiting.delete(job.id)) house.line.moves++;
  if (job.state === 'received') return takeStep(house, job, 'refuse', saga.refuse(job, 'file_unavailable', at));
  takeStep(house, job, 'fail', saga.fail(job, 'deadline', job.executions, at));
}

function onStepped(house: House, entry: Entry, { step, outcome }: Of<'stepped'>): void {
  const { job } = entry;
  house.deps.observe({ step: `job:${step}:${outcome.status}`, jobId: job.id });
  // Nothing is known of the database now: begin anew from the rows, after a pause.
  if (outcome.status === 'failed') throw new Error('a step of a job could not be written');
  if (outcome.status === 'lost') return onLost(house, entry, step, outcome.state as JobState | null);
  if (step === 'queue' && outcome.status !== 'refused') {
    job.state = 'queued';
    waitInLine(house.line, entry, false);
    house.line.joined.add(entry);
  } else if (step === 'requeue') {
    job.state = 'queued';
    later(house, entry, entry.pause.ms, { type: 'waitAgain', jobId: job.id, head: entry.pause.head });
  } else end(house, entry, step === 'cancel' ? 'cancelled' : 'final');
}

/** Another step came first. A cancel or a deadline that found the job further on is tried once more from there; everything else yields. */
function onLost(house: House, entry: Entry, step: JobStep, state: JobState | null): void {
  if (!state || !isOpen(state)) return end(house, entry, 'final');
  entry.job.state = state;
  const now = house.deps.clock.now();
  if (step === 'cancel') takeStep(house, entry.job, 'cancel', saga.cancel(entry.job, now));
  else if (step === 'refuse' && now >= entry.job.deadlineAt) onDeadline(house, entry);
}

function end(house: House, entry: Entry, cancellation: 'cancelled' | 'final'): void {
  for (const replyTo of entry.cancels) tell(replyTo, cancellation);
  if (cancellation === 'cancelled') dropFromGpu(house, entry);
  leaveJob(house.line, entry);
}

function dropFromGpu({ line }: House, { job, server }: Entry): void {
  const gpu = server && line.gpus.get(server);
  if (gpu) tell(gpu, { type: 'drop', jobId: job.id });
}

/** The void and the word come first, cleaning up after: a person has their points back in the same tap. */
export function cancelJob(house: House, { jobId, userId, replyTo }: Of<'cancel'>): void {
  const entry = house.line.entries.get(jobId);
  if (!entry) return void endedCancellation(house, jobId, userId).then(cancellation => tell(replyTo, cancellation));
  if (entry.job.userId !== userId) return tell(replyTo, 'notYours');
  entry.cancels.push(replyTo);
  takeStep(house, entry.job, 'cancel', saga.cancel(entry.job, house.deps.clock.now()));
}

/** Of a job that is over: the same press may have cancelled it, before a crash that took the answer with it. */
async function endedCancellation({ deps }: House, jobId: string, userId: number): Promise<Cancellation> {
  const job = await deps.job(jobId).catch(() => undefined);
  if (job && job.userId !== userId) return 'notYours';
  return job?.state === 'cancelled' ? 'cancelled' : 'final';
}

function onExecuted(house: House, entry: Entry, report: ExecutionReport): void {
  const { job } = entry;
  const at = house.deps.clock.now();
  entry.made = report.execution === 'succeeded' ? madeBy(entry, report.server, at) : null;
  takeBack(house.line, entry);
  entry.attempts = Math.max(entry.attempts, report.attempts);
  job.executions += report.answered ? 1 : 0;
  house.deps.observe({ step: `job:executed:${report.execution}`, jobId: job.id, server: report.server });
  const verdict = judge(report.execution, job.executions, house.deps.retry);
  if (verdict.next === 'finish') return fetchResult(house, job, report, 1);
  if (verdict.next === 'fail') return takeStep(house, job, 'fail', saga.fail(job, verdict.reason, job.executions, at));
  const told = verdict.next === 'retry';
  entry.refusals = report.answered ? 0 : entry.refusals + 1;
  entry.pause = { ms: told ? verdict.afterMs : refusalPauseMs(entry.refusals), head: !told };
  takeStep(house, job, 'requeue', saga.requeue(job, job.executions, told, at));
}

/** The times of a run that ended now; one from an earlier life may have ended long before it was found. */
const madeBy = ({ job, run }: Entry, server: string, at: number): MadeBy | null =>
  run && {
    ...{ server, waitMs: Math.max(0, run.since - job.createdAt) },
    ...(run.seen && { runMs: Math.max(0, at - run.since) }),
  };

/** To another server at once; but one that is there and takes nothing is not to be asked without end. */
const refusalPauseMs = (refusals: number): number =>
  refusals <= 1 ? 0 : Math.min(refusalPauseMaxMs, 500 * 2 ** Math.min(refusals - 2, 5));

function onFetched(house: House, entry: Entry, { result, report, tries }: Of<'fetched'>): void {
  const { job } = entry;
  house.deps.observe({ step: `result:${result}`, jobId: job.id });
  if (result === 'saved') return completed(house, entry);
  // The picture is there: that our disk is full is no reason to make it again, however long that lasts.
  if (result === 'unkept' || (result === 'unavailable' && tries < fetchTriesMax)) {
    const pauseMs = Math.min(fetchPauseMaxMs, 500 * 2 ** Math.min(tries, 10));
    return later(house, entry, pauseMs, { type: 'fetchAgain', jobId: job.id, report, tries: tries + 1 });
  }
  onExecuted(house, entry, { ...report, execution: 'failed', answered: false });
}

function completed(house: House, { job, made }: Entry): void {
  const { server, runMs } = made ?? {};
  if (server && runMs !== undefined) noteRun(house.line.runs, { server, workflow: job.workflow, runMs });
  takeStep(house, job, 'complete', saga.complete(job, job.executions, house.deps.clock.now(), made));
}
