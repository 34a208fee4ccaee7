import { growingMs } from '../../src/domain/growing-pause.ts';
import { type Attempt, isOpen, type Job, type JobState } from '../../src/domain/job.ts';
import type { Cancellation } from '../../src/domain/person-event.ts';
import * as saga from '../../src/domain/saga.ts';
import { tell } from '../nact.ts';
import type { JobStep, JobsMessage, Of, Unfinished } from '../protocol.ts';
import { endPause, onExecuted, onFetched, onReleased, pause } from './job-run.ts';
import { armDeadline, fetchResult, type House, later, preparePhotos, showProgress, takeStep } from './job-work.ts';
import { type Entry, enterJob, giveTo, leaveJob, noteRunning, waitInLine } from './line.ts';

const photoPause = { minMs: 1_000, maxMs: 32_000 };

/** Messages about one open job. */
export type JobMessage = Exclude<Extract<JobsMessage, { jobId: string }>, Of<JobsMessage, 'cancel'>>;

/** Goes on with a job that was found open, from wherever its row says it was. */
export function recover(house: House, { job, lastAttempt, hasResult }: Unfinished): void {
  if (house.line.entries.has(job.id)) return;
  const entry = enterJob(house.line, job);
  entry.attempts = lastAttempt?.n ?? 0;
  armDeadline(house, entry);
  if (job.state === 'received') return preparePhotos(house, entry);
  if (hasResult) return completeKept(house, job, lastAttempt);
  const gpu = job.state === 'submitting' && lastAttempt ? house.line.gpus.get(lastAttempt.server) : undefined;
  if (!gpu || !lastAttempt) return waitInLine(house.line, entry, job.state === 'submitting');
  giveTo(house.line, entry, lastAttempt.server, { since: lastAttempt.at });
  tell(gpu, { type: 'adopt', job, attempt: lastAttempt, abandoned: false });
}

/**
 * Its picture was kept before an end of this house. The end of its run was not, so that only its server and its wait are known.
 */
function completeKept(house: House, job: Job, attempt: Attempt | null): void {
  const made = attempt && { server: attempt.server, waitMs: Math.max(0, attempt.at - job.createdAt) };
  takeStep(house, job, 'complete', saga.complete(job, job.executions + 1, house.deps.clock.now(), made));
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
      return later(house, entry, growingMs(++entry.photoTries, photoPause), { type: 'prepareAgain', jobId: job.id });
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
      // Of a server that does not have it any more nothing is taken.
      return entry.server === msg.execution.server ? onExecuted(house, entry, msg.execution) : undefined;
    case 'fetched':
      return onFetched(house, entry, msg);
    case 'fetchAgain':
      return fetchResult(house, job, msg.report, msg.tries);
    case 'released':
      return onReleased(house, entry, msg);
    case 'waitAgain':
      // A timer of an earlier life of this actor may come when the job is at a server again, or its picture is being fetched.
      return entry.isPausing ? endPause(house, entry) : undefined;
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

function onStepped(house: House, entry: Entry, { step, outcome }: Of<JobsMessage, 'stepped'>): void {
  const { job } = entry;
  house.deps.observe({ step: `job:${step}:${outcome.status}`, jobId: job.id });
  // Nothing is known of the database now: begin anew from the rows, after a pause.
  if (outcome.status === 'failed') throw new Error('a step of a job could not be written');
  if (outcome.status === 'lost') return onLost(house, entry, step, outcome.state as JobState | null);
  if (step === 'queue' && outcome.status !== 'refused') joinLine(house, entry);
  else if (step === 'requeue') {
    // An answer to an earlier life of this actor: a server has it again.
    if (entry.server) return;
    job.state = 'queued';
    pause(house, entry);
  } else end(house, entry, step === 'cancel' ? 'cancelled' : 'final');
}

function joinLine({ line }: House, entry: Entry): void {
  entry.job.state = 'queued';
  waitInLine(line, entry, false);
  line.joined.add(entry);
}

/**
 * Another step came first. A cancel or a deadline that found the job further on is tried once more from there. That its points
 * are set aside already is the doing of an earlier life, which was not there any more to put it in line. Everything else yields.
 */
function onLost(house: House, entry: Entry, step: JobStep, state: JobState | null): void {
  if (!state || !isOpen(state)) return end(house, entry, 'final');
  const before = entry.job.state;
  entry.job.state = state;
  const now = house.deps.clock.now();
  if (step === 'cancel') takeStep(house, entry.job, 'cancel', saga.cancel(entry.job, now));
  else if (step === 'refuse' && now >= entry.job.deadlineAt) onDeadline(house, entry);
  else if (step === 'queue' && before === 'received' && state === 'queued') joinLine(house, entry);
}

function end(house: House, entry: Entry, cancellation: 'cancelled' | 'final'): void {
  for (const replyTo of entry.cancels) tell(replyTo, cancellation);
  dropFromGpu(house, entry);
  leaveJob(house.line, entry);
}

function dropFromGpu({ line }: House, { job, server }: Entry): void {
  const gpu = server && line.gpus.get(server);
  if (gpu) tell(gpu, { type: 'drop', jobId: job.id });
}

/** The void and the word come first, cleaning up after: a person has their points back in the same tap. */
export function cancelJob(house: House, { jobId, userId, replyTo }: Of<JobsMessage, 'cancel'>): void {
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
