/** What the actors ask of the world: time, disk, servers, and somebody to tell of every step. */
import type { EndReason, JobOrder } from '../src/domain/job.ts';
import type { ChosenPreset } from '../src/domain/person-event.ts';

export type Clock = {
  now(): number;
  /** Calls back once after `ms`; the returned function forgets it. */
  after(ms: number, call: () => void): () => void;
};

/**
 * Rings when something that is set for a time of day may have fallen due; the clock says whether it has. The returned function
 * ends it.
 */
export type Alarm = (ring: () => void) => () => void;

/** A named step, told as it is taken: what tests wait for and kill at, and what is logged and counted. */
export type Observed = {
  step: string;
  jobId?: string;
  paymentId?: string;
  userId?: number;
  server?: string;
  outboxId?: string;
  error?: Error;
};
export type Observe = (observed: Observed) => void;

export type Catalogue = {
  /** The preset as it can be ordered now, at its price in points; undefined when it does not exist or is switched off. */
  preset(id: number): ChosenPreset | undefined;
};

/** The photos and results of jobs, on disk. */
export type Photos = {
  /** Downloads, checks, turns upright, strips and keeps the photos of a job; rejects when Telegram or the disk is at fault. */
  prepare(job: JobOrder): Promise<{ status: 'ready' } | { status: 'refused'; reason: EndReason }>;
  read(job: JobOrder): Promise<readonly { name: string; bytes: Buffer }[]>;
  /** Strips and keeps a result, durably; `damaged` when the bytes are no picture. Rejects when the disk is at fault. */
  saveResult(jobId: string, bytes: Buffer): Promise<'saved' | 'damaged'>;
};

export type ResultImage = { filename: string; subfolder: string; type: string };
export type ComfyEvent =
  | { type: 'progress'; promptId: string; value: number; max: number }
  | { type: 'preview'; promptId: string; mime: 'image/jpeg' | 'image/png'; bytes: Buffer }
  | { type: 'started'; promptId: string }
  | { type: 'ended'; promptId: string }
  | { type: 'closed' };
export type Settlement =
  | { kind: 'success'; images: ResultImage[] }
  | { kind: 'failed'; outOfMemory: boolean; exceptionType: string }
  | { kind: 'interrupted' };
export type Whereabouts = { at: 'running' } | { at: 'pending' } | { at: 'settled'; settlement: Settlement } | { at: 'absent' };
export type Connection = { clientId: string; close(): void };

/** One ComfyUI server. Requests reject with an error of `kind`: rejected, failed, unavailable, timedOut. */
export type Comfy = {
  readonly server: string;
  connect(onEvent: (event: ComfyEvent) => void): Promise<Connection>;
  upload(name: string, bytes: Buffer): Promise<string>;
  submit(request: { promptId: string; clientId: string; graph: object }): Promise<void>;
  locate(promptId: string): Promise<Whereabouts>;
  remove(promptId: string): Promise<void>;
  view(image: ResultImage): Promise<Buffer>;
  free(): Promise<void>;
  /** Resolves when the server answers within 5 s. */
  ask(): Promise<void>;
};
