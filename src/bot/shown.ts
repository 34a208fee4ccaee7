import type { PersonFacts, PersonView } from '../../db/queries.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import type { Freedom, HistoryPage, JobCard } from '../domain/history.ts';
import type { Job } from '../domain/job.ts';
import type { Resumable } from '../domain/offer.ts';
import type { Payment, TopUpTerms } from '../domain/payment.ts';
import type { InlineKeyboard, ReplyKeyboard } from './inline.ts';

export type Shown = { text: string; keyboard: InlineKeyboard | ReplyKeyboard | null };

/** What rendering needs to know beside the notice. Prices are points; `priceFor` is what this person pays. */
export type Surroundings = {
  person: PersonView;
  job: Job | undefined;
  payment: Payment | undefined;
  /**
   * How many points of that payment, or of an edit that was given back, went into what the person owed; of a refund, how many of
   * its points were on the balance.
   */
  repaid: number;
  /** The person that an admin is told of; undefined where there is none. */
  subject: (PersonView & { facts: PersonFacts }) | undefined;
  /** A page of the past, or an edit of theirs, where that is what is asked for. */
  history: HistoryPage | undefined;
  card: JobCard | undefined;
  /** The ids of their last payments, where that is what is asked for. */
  lastPayments: readonly string[];
  /** Whether a refund of that payment is under way, where an order of one is told of. */
  isRefundOpen: boolean;
  /** Their last edit, if it lacked points, where points that came are told of. */
  resumable: Resumable | undefined;
  /** Why edits are free for them; null for who pays. */
  freedom: Freedom | null;
  timeZone: string;
  catalogue: Catalogue;
  botName: string;
  supportContact: string | null;
  termsUrl: string | null;
  /** Null where nothing is sold. */
  topUp: TopUpTerms | null;
  /** What is played by stand-ins, and said to be. */
  practice: { pictures: boolean; payments: boolean };
  /** A link that starts the bot with `start`; null while its name is not known. */
  startLink(start: string): string | null;
  priceFor(userId: number, presetId: number | null): number;
};
