import type { Job } from '../../src/domain/job.ts';
import { type Ref, tell } from '../nact.ts';
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
} from '../protocol.ts';

export type GpuDeps = {
  comfy: Comfy;
  /** There is no other server that could have its jobs. */
  isAlone: boolean;
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
  next: Prepared | null;
  /** A job whose turn is before that one's: it goes in its place if its photos are there in time, or else after it. */
  instead: Prepared | null;
  /**
   * Prompts that may still be in the server and that nobody follows now: of an earlier life, or hung. Settled before any new
   * work.
   */
  unsettled: Running[];
  /** Runs whose end is not told yet. */
  ended: { running: Running; end: SessionEnd }[];
};

/**
 * `isThere`: the server is known to have it. `ending`: the server has said that its run is over; how it went is being asked.
 * `dropped`: whatever comes of it, nobody waits for it any more. `hung`: it could not be stopped; while it is in the server,
 * nothing is even prepared for that.
 */
export type Running = { job: Job; attempts: number; promptId: string; submittedAt: number } & Record<
  'isThere' | 'ending' | 'dropped' | 'hung',
  boolean
>;
/** `attempts`: the last number used. */
export type Prepared = { job: Job; attempts: number; photos: readonly string[] | null; attempt: PreparedAttempt | null };
/** `written`: it stands in its row, so that the prompt would be found again whatever happens. */
export type PreparedAttempt = { promptId: string; graph: object; written: boolean };

/** What the slots are worked with. */
export type GpuHouse = { deps: GpuDeps; gpu: Gpu; self: Ref<GpuMessage> };

export const emptyGpu = (): Gpu => ({
  ...{ session: null, healthy: false, heardAt: 0 },
  ...{ running: null, next: null, instead: null, unsettled: [], ended: [] },
});

/**
 * One running, one prepared. Behind a prompt that hangs nothing should wait, and a prompt on its way in goes before the photos of
 * the next.
 */
export const hasRoom = ({ healthy, running, next, unsettled }: Gpu): boolean =>
  healthy && !next && (!running || (running.isThere && !running.hung)) && unsettled.length === 0;

/** Asks for work as long as there is room; whatever is refused for want of it is asked for again. */
export function askForWork({ deps, gpu }: GpuHouse): void {
  if (hasRoom(gpu)) tell(deps.jobs, { type: 'gpuFree', server: deps.comfy.server, idle: !gpu.running });
}

export function report(
  { deps }: GpuHouse,
  of: Prepared | Running,
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
