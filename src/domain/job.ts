/**
 * The life of a job.
 *
 * ```
 * received ──► queued ──► submitting ──► completed      (points posted, picture on disk)
 *    │           │            ├────────► failed         (points given back)
 *    │           └────────────┴────────► cancelled      (points given back)
 *    ├──► cancelled
 *    └──► refused                                       (no picture, or no points: nothing was reserved)
 * ```
 *
 * `submitting` may return to `queued`: a server was lost, or an execution failed and is tried again.
 */
export type JobState = 'received' | 'queued' | 'submitting' | 'completed' | 'failed' | 'cancelled' | 'refused';

/** The states that a job can still leave. */
export const openStates = ['received', 'queued', 'submitting'] as const satisfies readonly JobState[];
/** The states in which points are reserved for a job (unless it is free). */
export const reservedStates = ['queued', 'submitting'] as const satisfies readonly JobState[];

export const isOpen = (state: JobState): boolean => (openStates as readonly JobState[]).includes(state);

/** A file as Telegram names it; `bytes` is what Telegram says of its size. */
export type FileRef = { fileId: string; bytes?: number };

/**
 * Why a photo is not taken. When several apply, the one that stands first here is told:
 *
 * - `not_a_picture`: text, an archive, a program, a video, nothing at all
 * - `unsupported_format`: a picture, but neither JPEG, PNG nor WebP
 * - `animated`: a GIF, PNG or WebP that moves
 * - `too_heavy`: over 10 MiB
 * - `too_many_pixels`: over 25 MP
 * - `too_small`: a side under 32 px
 * - `damaged`: cut short or broken
 */
export type PhotoRefusal =
  | 'not_a_picture'
  | 'unsupported_format'
  | 'animated'
  | 'too_heavy'
  | 'too_many_pixels'
  | 'too_small'
  | 'damaged';

/** Why a job ended without a picture. A closed list: each has its own words. */
export type EndReason =
  | 'insufficient_points'
  | PhotoRefusal
  | 'file_unavailable'
  | 'rejected'
  | 'failed'
  | 'deadline'
  | 'cancelled';

/** What is fixed about a job when it is made; nothing here changes afterwards. Times are Unix milliseconds, `price` is points. */
export type JobOrder = {
  id: string;
  userId: number;
  presetId: number | null;
  /** The instruction for the model. */
  prompt: string;
  workflow: string;
  /** 0 … 2^53-1, kept so that the same picture can be made again. */
  seed: number;
  price: number;
  files: readonly FileRef[];
  createdAt: number;
  deadlineAt: number;
};

export type Job = JobOrder & {
  state: JobState;
  /** Executions that a server answered for; what MAX_RETRIES counts. */
  executions: number;
  reason: EndReason | null;
  /** Of a completed one, if both were measured. */
  times?: JobTimes;
};

/** From the order to the submission that succeeded, and from there to the end of its run. */
export type JobTimes = { waitMs: number; runMs: number };
/** The server that made a picture, with the times; no run for one whose end nobody saw. */
export type MadeBy = { server: string; waitMs: number; runMs?: number };

/** One submission of a job to one server. Its prompt id is chosen and stored before the request. */
export type Attempt = { jobId: string; n: number; server: string; promptId: string; at: number };

/** The ledger's id for the points of a job. */
export const reservationOf = (jobId: string): string => `job:${jobId}`;
/** The outbox id of the one status message of a job. */
export const statusIdOf = (jobId: string): string => `job:${jobId}:status`;
