import type { AdminCommand, AdminOutcome } from './admin.ts';
import type { FileRef } from './job.ts';
import type { TopUpTerms } from './payment.ts';
import type { Press } from './press.ts';
import type { PromoOutcome } from './promo.ts';

/** The buttons of the reply keyboard; they work in every state. Categories are named by their id. */
export type MenuButton = 'edit' | 'Styles' | 'Lighting' | 'Design' | 'ownPrompt' | 'balance' | 'topUp' | 'help' | 'profile';

export type Command =
  | 'start'
  | 'help'
  | 'menu'
  | 'balance'
  | 'profile'
  | 'cancel'
  | 'language'
  | 'history'
  | 'promo'
  | 'paysupport'
  | 'terms';

/** What a person did, without Telegram's envelope. */
export type Input =
  | { type: 'command'; command: Command; argument: string }
  /** Of an admin: from anyone else it is unsupported. */
  | { type: 'admin'; command: AdminCommand; argument: string }
  | { type: 'button'; button: MenuButton }
  | { type: 'text'; text: string }
  /** `press` is null for data that no button of ours carries. */
  | { type: 'press'; press: Press | null; messageId: number | null }
  | { type: 'photo'; file: FileRef; caption: string | null; messageId: number; group: string | null }
  | { type: 'unsuitableFile'; reason: 'not_a_picture' | 'animated' }
  | { type: 'unsupported' }
  | { type: 'blocked' | 'unblocked' }
  | { type: 'albumDue'; group: string }
  /** A link with a code that the person came by; see `promo-talk.ts`. */
  | { type: 'promoDue'; link: string }
  /** The photo of that job was of no use. */
  | { type: 'photoRefused'; jobId: string }
  /**
   * An input that the house could not make sense of: kept, so that it does not come again, and answered with regret. `wakeupId`:
   * what woke it.
   */
  | { type: 'failed'; wakeupId: string | null };

/** Who speaks, as Telegram says with each update. */
export type Sender = { username: string | null; firstName: string; languageCode: string | undefined };

/** A preset as it was when it was chosen. `price` is points, free for those who pay nothing. */
export type ChosenPreset = { id: number; category: string; prompt: string; workflow: string; price: number };

/** What a job would be made of, gathered when the event happened, so that replay asks nobody. */
export type Draft = {
  jobId: string;
  seed: number;
  deadlineAt: number;
  /** The preset that the event names or the dialog holds; null when it does not exist or is switched off. */
  preset: ChosenPreset | null;
  /** For an own prompt. */
  custom: { workflow: string; price: number };
  openJobs: number;
  limits: { openJobs: number; jobsPerHour: number };
};

/**
 * What is known of an edit that was refused for want of points and is to be started again; `balance` is what the person can
 * spend.
 */
export type Resume = { jobId: string; presetId: number | null; prompt: string; files: readonly FileRef[]; balance: number };

/** What a payment would be made of. */
export type TopUpDraft = TopUpTerms & { paymentId: string; openPayments: number; openMax: number };

/** How the attempt to cancel a job ended. */
export type Cancellation = 'cancelled' | 'final' | 'notYours';

/** A persisted fact: an input with its time, its new ids and whatever had to be asked. Unix milliseconds. */
export type PersonEvent = {
  at: number;
  /** Null for what did not come from Telegram. */
  updateId: number | null;
  userId: number;
  sender: Sender | null;
  input: Input;
  draft: Draft | null;
  cancellation: Cancellation | null;
  /** Left out where nothing about a payment was asked, or nothing is sold. */
  topUp?: TopUpDraft;
  /** Left out unless an edit of theirs is to be started again that was refused for want of points. */
  resume?: Resume;
  /** Left out where no code was tried. */
  promo?: PromoOutcome;
  /** Left out where no act of an admin was carried out. */
  admin?: AdminOutcome;
  initialPoints: number;
  messagesPerMinute: number;
};
