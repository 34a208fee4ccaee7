import { randomUUID } from 'node:crypto';
import type { Job } from '../../src/domain/job.ts';
import { isQuiet } from '../../src/domain/quiet.ts';
import * as saga from '../../src/domain/saga.ts';
import { buildGraph, type WorkflowName } from '../../workflows/index.ts';
import { tell } from '../nact.ts';
import type { GpuMessage, JobsMessage, Of } from '../protocol.ts';
import { askForWork, type Gpu, type GpuHouse, hasRoom, type Prepared, type PreparedAttempt, report } from './gpu-slots.ts';

type Fault = Extract<JobsMessage, { type: 'released' }>['fault'];

const preparedOf = ({ next, instead }: Gpu, jobId: string): Prepared | undefined =>
  [next, instead].find(one => one?.job.id === jobId) ?? undefined;

/**
 * Takes a job as the next one, or beside it as the one to go in its place. Should there be no room any more, it goes back to the
 * line.
 */
export function prepare(house: GpuHouse, { job, attempts, insteadOf }: Of<GpuMessage, 'run'>): void {
  const { gpu } = house;
  const prepared: Prepared = { job, attempts, photos: null, attempt: null };
  if (hasRoom(gpu)) gpu.next = prepared;
  else if (gpu.healthy && insteadOf && gpu.next?.job.id === insteadOf && !gpu.instead) gpu.instead = prepared;
  else return letGo(house, prepared, null);
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
      // What a server is at fault for has a kind.
      const why = error.kind === 'rejected' ? 'rejected' : error.kind ? 'server' : 'photos';
      tell(self, { type: 'uploadFailed', jobId, why });
    },
  );
}

export function onUploaded(house: GpuHouse, { jobId, photos }: Of<GpuMessage, 'uploaded'>): void {
  const prepared = preparedOf(house.gpu, jobId);
  if (prepared) prepared.photos = photos;
  advance(house);
}

export function onUploadFailed(house: GpuHouse, { jobId, why }: Of<GpuMessage, 'uploadFailed'>): void {
  const prepared = preparedOf(house.gpu, jobId);
  if (!prepared) return;
  if (why === 'rejected') refuse(house, prepared);
  else giveBack(house, prepared, why);
}

/** It did not answer: its job goes to others, and it is taken out until it can be connected to again. */
export function onSilent(house: GpuHouse, { jobId, error }: Of<GpuMessage, 'silent'>): void {
  const { gpu } = house;
  if (gpu.running || !gpu.session) return;
  gpu.healthy = false;
  const prepared = preparedOf(gpu, jobId);
  if (prepared) giveBack(house, prepared, 'server');
  tell(gpu.session, { type: 'suspected', error });
}

/** Another server could begin with it at once; this one could not, as long as something runs here. */
export function onRelease(house: GpuHouse, { jobId }: Of<GpuMessage, 'release'>): void {
  const prepared = preparedOf(house.gpu, jobId);
  if (prepared && !prepared.attempt && house.gpu.running) giveBack(house, prepared);
}

/**
 * Takes the prepared job a step further: its attempt is written before its request goes out, and as soon as the server says that
 * the run before is over; it is submitted when that is settled.
 */
export function advance(house: GpuHouse): void {
  const { gpu } = house;
  takePlace(house);
  const { next, running } = gpu;
  const isOurs = gpu.healthy && gpu.unsettled.length === 0;
  if (isOurs && next?.photos && !next.attempt && (!running || running.ending)) writeAttempt(house, next, next.photos);
  else if (isOurs && next?.attempt?.written && !running) submit(house, next, next.attempt);
  askForWork(house);
}

/**
 * Until an attempt is written nothing is settled: a job whose turn is before the prepared one's goes in its place, once its
 * photos are there.
 */
function takePlace(house: GpuHouse): void {
  const { next, instead } = house.gpu;
  if (!next || next.attempt || !instead?.photos) return;
  moveUp(house.gpu);
  letGo(house, next, null);
}

function moveUp(gpu: Gpu): void {
  gpu.next = gpu.instead;
  gpu.instead = null;
}

function writeAttempt(house: GpuHouse, prepared: Prepared, photos: readonly string[]): void {
  const { deps, self } = house;
  const { id: jobId } = prepared.job;
  const n = prepared.attempts + 1;
  const promptId = randomUUID();
  const graph = graphOf(house, prepared.job, photos, n);
  if (!graph) return refuse(house, prepared);
  prepared.attempts = n;
  prepared.attempt = { promptId, graph, written: false };
  deps.commit(saga.submit({ jobId, n, server: deps.comfy.server, promptId, at: deps.clock.now() })).then(
    outcome => tell(self, { type: 'submittable', jobId, promptId, committed: outcome.status === 'applied' }),
    (error: Error) => {
      deps.observe({ step: 'submit:failed', jobId, error });
      tell(self, { type: 'submittable', jobId, promptId, committed: false });
    },
  );
}

/**
 * Undefined when no graph can be made, as of a workflow that an earlier version knew: such a job must not take the actor with it.
 */
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

function submit({ deps, gpu }: GpuHouse, { job, attempts }: Prepared, { promptId, graph }: PreparedAttempt): void {
  if (!gpu.session) return;
  deps.observe({ step: 'job:submitting', jobId: job.id, server: deps.comfy.server });
  moveUp(gpu);
  gpu.running = {
    ...{ job, attempts, promptId, submittedAt: deps.clock.now() },
    ...{ isThere: false, ending: false, dropped: false, hung: false },
  };
  tell(gpu.session, { type: 'execute', promptId, graph });
}

export function onSubmittable(house: GpuHouse, { promptId, committed }: Of<GpuMessage, 'submittable'>): void {
  const { next } = house.gpu;
  // Cancelled in between, or the server is gone: it is never submitted.
  if (next?.attempt?.promptId !== promptId) return;
  if (!committed) return giveBack(house, next);
  next.attempt.written = true;
  advance(house);
}

/** Nobody waits for it any more. */
export function dropPrepared(house: GpuHouse, jobId: string): void {
  const prepared = preparedOf(house.gpu, jobId);
  if (!prepared) return;
  takeOut(house.gpu, prepared);
  advance(house);
}

function takeOut(gpu: Gpu, prepared: Prepared): void {
  if (gpu.instead === prepared) gpu.instead = null;
  if (gpu.next === prepared) moveUp(gpu);
}

function refuse(house: GpuHouse, prepared: Prepared): void {
  takeOut(house.gpu, prepared);
  report(house, prepared, 'rejected', false, null);
  advance(house);
}

/** Back to the line. If its attempt may be written its row says that it is here, and has to say otherwise first. */
export function giveBack(house: GpuHouse, prepared: Prepared, fault: Fault = null): void {
  takeOut(house.gpu, prepared);
  if (prepared.attempt) report(house, prepared, 'unavailable', false, null);
  else letGo(house, prepared, fault);
  advance(house);
}

const letGo = ({ deps }: GpuHouse, { job }: Prepared, fault: Fault): void =>
  tell(deps.jobs, { type: 'released', jobId: job.id, server: deps.comfy.server, fault });
