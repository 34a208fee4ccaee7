import type { AdminNotice, GrantNotice } from './admin.ts';
import type { DialogState } from './dialog.ts';
import type { HistoryNotice } from './history.ts';
import type { EndReason } from './job.ts';
import type { PromoNotice } from './promo.ts';
import type { RefundNotice } from './refund.ts';

/**
 * Everything that can be said to a person, as facts without words: the words are found when it is sent, in the person's
 * language, with the balance and the job as they are then.
 */
export type Notice =
  | { type: 'welcome'; points: number }
  | {
      type: 'greeting' | 'menu' | 'help' | 'balance' | 'languages' | 'languageSet' | 'cancelled' | 'failure';
    }
  /** `email` as it is shown, where one is known. */
  | { type: 'profile'; email?: string }
  | { type: 'categories' }
  | { type: 'presets'; category: string; page: number }
  | { type: 'presetCard'; presetId: number }
  | { type: 'askPrompt' | 'askPhotoForPrompt' | 'whatToDo' | 'promptLength' | 'albumTrimmed' }
  /** Something came that does not fit here; the words say what is awaited instead. */
  | { type: 'unexpected'; awaiting: DialogState }
  | { type: 'fileUnsuitable'; reason: 'not_a_picture' | 'animated' | 'too_heavy' }
  | { type: 'tooManyOpen'; limit: number }
  | { type: 'tooManyPerHour'; limit: number }
  | { type: 'slowDown' }
  | TopUpNotice
  | EmailNotice
  | HistoryNotice
  | PaymentNotice
  | SupportNotice
  | PromoNotice
  | AdminNotice
  | GrantNotice
  | BonusNotice
  | RefundNotice
  | { type: 'jobStatus'; jobId: string }
  | { type: 'jobResult'; jobId: string }
  | { type: 'jobRetry'; jobId: string }
  /** A refused edit was to be started again, and its preset is switched off; or there are still too few points. */
  | { type: 'presetGone' }
  | { type: 'pointsLacking'; jobId: string }
  /** `refunded` points went back, or nothing was taken. */
  | { type: 'jobEnded'; jobId: string; reason: EndReason; refunded: number };

/** The way to a payment. `topUpMethods`: the ways to pay for a sum. */
export type TopUpNotice =
  | { type: 'topUp' | 'askAmount' | 'amountUnclear' }
  | { type: 'topUpMethods'; rubles: number }
  | { type: 'tooManyPayments'; limit: number };

/** Where a receipt goes; `email` as it is shown. */
export type EmailNotice =
  | { type: 'askEmail'; rubles: number | null }
  | { type: 'emailUnclear' }
  | { type: 'emailSaved'; email: string };

/** What is said of a payment, as its row is when it is said; an `invoice` is to be paid where it stands. */
export type PaymentNotice = { type: 'paymentStatus' | 'invoice' | 'paymentSucceeded' | 'paymentEnded'; paymentId: string };

/** Help with a payment, with the ids of the last ones; and the terms. */
export type SupportNotice = { type: 'paysupport' | 'terms' };

/** `points` were given to everybody who was here of late. */
export type BonusNotice = { type: 'weeklyBonus'; points: number };

/** What a pressed button answers in its own bubble. */
export type Toast = 'stale' | 'cancelled' | 'alreadyDone' | 'notYours' | 'alreadyOrdered' | 'alreadyStarted' | 'slowDown';

/**
 * Results, money and failure words go before hints, hints before edits. Edits coalesce and are dropped rather than repeated. News
 * are for many people who have not asked: they go when nobody has anything else to be told, and stay in their rows until then.
 */
export type Rank = 'result' | 'hint' | 'edit' | 'news';

export const rankOrder: Readonly<Record<Rank, number>> = { result: 0, hint: 1, edit: 2, news: 3 };

/** A message on its way to a chat. Its id is chosen by its cause, so that the same cause never speaks twice. */
export type OutboxRow = {
  id: string;
  chatId: number;
  rank: Rank;
  notice: Notice;
  /** Set: change that message instead of sending one. A number is Telegram's message id, a text is the id of an outbox row. */
  edits: number | string | null;
  at: number;
};

export type OutboxState = 'pending' | 'sending' | 'sent' | 'dropped';
