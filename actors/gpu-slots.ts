import { randomUUID } from 'node:crypto';
import type { Job } from '../src/domain/job.ts';
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
  /** The one prompt of ours in the server: submitted, or about to be. */
  running: Running | null;
  /** The job after it: photos uploaded or on their way, not submitted. */
  next: Next | null;
  /** Prompts of an earlier life, settled before any new work. */
  old: Running[];
};

/**
 * `graph`: kept until the session is told to submit it. `dropped`: whatever comes of it, nobody waits for it any more. `hung`: it
 * could not be stopped; while it is in the server, nothing is even prepared for that.
 */
type Running = { job: Job; attempts: number; promptId: string; submittedAt: number; graph: object | null } & Record<
  'dropped' | 'hung',
  boolean
>;
type Next = { job: Job; attempts: number; photos: readonly string[] | null };

/** What the slots are worked with. */
export type GpuHouse = { deps: GpuDeps; gpu: Gpu; self: Ref<GpuMessage> };

/** Asks for work as long as there is room: one running, one prepared. Behind a prompt that hangs nothing should wait. */
function askForWork({ deps, gpu }: GpuHouse): void {
  if (gpu.healthy && !gpu.next && !gpu.running?.hung && gpu.old.length === 0)
    tell(deps.jobs, { type: 'gpuFree', server: deps.comfy.server, idle: !gpu.running });
}

/** Takes a job as the next one; should there be one already, or the server have gone meanwhile, it goes back to the line. */
export function prepare(house: GpuHouse, next: Next): void {
  if (house.gpu.next || !house.gpu.healthy) return report(house, next, 'unavailable', false, null);
  house.gpu.next = next;
  upload(house, next.job);
}

function upload({ deps: { photos, comfy, observe }, self }: GpuHouse, job: Job): void {
  const put = async () => {
    const files = await photos.read(job);
    return Promise.all(files.map(({ name, bytes }) => comfy.upload(name, bytes)));
  };
  put().then(
    names => tell(self, { type: 'uploaded', jobId: job.id, photos: names }),
    (error: Error & { kind?: string }) => {
      observe({ step: 'upload:failed', jobId: job.id, server: comfy.server, error });
      tell(self, { type: 'uploadFailed', jobId: job.id, rejected: error.kind === 'rejected' });
    },
  );
}

/** Makes the prepared job the running one, if the server is free: its attempt is written before the request goes out. */
export function promote(house: GpuHouse): void {
  const { deps, gpu, self } = house;
  const { next } = gpu;
  if (!gpu.healthy || gpu.running || gpu.old.length > 0 || !next?.photos) return askForWork(house);
  const { job, photos } = next;
  const attempts = next.attempts + 1;
  const at = deps.clock.now();
  const promptId = randomUUID();
  const graph = graphOf(house, job, photos, attempts);
  gpu.next = null;
  if (!graph) {
    report(house, next, 'rejected', false, null);
    return askForWork(house);
  }
  gpu.running = { job, attempts, promptId, submittedAt: at, graph, dropped: false, hung: false };
  deps.commit(saga.submit({ jobId: job.id, n: attempts, server: deps.comfy.server, promptId, at })).then(
    outcome => tell(self, { type: 'submittable', jobId: job.id, promptId, committed: outcome.status === 'applied' }),
    (error: Error) => {
      deps.observe({ step: 'submit:failed', jobId: job.id, error });
      tell(self, { type: 'submittable', jobId: job.id, promptId, committed: false });
    },
  );
  askForWork(house);
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
  const { deps, gpu } = house;
  const { running } = gpu;
  if (running?.promptId !== promptId || !running.graph) return;
  deps.observe({ step: 'job:submitting', jobId: running.job.id, server: deps.comfy.server });
  if (committed && !running.dropped && gpu.healthy && gpu.session) {
    tell(gpu.session, { type: 'execute', promptId, graph: running.graph });
    running.graph = null;
    return;
  }
  // Cancelled in between, the server is gone, or nothing could be written: it was never submitted.
  gpu.running = null;
  if (!running.dropped) report(house, running, 'unavailable', false, null);
  promote(house);
}

export function drop(house: GpuHouse, jobId: string): void {
  const { gpu } = house;
  if (gpu.next?.job.id === jobId) {
    gpu.next = null;
    askForWork(house);
  }
  for (const one of [gpu.running, ...gpu.old]) if (one?.job.id === jobId) one.dropped = true;
  const { running, session } = gpu;
  if (running?.job.id === jobId && session && !running.graph) tell(session, { type: 'drop', promptId: running.promptId });
}

/** One after the other: is it still there, has it ended, or did it never arrive? */
export function settleOld({ gpu }: GpuHouse): void {
  if (!gpu.healthy || gpu.running || !gpu.session) return;
  const old = gpu.old.shift();
  if (!old) return;
  gpu.running = old;
  tell(gpu.session, { type: old.dropped ? 'drop' : 'watch', promptId: old.promptId });
}

export function onProgress(
  { deps, gpu }: GpuHouse,
  { promptId, value, max, preview }: Extract<GpuMessage, { type: 'sessionProgress' }>,
): void {
  const { running } = gpu;
  if (running?.promptId === promptId && !running.dropped)
    tell(deps.jobs, { type: 'progress', jobId: running.job.id, value, max, preview });
}

export function onEnded(house: GpuHouse, end: Extract<GpuMessage, { type: 'sessionEnded' }>): void {
  const { gpu } = house;
  const { running } = gpu;
  if (running?.promptId !== end.promptId) return;
  gpu.running = null;
  if (!end.gone) gpu.old.push({ ...running, dropped: true, hung: true });
  if (!running.dropped) report(house, running, end.execution, end.answered, end.image);
  settleOld(house);
  promote(house);
}

/** The server does not answer: what is only prepared goes to others at once, what may be in it when it cannot be there any more. */
export function onDown(house: GpuHouse, refused: boolean): void {
  const { deps, gpu } = house;
  gpu.healthy = false;
  tell(deps.jobs, { type: 'gpuBusy', server: deps.comfy.server });
  if (gpu.next) giveBack(house, gpu.next);
  // The session followed it and forgot it with its crash: the next one looks for it.
  if (gpu.running && !gpu.running.graph) {
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
