/** All messages of the house and what the actors ask of the world. An actor knows no Telegram, HTTP or SQL: only these. */
import type { ActOrder, AdminOutcome } from '../src/domain/admin.ts';
import type { DueBonus } from '../src/domain/bonus.ts';
import type { ToldWait } from '../src/domain/expected-wait.ts';
import type { Attempt, EndReason, Job, JobOrder } from '../src/domain/job.ts';
import type { OutboxRow, OutboxState, Toast } from '../src/domain/notice.ts';
import type { Payment, PaymentOrder, ProviderPayment } from '../src/domain/payment.ts';
import type { Cancellation, Input, Sender } from '../src/domain/person-event.ts';
import type { ProviderRefund, RefundAnswer, RefundWish } from '../src/domain/refund.ts';
import type { Execution } from '../src/domain/retry.ts';
import type { Commit, UnitOutcome, WriteUnit } from '../src/domain/unit.ts';
import type { Language, Wakeup } from '../src/domain/user.ts';
import type { Ref } from './nact.ts';
import type { ComfyEvent, Connection, ResultImage, Whereabouts } from './world.ts';

/** One message of an actor, by its type. */
export type Of<Msg extends { type: string }, Type extends Msg['type']> = Extract<Msg, { type: Type }>;

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
export type LedgerMessage = { type: 'settle'; unit: WriteUnit; replyTo: Ref<LedgerAnswer> };

// — payments —

/**
 * What became of a word from outside. `foreign`: the gateway does not know it, or it is none of our orders; `unavailable`: tell
 * us again.
 */
export type Notified = 'booked' | 'foreign' | 'unavailable';

export type PaymentsMessage =
  | { type: 'start' }
  | { type: 'ordered'; payment: PaymentOrder }
  | { type: 'openPayments'; userId: number; replyTo: Ref<number> }
  /** Somebody says that something happened to a payment of a gateway: it is asked, and what it shows is booked. */
  | { type: 'notified'; gateway: string; providerId: string; replyTo: Ref<Notified> }
  | { type: 'again'; paymentId: string }
  /** What the gateway will be asked was handed in to be written, before it is asked. */
  | { type: 'requested'; paymentId: string; request: string; outcome: LedgerAnswer }
  /**
   * What a gateway shows, or says of itself by a way that only it can use. `paymentId`: the order that it was asked about; null
   * when it was asked by its own id only. `wentBack`: money of it went back, says somebody.
   */
  | {
      type: 'seen';
      gateway: string;
      seen: ProviderPayment;
      paymentId: string | null;
      replyTo: Ref<Notified> | null;
      wentBack?: boolean;
    }
  | { type: 'unseen'; paymentId: string | null; isRefused: boolean; replyTo: Ref<Notified> | null }
  | { type: 'booked'; payment: Payment; unit: WriteUnit; outcome: LedgerAnswer; replyTo: Ref<Notified> | null }
  /** Asks a gateway that keeps a list for what we were never told of. */
  | { type: 'lookBack'; gateway: string }
  | RefundMessage;

/** Of orders to give money back, and of money that went back without one. */
export type RefundMessage =
  /** An admin orders a refund; the same `refundId` again is the same refund. */
  | { type: 'refund'; wish: RefundWish; replyTo: Ref<RefundAnswer> }
  | { type: 'refundOrdered'; refundId: string; answer: RefundAnswer; outcome: LedgerAnswer }
  | { type: 'refundAgain'; refundId: string }
  /** `seen` null: the gateway certainly has none like it. */
  | { type: 'refundSeen'; refundId: string; seen: ProviderRefund | null }
  | { type: 'refundUnseen'; refundId: string }
  /** `pending`: the gateway's id of a refund that it works on; null where the row is final now. */
  | { type: 'refundBooked'; refundId: string; pending: string | null; outcome: LedgerAnswer }
  /** Money of a payment went back, says somebody: all refunds of it are asked for, and booked. */
  | { type: 'refunded'; gateway: string; providerId: string; replyTo: Ref<Notified> | null }
  /** Money went back of a success that is about to be credited. */
  | { type: 'wentBack'; payment: Payment; seen: ProviderPayment; replyTo: Ref<Notified> | null }
  | {
      type: 'refundsSeen';
      payment: Payment;
      seen: ProviderPayment;
      refunds: readonly ProviderRefund[];
      replyTo: Ref<Notified> | null;
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
  /** What was held against it may be over. */
  | { type: 'rested'; server: string }
  /** It is down, and will say so again each time it is found down. */
  | { type: 'gpuBusy'; server: string }
  /** It is known to be in its server, since its submission. */
  | { type: 'running'; jobId: string; since: number }
  | { type: 'progress'; jobId: string; value: number; max: number; preview: Buffer | null }
  | { type: 'executed'; jobId: string; execution: ExecutionReport }
  /**
   * A server lets go of a job before an attempt was written. `fault`: whose it is, if anybody's, that its photos are not there.
   */
  | { type: 'released'; jobId: string; server: string; fault: 'server' | 'photos' | null }
  | { type: 'fetched'; jobId: string; result: Fetched; report: ExecutionReport; tries: number }
  | { type: 'fetchAgain'; jobId: string; report: ExecutionReport; tries: number }
  | { type: 'waitAgain'; jobId: string }
  | { type: 'deadline'; jobId: string }
  | { type: 'gpuCrashed'; server: string };

/** A job found open at the start. `hasResult`: its picture is on disk already, and is not made again. */
export type Unfinished = { job: Job; lastAttempt: Attempt | null; hasResult: boolean };

/**
 * What became of a picture. `unavailable`: the server does not give it now; `unreachable`: it takes no connections; `unkept`: it
 * did give it, but our disk does not take it.
 */
export type Fetched = 'saved' | 'unusable' | 'unavailable' | 'unreachable' | 'unkept';

/** A step of the saga that was handed to the ledger; the answer comes as `stepped`. */
export type JobStep = 'queue' | 'refuse' | 'requeue' | 'complete' | 'fail' | 'cancel';

/**
 * `answered`: a server answered the submission, so it counts. `image` names the picture on the server; `attempts` is the last
 * number used.
 */
export type ExecutionReport = {
  execution: Execution;
  answered: boolean;
  image: ResultImage | null;
  server: string;
  attempts: number;
};

// — GPUs —

export type GpuMessage =
  /** `insteadOf`: the job that is prepared and gives way, if the photos of this one are there before its attempt is written. */
  | { type: 'run'; job: Job; attempts: number; insteadOf?: string | null }
  /** Gives a job back that is only prepared; one whose attempt is being written stays. */
  | { type: 'release'; jobId: string }
  /** An attempt of an earlier life: followed to its end, or stopped when it is `abandoned`. */
  | { type: 'adopt'; job: Job; attempt: Attempt; abandoned: boolean }
  | { type: 'drop'; jobId: string }
  | { type: 'uploaded'; jobId: string; photos: readonly string[] }
  /** `rejected`: the server will never take this picture; `photos`: we could not read it. */
  | { type: 'uploadFailed'; jobId: string; why: 'rejected' | 'server' | 'photos' }
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

/**
 * How a prompt ended on a server. `gone` is false when it could not be stopped and may still be running there; `isLast`: the
 * connection ends with it.
 */
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
  /** `wasThere`: the server was known to have it; should it have it no more, that was an attempt. */
  | { type: 'watch'; promptId: string; wasThere: boolean }
  | { type: 'drop'; promptId: string }
  | { type: 'event'; event: ComfyEvent }
  | { type: 'submitted'; promptId: string; result: 'accepted' | 'rejected' | 'partlyRejected' | 'unclear' | 'unreachable' }
  | { type: 'look'; promptId: string }
  | { type: 'found'; promptId: string; whereabouts: Whereabouts | { at: 'unknown' | 'unreachable' } }
  /** `timeoutAt`: the time that was set; it may have been given more since. */
  | { type: 'timeout'; promptId: string; timeoutAt: number };

// — acts of admins —

/** `unavailable`: nothing is known to be written; the same order may be handed in again. */
export type DeskMessage = { type: 'act'; order: ActOrder; replyTo: Ref<AdminOutcome | 'unavailable'> };

// — the weekly bonus —

export type BonusMessage =
  /** It may be due: the clock is asked. */
  | { type: 'wake' }
  | { type: 'due'; due: DueBonus | null }
  /** The row of the week was read. */
  | { type: 'looked'; due: DueBonus; isDone: boolean }
  | { type: 'next'; due: DueBonus }
  | { type: 'failed' };

// — what is said —

export type PendingRow = OutboxRow & { state: OutboxState; tries: number };
/** `seq` grows from one news to the next. */
export type NewsRow = PendingRow & { seq: number };
/** `doubts`: how often nobody knew whether it had arrived, in this life of the house. */
export type QueuedRow = OutboxRow & { tries: number; doubts: number };

export type OutboxMessage =
  | { type: 'start' }
  | { type: 'queued'; rows: readonly OutboxRow[] }
  /** Of passing interest only: the newest for a message replaces the one before, and nothing is kept. */
  | { type: 'live'; chatId: number; edits: string; job: JobProgress }
  | { type: 'delivered'; row: QueuedRow; delivery: Delivery }
  /** What was in doubt is said again. */
  | { type: 'again'; row: QueuedRow }
  | { type: 'liveDelivered'; chatId: number; delivery: Delivery }
  | { type: 'go'; chatId: number }
  | { type: 'goAll' }
  /** News were written: they are read from their rows as there is time for them. */
  | { type: 'news' }
  /** `after`: the `seq` that they follow. */
  | { type: 'newsRead'; after: number; rows: readonly NewsRow[] }
  /** Send nothing new; answers when nothing is on its way. */
  | { type: 'drain'; replyTo: Ref<'drained'> };

/**
 * What the status message shows beside the row of its job. `place` is 1 for the next; `wait` is left out when unknown; `part` is
 * 0 … 1.
 */
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

export type * from './gateway.ts';
export type * from './world.ts';
export type { Commit };
