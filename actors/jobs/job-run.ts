import { noteRun } from '../../src/domain/expected-wait.ts';
import { growingMs } from '../../src/domain/growing-pause.ts';
import type { MadeBy } from '../../src/domain/job.ts';
import { judge } from '../../src/domain/retry.ts';
import * as saga from '../../src/domain/saga.ts';
import { isTrusted } from '../../src/domain/trust.ts';
import { tell } from '../nact.ts';
import type { ExecutionReport, JobsMessage, Of } from '../protocol.ts';
import { fetchResult, type House, later, takeStep } from './job-work.ts';
import { type Entry, returnTurn, takeBack, waitInLine } from './line.ts';
import { isAnotherUp, noteFailure, noteSuccess } from './servers.ts';

/** A ComfyUI that is started anew still has what it made: some four minutes. What does not give it then has it no more. */
const fetchTriesMax = { unreachable: 12, unavailable: 5 } as const;
const fetchPause = { minMs: 500, maxMs: 30_000 };
const refusalPause = { minMs: 500, maxMs: 15_000 };

export function onExecuted(house: House, entry: Entry, report: ExecutionReport): void {
  const { job } = entry;
  const at = house.deps.clock.now();
  entry.made = report.execution === 'succeeded' ? madeBy(entry, report.server, at) : null;
  takeBack(house.line, entry);
  // What one server rejects, for want of a model for one, another may run: only what none takes is wrong in itself.
  const isForAnother = report.execution === 'rejected' && isAnotherUp(house.line, entry, report.server, at);
  if (report.execution === 'failed' || isForAnother) blame(house, entry, report.server, true);
  if (report.execution === 'unavailable') blame(house, entry, report.server, false);
  entry.attempts = Math.max(entry.attempts, report.attempts);
  job.executions += report.answered && !isForAnother ? 1 : 0;
  house.deps.observe({ step: `job:executed:${report.execution}`, jobId: job.id, server: report.server });
  const verdict = judge(isForAnother ? 'unavailable' : report.execution, job.executions, house.deps.retry);
  if (verdict.next === 'finish') return fetchResult(house, job, report, 1);
  if (verdict.next === 'fail') return takeStep(house, job, 'fail', saga.fail(job, verdict.reason, job.executions, at));
  const told = verdict.next === 'retry';
  entry.refusals = report.answered ? 0 : entry.refusals + 1;
  entry.pause = { ms: told ? verdict.afterMs : refusalPauseMs(entry.refusals), head: !told };
  takeStep(house, job, 'requeue', saga.requeue(job, job.executions, told, at));
}

/**
 * Its server lets go of it before an attempt was written: its row knows nothing of it, and it goes back to where it stood. If
 * something failed it pauses first.
 */
export function onReleased(house: House, entry: Entry, { server, fault }: Of<JobsMessage, 'released'>): void {
  if (entry.server !== server) return;
  house.deps.observe({ step: 'job:released', jobId: entry.job.id, server });
  const { head } = returnTurn(house.line, entry);
  if (fault === 'server') blame(house, entry, server, false);
  entry.pause = { ms: fault ? refusalPauseMs(++entry.refusals) : 0, head };
  pause(house, entry);
}

/** Something failed on a server: the job goes to another if there is one, and so do all if it goes on like that. */
function blame({ deps, line, self }: House, entry: Entry, server: string, ran: boolean): void {
  const pauses = noteFailure(line, entry, server, ran, deps.clock.now());
  if (!isTrusted(line.trust.get(server))) deps.observe({ step: 'server:resting', server });
  for (const ms of pauses) deps.clock.after(ms, () => tell(self, { type: 'rested', server }));
}

/** The times of a run that ended now; one from an earlier life may have ended long before it was found. */
const madeBy = ({ job, run }: Entry, server: string, at: number): MadeBy | null =>
  run && {
    ...{ server, waitMs: Math.max(0, run.since - job.createdAt) },
    ...(run.seen && { runMs: Math.max(0, at - run.since) }),
  };

/** To another server at once; but one that is there and takes nothing is not to be asked without end. */
const refusalPauseMs = (refusals: number): number => growingMs(refusals - 1, refusalPause);

export function onFetched(house: House, entry: Entry, { result, report, tries }: Of<JobsMessage, 'fetched'>): void {
  const { job } = entry;
  house.deps.observe({ step: `result:${result}`, jobId: job.id });
  if (result === 'saved') {
    noteSuccess(house.line, report.server);
    return completed(house, entry);
  }
  // The picture is there: that our disk is full is no reason to make it again, however long that lasts.
  if (result === 'unkept' || (result !== 'unusable' && tries < fetchTriesMax[result])) {
    const pauseMs = growingMs(tries + 1, fetchPause);
    return later(house, entry, pauseMs, { type: 'fetchAgain', jobId: job.id, report, tries: tries + 1 });
  }
  onExecuted(house, entry, { ...report, execution: 'failed', answered: false });
}

function completed(house: House, { job, made }: Entry): void {
  const { server, runMs } = made ?? {};
  if (server && runMs !== undefined) noteRun(house.line.runs, { server, workflow: job.workflow, runMs });
  takeStep(house, job, 'complete', saga.complete(job, job.executions, house.deps.clock.now(), made));
}

export function pause(house: House, entry: Entry): void {
  entry.isPausing = true;
  if (entry.pause.ms > 0) later(house, entry, entry.pause.ms, { type: 'waitAgain', jobId: entry.job.id });
  else endPause(house, entry);
}

export function endPause({ line }: House, entry: Entry): void {
  entry.isPausing = false;
  waitInLine(line, entry, entry.pause.head);
}
