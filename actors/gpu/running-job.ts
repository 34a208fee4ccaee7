import { tell } from '../nact.ts';
import type { GpuMessage, Of } from '../protocol.ts';
import { askForWork, type GpuHouse, report } from './gpu-slots.ts';
import { advance, dropPrepared, giveBack } from './prepared-job.ts';

export function drop(house: GpuHouse, jobId: string): void {
  const { gpu } = house;
  dropPrepared(house, jobId);
  for (const one of [gpu.running, ...gpu.unsettled]) if (one?.job.id === jobId) one.dropped = true;
  const { running, session } = gpu;
  if (running?.job.id === jobId && session) tell(session, { type: 'drop', promptId: running.promptId });
}

/** What was submitted in an earlier life is followed to its end, or stopped. */
export function adopt(house: GpuHouse, { job, attempt, abandoned: dropped }: Of<GpuMessage, 'adopt'>): void {
  const { n: attempts, promptId, at: submittedAt } = attempt;
  house.gpu.unsettled.push({ job, attempts, promptId, submittedAt, isThere: false, ending: false, dropped, hung: false });
  settleOld(house);
}

/** One after the other: is it still there, has it ended, or did it never arrive? */
export function settleOld({ deps, gpu }: GpuHouse): void {
  if (!gpu.healthy || gpu.running || !gpu.session) return;
  const old = gpu.unsettled.shift();
  if (!old) return;
  gpu.running = old;
  const { promptId, dropped, isThere: wasThere } = old;
  tell(gpu.session, dropped ? { type: 'drop', promptId } : { type: 'watch', promptId, wasThere: deps.isAlone && wasThere });
}

/** From here on its time is known: it is in the server, and its end will be seen. The next one is prepared meanwhile. */
export function onRunning(house: GpuHouse, promptId: string): void {
  const { deps, gpu } = house;
  const { running } = gpu;
  if (running?.promptId !== promptId) return;
  running.isThere = true;
  if (!running.dropped) tell(deps.jobs, { type: 'running', jobId: running.job.id, since: running.submittedAt });
  askForWork(house);
}

export function onProgress({ deps, gpu }: GpuHouse, { promptId, value, max, preview }: Of<GpuMessage, 'sessionProgress'>): void {
  const { running } = gpu;
  if (running?.promptId === promptId && !running.dropped)
    tell(deps.jobs, { type: 'progress', jobId: running.job.id, value, max, preview });
}

/** The next attempt is written while it is asked how this run went. */
export function onEnding(house: GpuHouse, promptId: string): void {
  const { running } = house.gpu;
  if (running?.promptId !== promptId) return;
  running.ending = true;
  advance(house);
}

export function onEnded(house: GpuHouse, end: Of<GpuMessage, 'sessionEnded'>): void {
  const { gpu } = house;
  const { running } = gpu;
  if (running?.promptId !== end.promptId) return;
  gpu.running = null;
  if (end.isLast) gpu.healthy = false;
  if (!end.gone) gpu.unsettled.push({ ...running, dropped: true, hung: true });
  if (!running.dropped) gpu.ended.push({ running, end });
  settleOld(house);
  advance(house);
}

/**
 * The GPU is fed first: the end of a run is reported, and its picture fetched, once the next prompt is submitted. That delays it
 * by one commit at most.
 */
export function tellEnded(house: GpuHouse): void {
  const { gpu } = house;
  if (gpu.next?.attempt && !gpu.next.attempt.written) return;
  for (const { running, end } of gpu.ended.splice(0)) report(house, running, end.execution, end.answered, end.image);
}

/**
 * The server does not answer: what is only prepared goes to others at once, what may be in it when it cannot be there any more.
 */
export function onDown(house: GpuHouse, refused: boolean): void {
  const { deps, gpu } = house;
  gpu.healthy = false;
  tell(deps.jobs, { type: 'gpuBusy', server: deps.comfy.server });
  while (gpu.next) giveBack(house, gpu.next);
  // The session followed it and forgot it with its crash: the next one looks for it.
  if (gpu.running) {
    gpu.unsettled.unshift(gpu.running);
    gpu.running = null;
  }
  // Nobody else could have what a server has that is alone: it is looked for there as long as it may still run.
  const lostBefore = refused && !deps.isAlone ? Number.POSITIVE_INFINITY : deps.clock.now() - deps.timeoutMs;
  for (const old of gpu.unsettled.filter(({ dropped }) => !dropped)) {
    if (old.submittedAt > lostBefore) continue;
    report(house, old, 'unavailable', false, null);
    // Others may have it now; should it still be in there, it is stopped before anything new goes in.
    old.dropped = true;
  }
}
