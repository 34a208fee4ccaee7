/** All messages of the house and what the actors ask of the world. An actor knows no Telegram, HTTP or SQL: only these. */
import type { ToldWait } from '../src/domain/expected-wait.ts';
import type { Attempt, EndReason, Job, JobOrder } from '../src/domain/job.ts';
import type { OutboxRow, OutboxState, Toast } from '../src/domain/notice.ts';
import type { Payment, PaymentOrder, ProviderPayment } from '../src/domain/payment.ts';
import type { Cancellation, ChosenPreset, Input, Sender } from '../src/domain/person-event.ts';
import type { Execution } from '../src/domain/retry.ts';
import type { Commit, UnitOutcome, WriteUnit } from '../src/domain/unit.ts';
import type { Language, Wakeup } from '../src/domain/user.ts';
import type { Ref } from './nact.ts';

// — what a person does —

/** `durable`: written, or recognised as written before; it may be acknowledged. `unavailable`: it must come again. */
export type Received = { status: 'durable'; language: Language; toast?: Toast } | { status: 'unavailable' };
export type UserMessage =
  | {
      type: 'receive';
      userId: number;
      updateId: number | null;
      sender: Sender | null;
      input: Input;
      replyTo: Ref<Received> | null;
    }
  /** Opens the person's account with the initial points, once; also for those who come by another door than the chat. */
  | { type: 'register'; userId: number; sender: Sender; replyTo: Ref<Received> };
export type UsersMessage = UserMessage;

// — points —

/** `failed`: nothing is known to be written; the same unit may be handed in again. */
export type LedgerAnswer = UnitOutcome | { status: 'failed' };
export type LedgerMessage = { type: 'settle'; unit: WriteUnit; replyTo: Ref<LedgerAnswer> } | { type: 'flush' };

// — payments —

/** What became of a word from outside. `foreign`: the gateway does not know it, or it is none of our orders; `unavailable`: tell us again. */
export type Notified = 'booked' | 'foreign' | 'unavailable';

export type PaymentsMessage =
  | { type: 'start' }
  | { type: 'ordered'; payment: PaymentOrder }
  | { type: 'openPayments'; userId: number; replyTo: Ref<number> }
  /** Somebody says that something happened to a payment of the gateway: it is asked, and what it shows is booked. */
  | { type: 'notified'; providerId: string; replyTo: Ref<Notified> }
  | { type: 'again'; paymentId: string }
  /** `paymentId`: the order that the gateway was asked about; null when it was asked by its own id only. */
  | { type: 'seen'; seen: ProviderPayment; paymentId: string | null; replyTo: Ref<Notified> | null }
  | { type: 'unseen'; paymentId: string | null; isRefused: boolean; replyTo: Ref<Notified> | null }
  | { type: 'booked'; payment: Payment; unit: WriteUnit; outcome: LedgerAnswer; replyTo: Ref<Notified> | null };

/** A gateway that takes money. Requests reject with an error of `kind`: `rejected` when asking again changes nothing, otherwise the outcome is unclear. */
export type Gateway = {
  readonly name: string;
  /** Orders a payment; the same order asked again is the same payment. */
  create(order: PaymentOrder): Promise<ProviderPayment>;
  /** `isAwaited`: somebody waits for the answer, so that it goes before what is only looked after. */
  read(providerId: string, isAwaited: boolean): Promise<ProviderPayment>;
  /** Takes money that is only held. */
  capture(providerId: string): Promise<ProviderPayment>;
};

// — jobs —

export type JobsMessage =
  | { type: 'start' }
  | { type: 'ordered'; job: JobOrder }
  | { type: 'openJobs'; userId: number; replyTo: Ref<number> }
  | { type: 'cancel'; jobId: string; userId: number; replyTo: Ref<Cancellation> }
  | { type: 'photoReady'; jobId: string }
  | { type: 'photoRefused'; jobId: string; reason: EndReason }
  | { type: 'photoUnavailable'; jobId: string }
  | { type: 'prepareAgain'; jobId: string }
  | { type: 'stepped'; jobId: string; step: JobStep; outcome: LedgerAnswer }
  | { type: 'payer'; userId: number }
  | { type: 'gpuFree'; server: string; idle: boolean }
  /** It is down, and will say so again each time it is found down. */
  | { type: 'gpuBusy'; server: string }
  /** It is known to be in its server, since its submission. */
  | { type: 'running'; jobId: string; since: number }
  | { type: 'progress'; jobId: string; value: number; max: number; preview: Buffer | null }
  | { type: 'executed'; jobId: string; execution: ExecutionReport }
  | { type: 'fetched'; jobId: string; result: Fetched; report: ExecutionReport; tries: number }
  | { type: 'fetchAgain'; jobId: string; report: ExecutionReport; tries: number }
  | { type: 'waitAgain'; jobId: string; head: boolean }
  | { type: 'deadline'; jobId: string }
  | { type: 'gpuCrashed'; server: string };

/** A job found open at the start. `hasResult`: its picture is on disk already, and is not made again. */
export type Unfinished = { job: Job; lastAttempt: Attempt | null; hasResult: boolean };

/** What became of a picture. `unavailable`: the server does not give it now; `unkept`: it did, but our disk does not take it. */
export type Fetched = 'saved' | 'unusable' | 'unavailable' | 'unkept';

/** A step of the saga that was handed to the ledger; the answer comes as `stepped`. */
export type JobStep = 'queue' | 'refuse' | 'requeue' | 'complete' | 'fail' | 'cancel';

/** `answered`: a server answered the submission, so it counts. `image` names the picture on the server; `attempts` is the last number used. */
export type ExecutionReport = {
  execution: Execution;
  answered: boolean;
  image: ResultImage | null;
  server: string;
  attempts: number;
};

// — GPUs —

export type GpuMessage =
  | { type: 'run'; job: Job; attempts: number }
  /** An attempt of an earlier life: followed to its end, or stopped when it is `abandoned`. */
  | { type: 'adopt'; job: Job; attempt: Attempt; abandoned: boolean }
  | { type: 'drop'; jobId: string }
  | { type: 'uploaded'; jobId: string; photos: readonly string[] }
  /** `rejected`: the server will never take this picture. */
  | { type: 'uploadFailed'; jobId: string; rejected: boolean }
  /** It was asked whether it is there, before this job, and did not answer. */
  | { type: 'silent'; jobId: string; error: Error }
  | { type: 'submittable'; jobId: string; promptId: string; committed: boolean }
  | { type: 'sessionReady' }
  | { type: 'sessionDown'; refused: boolean }
  /** Accepted, or found there. */
  | { type: 'sessionRunning'; promptId: string }
  | { type: 'sessionProgress'; promptId: string; value: number; max: number; preview: Buffer | null }
  /** The server says that it is over; how it went is being asked. */
  | { type: 'sessionEnding'; promptId: string }
  | ({ type: 'sessionEnded' } & SessionEnd)
  | { type: 'reopen' };

/** How a prompt ended on a server. `gone` is false when it could not be stopped and may still be running there; `isLast`: the connection ends with it. */
export type SessionEnd = { promptId: string; execution: Execution; answered: boolean; image: ResultImage | null } & Record<
  'gone' | 'isLast',
  boolean
>;

export type SessionMessage =
  | { type: 'connect' }
  | { type: 'connected'; connection: Connection }
  | { type: 'refused'; error: Error }
  /** The server does not answer although its connection stands. */
  | { type: 'suspected'; error: Error }
  | { type: 'execute'; promptId: string; graph: object }
  /** Follow a prompt that was submitted before; `drop` also stops it. */
  | { type: 'watch' | 'drop'; promptId: string }
  | { type: 'event'; event: ComfyEvent }
  | { type: 'submitted'; promptId: string; result: 'accepted' | 'rejected' | 'unclear' | 'unreachable' }
  | { type: 'look'; promptId: string }
  | { type: 'found'; promptId: string; whereabouts: Whereabouts | { at: 'unknown' | 'unreachable' } }
  | { type: 'timeout'; promptId: string };

// — what is said —

export type PendingRow = OutboxRow & { state: OutboxState; tries: number };
export type OutboxMessage =
  | { type: 'start' }
  | { type: 'queued'; rows: readonly OutboxRow[] }
  /** Of passing interest only: the newest for a message replaces the one before, and nothing is kept. */
  | { type: 'live'; chatId: number; edits: string; job: JobProgress }
  | { type: 'delivered'; row: OutboxRow & { tries: number }; delivery: Delivery }
  | { type: 'liveDelivered'; chatId: number; delivery: Delivery }
  | { type: 'go'; chatId: number }
  | { type: 'goAll' }
  /** Send nothing new; answers when nothing is on its way. */
  | { type: 'drain'; replyTo: Ref<'drained'> };

/** What the status message shows beside the row of its job. `place` is 1 for the next; `wait` is left out when unknown; `part` is 0 … 1. */
export type JobProgress = { jobId: string; place: number | null; wait?: ToldWait; part: number | null; preview: Buffer | null };

/**
 * How sending a message ended. `unsent`: it certainly did not arrive; `ambiguous`: it may have; `retryAfter`: Telegram says when;
 * `refused`: it never will (blocked: by the person); `stale`: what it says is no longer so.
 */
export type Delivery =
  | { kind: 'sent'; messageId: number | null }
  | { kind: 'unsent' }
  | { kind: 'ambiguous' }
  | { kind: 'retryAfter'; ms: number }
  | { kind: 'refused'; blocked: boolean }
  | { kind: 'stale' };

export type WakeupsMessage =
  | { type: 'start' }
  | { type: 'set'; wakeup: Wakeup }
  | { type: 'cleared'; id: string }
  | { type: 'due'; id: string };

// — the world, as the actors see it —

export type Clock = {
  now(): number;
  /** Calls back once after `ms`; the returned function forgets it. */
  after(ms: number, call: () => void): () => void;
};

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
  hasResult(jobId: string): Promise<boolean>;
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

export type { Commit };
