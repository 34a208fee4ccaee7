import { randomUUID } from 'node:crypto';
import type { Job } from '../src/domain/job.ts';
import { isQuiet } from '../src/domain/quiet.ts';
import * as saga from '../src/domain/saga.ts';
import { buildGraph, type WorkflowName } from '../workflows/index.ts';
import { type Ref, tell } from './nact.ts';
import type {
  Clock,
  Comfy,
  Commit,
  ExecutionReport,
  GpuMessage,
  JobsMessage,
  Observe,
  Photos,
  SessionEnd,
  SessionMessage,
} from './protocol.ts';

export type GpuDeps = {
  comfy: Comfy;
  jobs: Ref<JobsMessage>;
  commit: Commit;
  photos: Photos;
  clock: Clock;
  observe: Observe;
  /** For one execution. */
  timeoutMs: number;
};

/** What this server has of ours. */
export type Gpu = {
  session: Ref<SessionMessage> | null;
  healthy: boolean;
  /** When it was last heard of. */
  heardAt: number;
  /** The one prompt of ours in the server. */
  running: Running | null;
  /** The job after it: its photos are there or on their way, its attempt may be written, it is not submitted. */
  next: Next | null;
  /** Prompts of an earlier life, settled before any new work. */
  old: Running[];
  /** Runs whose end is not told yet. */
  ended: { running: Running; end: SessionEnd }[];
};

/**
 * `isThere`: the server is known to have it. `ending`: the server has said that its run is over; how it went is being asked. `dropped`: whatever comes of it, nobody waits for it any
 * more. `hung`: it could not be stopped; while it is in the server, nothing is even prepared for that.
 */
type Running = { job: Job; attempts: number; promptId: string; submittedAt: number } & Record<
  'isThere' | 'ending' | 'dropped' | 'hung',
  boolean
>;
/** `attempts`: the last number used. */
type Next = { job: Job; attempts: number; photos: readonly string[] | null; attempt: NextAttempt | null };
/** `written`: it stands in its row, so that the prompt would be found again whatever happens. */
type NextAttempt = { promptId: string; graph: object; written: boolean };

/** What the slots are worked with. */
export type GpuHouse = { deps: GpuDeps; gpu: Gpu; self: Ref<GpuMessage> };

/**
 * Asks for work as long as there is room: one running, one prepared. Behind a prompt that hangs nothing should wait, and a prompt on its way
 * in goes before the photos of the next.
 */
function askForWork({ deps, gpu }: GpuHouse): void {
  const { running } = gpu;
  if (gpu.healthy && !gpu.next && (!running || (running.isThere && !running.hung)) && gpu.old.length === 0)
    tell(deps.jobs, { type: 'gpuFree', server: deps.comfy.server, idle: !gpu.running });
}

/** Takes a job as the next one; should there be one already, or the server have gone meanwhile, it goes back to the line. */
export function prepare(house: GpuHouse, { job, attempts }: Pick<Next, 'job' | 'attempts'>): void {
  const next: Next = { job, attempts, photos: null, attempt: null };
  if (house.gpu.next || !house.gpu.healthy) return report(house, next, 'unavailable', false, null);
  house.gpu.next = next;
  upload(house, job);
}

/** A server that was quiet for long is asked meanwhile: one that is dead behind its connection would keep the photos for long. */
function upload({ deps: { photos, comfy, clock, observe }, gpu, self }: GpuHouse, job: Job): void {
  const jobId = job.id;
  const put = async () => {
    const files = await photos.read(job);
    return Promise.all(files.map(({ name, bytes }) => comfy.upload(name, bytes)));
  };
  const asked = isQuiet({ isBusy: Boolean(gpu.running), heardAt: gpu.heardAt, now: clock.now() }) ? comfy.ask() : undefined;
  asked?.catch((error: Error) => {
    observe({ step: 'gpu:silent', server: comfy.server, error });
    tell(self, { type: 'silent', jobId, error });
  });
  Promise.all([put(), asked]).then(
    ([names]) => tell(self, { type: 'uploaded', jobId, photos: names }),
    (error: Error & { kind?: string }) => {
      observe({ step: 'upload:failed', jobId, server: comfy.server, error });
      tell(self, { type: 'uploadFailed', jobId, rejected: error.kind === 'rejected' });
    },
  );
}

/** It did not answer: its job goes to others, and it is taken out until it can be connected to again. */
export function onSilent(house: GpuHouse, { jobId, error }: Extract<GpuMessage, { type: 'silent' }>): void {
  const { gpu } = house;
  if (gpu.running || !gpu.session) return;
  gpu.healthy = false;
  if (gpu.next?.job.id === jobId) giveBack(house, gpu.next);
  tell(gpu.session, { type: 'suspected', error });
}

/**
 * Takes the prepared job a step further: its attempt is written before its request goes out, and as soon as the server says that the run
 * before is over; it is submitted when that is settled.
 */
export function advance(house: GpuHouse): void {
  const { gpu } = house;
  const { next, running } = gpu;
  const isOurs = gpu.healthy && gpu.old.length === 0;
  if (isOurs && next?.photos && !next.attempt && (!running || running.ending)) writeAttempt(house, next, next.photos);
  else if (isOurs && next?.attempt?.written && !running) submit(house, next, next.attempt);
  askForWork(house);
}

function writeAttempt(house: GpuHouse, next: Next, photos: readonly string[]): void {
  const { deps, self } = house;
  const { id: jobId } = next.job;
  const n = next.attempts + 1;
  const promptId = randomUUID();
  const graph = graphOf(house, next.job, photos, n);
  if (!graph) return giveBack(house, next, 'rejected');
  next.attempts = n;
  next.attempt = { promptId, graph, written: false };
  deps.commit(saga.submit({ jobId, n, server: deps.comfy.server, promptId, at: deps.clock.now() })).then(
    outcome => tell(self, { type: 'submittable', jobId, promptId, committed: outcome.status === 'applied' }),
    (error: Error) => {
      deps.observe({ step: 'submit:failed', jobId, error });
      tell(self, { type: 'submittable', jobId, promptId, committed: false });
    },
  );
}

function submit({ deps, gpu }: GpuHouse, { job, attempts }: Next, { promptId, graph }: NextAttempt): void {
  if (!gpu.session) return;
  deps.observe({ step: 'job:submitting', jobId: job.id, server: deps.comfy.server });
  gpu.next = null;
  gpu.running = {
    job,
    attempts,
    promptId,
    submittedAt: deps.clock.now(),
    isThere: false,
    ending: false,
    dropped: false,
    hung: false,
  };
  tell(gpu.session, { type: 'execute', promptId, graph });
}

/** Undefined when no graph can be made, as of a workflow that an earlier version knew: such a job must not take the actor with it. */
function graphOf(
  { deps }: GpuHouse,
  { id, workflow, prompt, seed }: Job,
  photos: readonly string[],
  attempt: number,
): object | undefined {
  try {
    // A name of its own makes ComfyUI save the picture of each attempt, also when it remembers all that leads to it.
    return buildGraph(workflow as WorkflowName, { prompt, seed, photos, filenamePrefix: `studio/${id}-${attempt}` });
  } catch (error) {
    deps.observe({ step: 'graph:impossible', jobId: id, error: error as Error });
    return undefined;
  }
}

export function onSubmittable(house: GpuHouse, { promptId, committed }: Extract<GpuMessage, { type: 'submittable' }>): void {
  const { next } = house.gpu;
  // Cancelled in between, or the server is gone: it is never submitted.
  if (next?.attempt?.promptId !== promptId) return;
  if (!committed) return giveBack(house, next);
  next.attempt.written = true;
  advance(house);
}

export function drop(house: GpuHouse, jobId: string): void {
  const { gpu } = house;
  if (gpu.next?.job.id === jobId) {
    gpu.next = null;
    askForWork(house);
  }
  for (const one of [gpu.running, ...gpu.old]) if (one?.job.id === jobId) one.dropped = true;
  const { running, session } = gpu;
  if (running?.job.id === jobId && session) tell(session, { type: 'drop', promptId: running.promptId });
}

/** One after the other: is it still there, has it ended, or did it never arrive? */
export function settleOld({ gpu }: GpuHouse): void {
  if (!gpu.healthy || gpu.running || !gpu.session) return;
  const old = gpu.old.shift();
  if (!old) return;
  gpu.running = old;
  tell(gpu.session, { type: old.dropped ? 'drop' : 'watch', promptId: old.promptId });
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

export function onProgress(
  { deps, gpu }: GpuHouse,
  { promptId, value, max, preview }: Extract<GpuMessage, { type: 'sessionProgress' }>,
): void {
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

export function onEnded(house: GpuHouse, end: Extract<GpuMessage, { type: 'sessionEnded' }>): void {
  const { gpu } = house;
  const { running } = gpu;
  if (running?.promptId !== end.promptId) return;
  gpu.running = null;
  if (end.isLast) gpu.healthy = false;
  if (!end.gone) gpu.old.push({ ...running, dropped: true, hung: true });
  if (!running.dropped) gpu.ended.push({ running, end });
  settleOld(house);
  advance(house);
}

/** The server before the picture: what has ended is told, and fetched, once the next prompt is on its way. It waits for a commit at most. */
export function tellEnded(house: GpuHouse): void {
  const { gpu } = house;
  if (gpu.next?.attempt && !gpu.next.attempt.written) return;
  for (const { running, end } of gpu.ended.splice(0)) report(house, running, end.execution, end.answered, end.image);
}

/** The server does not answer: what is only prepared goes to others at once, what may be in it when it cannot be there any more. */
export function onDown(house: GpuHouse, refused: boolean): void {
  const { deps, gpu } = house;
  gpu.healthy = false;
  tell(deps.jobs, { type: 'gpuBusy', server: deps.comfy.server });
  if (gpu.next) giveBack(house, gpu.next);
  // The session followed it and forgot it with its crash: the next one looks for it.
  if (gpu.running) {
    gpu.old.unshift(gpu.running);
    gpu.running = null;
  }
  const lostBefore = refused ? Number.POSITIVE_INFINITY : deps.clock.now() - deps.timeoutMs;
  for (const old of gpu.old.filter(({ dropped }) => !dropped)) {
    if (old.submittedAt > lostBefore) continue;
    report(house, old, 'unavailable', false, null);
    // Others may have it now; should it still be in there, it is stopped before anything new goes in.
    old.dropped = true;
  }
}

export function giveBack(house: GpuHouse, next: Next, why: 'unavailable' | 'rejected' = 'unavailable'): void {
  house.gpu.next = null;
  report(house, next, why, false, null);
  askForWork(house);
}

function report(
  { deps }: GpuHouse,
  of: Next | Running,
  execution: ExecutionReport['execution'],
  answered: boolean,
  image: ExecutionReport['image'],
): void {
  const { server } = deps.comfy;
  tell(deps.jobs, {
    type: 'executed',
    jobId: of.job.id,
    execution: { execution, answered, image, server, attempts: of.attempts },
  });
}
