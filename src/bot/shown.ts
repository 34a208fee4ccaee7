import type { PersonView } from '../../db/queries.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import type { Job } from '../domain/job.ts';
import type { Payment, TopUpTerms } from '../domain/payment.ts';
import type { InlineKeyboard, ReplyKeyboard } from './keyboards.ts';

export type Shown = { text: string; keyboard: InlineKeyboard | ReplyKeyboard | null };

/** What rendering needs to know beside the notice. Prices are points; `priceFor` is what this person pays. */
export type Surroundings = {
  person: PersonView;
  job: Job | undefined;
  payment: Payment | undefined;
  catalogue: Catalogue;
  botName: string;
  supportContact: string | null;
  /** Null where nothing is sold. */
  topUp: TopUpTerms | null;
  /** What is played by stand-ins, and said to be. */
  practice: { pictures: boolean; payments: boolean };
  priceFor(userId: number, presetId: number | null): number;
};
