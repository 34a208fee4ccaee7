import type { FileRef } from './job.ts';
import type { PaymentMethod } from './payment.ts';
import type { Language } from './user.ts';

/** Where a person is in the conversation. */
export type Dialog =
  | {
      at: 'main_menu' | 'select_preset_category' | 'awaiting_custom_prompt' | 'viewing_profile';
    }
  | { at: 'select_preset'; category: string }
  | { at: 'awaiting_image_for_preset'; presetId: number }
  | { at: 'awaiting_image_for_custom'; prompt: string }
  /** A sum of their own, or a code. Asked in passing: `back` is where the person was; journals of earlier versions do not say. */
  | { at: 'awaiting_payment' | 'awaiting_promo'; back?: Dialog }
  /** For the receipt of an order, or for later ones. */
  | { at: 'awaiting_email'; order: { rubles: number; method: PaymentMethod } | null; back: Dialog };

export type DialogState = Dialog['at'];

/** Pictures of one album that have come so far. */
export type Album = { group: string; items: readonly { messageId: number; file: FileRef }[]; caption: string | null };

/** All that a person's actor remembers. Small on purpose: it is kept in memory for everyone who is awake. */
export type PersonState = {
  /** They have pressed /start and were welcomed. */
  started: boolean;
  dialog: Dialog;
  /** Photos that came before it was said what to do with them. */
  photos: readonly FileRef[] | null;
  albums: readonly Album[];
  /** Albums that were dealt with; a late item of one starts nothing. */
  closedAlbums: readonly string[];
  /** What was ordered last, and where the dialog stood then: should its photo be of no use, another can follow at once. */
  lastOrder: { jobId: string; dialog: Dialog } | null;
  /** Messages on which a payment was ordered. */
  orderedFrom?: readonly number[];
  /** Edits that were refused for want of points and started again. */
  resumed?: readonly string[];
  /** The one of them whose photo and wish a limit keeps back. */
  keptFor?: string | null;
  /** Where fiscal receipts go. */
  email?: string;
  /**
   * Links with a code that the person came by and that were not looked at yet, and when wrong codes were tried within the last
   * hour.
   */
  promoLinks?: readonly string[];
  wrongCodesAt?: readonly number[];
  /** When jobs were ordered within the last hour. */
  orderedAt: readonly number[];
  /** The last update ids seen: a set, for Telegram starts anew at a random number after a quiet week. */
  updates: readonly number[];
  /** The minute now counted for the rate limit. */
  minute: { startedAt: number; messages: number; told: boolean };
  profile: Profile | null;
};

/** What Telegram says of the person, and the language they chose. `seenDay` counts days since 1970. */
export type Profile = {
  username: string | null;
  firstName: string;
  language: Language;
  blocked: boolean;
  createdAt: number;
  seenDay: number;
};

export const newPerson: PersonState = {
  started: false,
  dialog: { at: 'main_menu' },
  photos: null,
  albums: [],
  closedAlbums: [],
  lastOrder: null,
  orderedAt: [],
  updates: [],
  minute: { startedAt: 0, messages: 0, told: false },
  profile: null,
};

/** In characters as a person counts them, not in units of UTF-16. */
export const promptLengthMax = 500;
export const promptLength = (prompt: string): number => [...prompt].length;
export const photosMax = 3;
/** Telegram lets a bot fetch 20 MB; the house takes 10. */
export const photoBytesMax = 10 * 1024 * 1024;
export const albumPauseMs = 1_000;
export const updatesKept = 256;
