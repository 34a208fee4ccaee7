import type { BonusSlice } from './bonus.ts';
import type { Attempt, EndReason, JobOrder, JobState, MadeBy } from './job.ts';
import type { Movement, Refusal, Repayment } from './ledger.ts';
import type { OutboxRow, OutboxState } from './notice.ts';
import type { PaymentEnd, PaymentOrder, PaymentState } from './payment.ts';
import type { PromoCode } from './promo.ts';
import type { Refund, RefundState } from './refund.ts';
import type { UserRow, Wakeup } from './user.ts';

/** One row to write. A closed list: whatever is durable goes through here. */
export type Write =
  | { do: 'saveUser'; user: UserRow }
  | { do: 'setBlocked'; userId: number; blocked: boolean }
  | { do: 'addJob'; job: JobOrder }
  | ({ do: 'setJob'; id: string; at: number; state: JobState; reason?: EndReason; executions?: number } & Partial<MadeBy>)
  | { do: 'addAttempt'; attempt: Attempt }
  | { do: 'addPayment'; payment: PaymentOrder }
  | {
      do: 'setPayment';
      id: string;
      at: number;
      state: PaymentState;
      providerId?: string;
      confirmationUrl?: string;
      reason?: PaymentEnd;
    }
  /** What the gateway is asked, before it is asked for the first time. */
  | { do: 'setPaymentRequest'; id: string; at: number; request: string }
  | { do: 'addRefund'; refund: Refund }
  | { do: 'setRefund'; id: string; at: number; state: RefundState; providerId?: string; points?: number }
  /** `detail` holds no secret, no card and no e-mail. */
  | { do: 'logPayment'; paymentId: string | null; gateway: string; event: string; detail: string | null; at: number }
  | { do: 'audit'; id: string; byId: number; action: string; subject: string; detail: string | null; at: number }
  /** A code that is there already stays as it is. */
  | { do: 'addPromo'; promo: PromoCode }
  | { do: 'setUnlimited'; userId: number; unlimited: boolean }
  /** Points and words for many people at once, decided by the database: see `db/bonus.ts`. */
  | { do: 'grantBonus'; slice: BonusSlice }
  | { do: 'say'; row: OutboxRow }
  | { do: 'setOutbox'; id: string; at: number; state: OutboxState; messageId?: number; tries?: number }
  | { do: 'setWakeup'; wakeup: Wakeup }
  | { do: 'clearWakeup'; id: string }
  /** An update that could not be made an event of, as Telegram sent it: for the operator, so that nothing is lost. */
  | { do: 'keepUpdate'; updateId: number; data: string; at: number }
  /**
   * Forgets messages that were settled before a time, some at once: their words are in the chat, and nothing edits them any more.
   */
  | { do: 'forgetSettled'; before: number }
  | { do: 'saveSnapshot'; key: string; seq: number; data: string; at: number };

export type JournalEvent = { key: string; seq: number; data: string; at: number };

/** Rows that have a state, and may only leave it in certain ways. Their ids are UUIDs. */
export type Guard =
  | { table: 'jobs'; id: string; states: readonly JobState[] }
  | { table: 'payments'; id: string; states: readonly PaymentState[] }
  | { table: 'refunds'; id: string; states: readonly RefundState[] };

/**
 * Everything that must be true together, or not at all: an event, a movement of points and the rows that go with them.
 *
 * - `event` is appended to the journal; a taken (key, seq) fails the unit
 * - `guard` lets the unit through only while the row of that table is in one of the states; otherwise nothing is written
 * - `movement` decides between `writes` (it applied, or there is none) and `refused`
 * - `repayment` follows a movement that applied
 */
export type WriteUnit = {
  event?: JournalEvent;
  guard?: Guard;
  movement?: Movement;
  repayment?: Repayment;
  writes: readonly Write[];
  refused?: readonly Write[];
};

/**
 * `repeated`: the movement had been applied before, together with its rows; nothing is written again. `lost`: the guard did not
 * hold.
 */
export type UnitOutcome =
  | { status: 'applied' }
  | { status: 'repeated' }
  | { status: 'refused'; refusal: Refusal }
  | { status: 'lost'; state: JobState | PaymentState | RefundState | null };

/** Makes `unit` durable and says what became of it; rejects when nothing could be written. */
export type Commit = (unit: WriteUnit) => Promise<UnitOutcome>;
