import { reservationOf, reservedStates } from './job.ts';
import { type AccountId, debtAccount, houseAccount, mayOverdraw, userAccount } from './ledger.ts';
import { creditId, providerAccount } from './payment-saga.ts';
import { takenId } from './refund-saga.ts';

/**
 * What a proof of the ledger demands of each row, beside the lines that it should agree with. Each rule returns what is wrong, in
 * words that name the row, or nothing.
 */

/** An account as it stands, null where there is none, and what its lines add up to. */
export type AccountProof = {
  id: AccountId;
  posted: number | null;
  reserved: number | null;
  overdraft: number | null;
  linesPosted: number;
  linesReserved: number;
};

export function flawsOfAccount({ id, posted, reserved, overdraft, linesPosted, linesReserved }: AccountProof): string[] {
  if (posted === null || reserved === null) return [`account ${id}: has lines, and no row`];
  return said(
    [posted !== linesPosted, `account ${id}: holds ${posted} points, its lines add up to ${linesPosted}`],
    [reserved !== linesReserved, `account ${id}: has ${reserved} points set aside, its open reservations are ${linesReserved}`],
    [!mayOverdraw(id) && posted < reserved, `account ${id}: has ${posted - reserved} points to spend, and must not be overdrawn`],
    [
      (overdraft === 1) !== mayOverdraw(id),
      `account ${id}: is marked as one that may ${overdraft === 1 ? '' : 'not '}be overdrawn`,
    ],
    [id.startsWith(debtAccount(0).slice(0, -1)) && posted > 0, `account ${id}: is a debt, and holds ${posted} points`],
  );
}

export const flawsOfTotal = (posted: number): string[] =>
  said([posted !== 0, `all accounts together hold ${posted} points, not 0`]);

type Line = { points: number; debit: AccountId; credit: AccountId };

/** A line that resolves a reservation, that reservation if there is one, and how many lines resolve it. */
export type ResolutionProof = { id: string; reservation: string; line: Line; reserve: Line | null; resolutions: number };

export function flawsOfResolution({ id, reservation, line, reserve, resolutions }: ResolutionProof): string[] {
  if (!reserve) return [`transfer ${id}: resolves ${reservation}, which is no reservation`];
  return said(
    [resolutions !== 1, `transfer ${id}: is one of ${resolutions} that resolve ${reservation}`],
    [!same(line, reserve), `transfer ${id}: moves ${words(line)}, its reservation ${words(reserve)}`],
  );
}

/** A job, its reservation, and how that was resolved; `id` null for a reservation whose job is not there. */
export type JobProof = {
  id: string | null;
  userId: number;
  state: 'received' | 'queued' | 'submitting' | 'completed' | 'failed' | 'cancelled' | 'refused';
  price: number;
  reservation: string | null;
  reserve: Line | null;
  resolved: 'post' | 'void' | null;
};

export function flawsOfJob({ id, userId, state, price, reservation, reserve, resolved }: JobProof): string[] {
  if (id === null) return [`transfer ${reservation}: is reserved for a job that is not there`];
  const job = `job ${id} (${state}, ${price} points)`;
  // One that was cancelled before its photo was there never had any.
  if (!reserve) return said([price > 0 && !['received', 'refused', 'cancelled'].includes(state), `${job}: has no reservation`]);
  if (price === 0 || state === 'received' || state === 'refused') return [`${job}: has the reservation ${reservationOf(id)}`];
  const due: Line = { points: price, debit: userAccount(userId), credit: houseAccount };
  const end = (reservedStates as readonly string[]).includes(state) ? null : state === 'completed' ? 'post' : 'void';
  return said(
    [!same(reserve, due), `${job}: its reservation is ${words(reserve)}, not ${words(due)}`],
    [resolved !== end, `${job}: its reservation is ${ended(resolved)}, not ${ended(end)}`],
  );
}

/** A payment, and the line of its credit. */
export type PaymentProof = {
  id: string;
  gateway: string;
  userId: number;
  state: string;
  points: number;
  providerId: string | null;
  credit: Line | null;
};

export function flawsOfPayment({ id, gateway, userId, state, points, providerId, credit }: PaymentProof): string[] {
  const payment = `payment ${id} (${state}, ${points} points)`;
  if (!credit) return said([state === 'succeeded', `${payment}: has no credit ${creditId(gateway, providerId ?? '?')}`]);
  const due: Line = { points, debit: providerAccount(gateway), credit: userAccount(userId) };
  return said(
    [state !== 'succeeded', `${payment}: has a credit of ${credit.points} points`],
    [!same(credit, due), `${payment}: its credit is ${words(credit)}, not ${words(due)}`],
  );
}

/** A refund, whose payment it is of, and the line of what it took. */
export type RefundProof = {
  id: string;
  gateway: string;
  userId: number | null;
  state: string;
  points: number;
  providerId: string | null;
  taken: Line | null;
};

export function flawsOfRefund({ id, gateway, userId, state, points, providerId, taken }: RefundProof): string[] {
  const refund = `refund ${id} (${state}, ${points} points)`;
  if (userId === null) return [`${refund}: has no payment`];
  if (!taken)
    return said([state === 'succeeded' && points > 0, `${refund}: took nothing as ${takenId(gateway, providerId ?? '?')}`]);
  const due: Line = { points, debit: debtAccount(userId), credit: providerAccount(gateway) };
  return said(
    [state !== 'succeeded', `${refund}: took ${taken.points} points`],
    [!same(taken, due), `${refund}: took ${words(taken)}, not ${words(due)}`],
  );
}

/** A line that says it is of a payment or a refund, and is of none. */
export const flawsOfStray = (id: string, of: 'payment' | 'refund'): string[] => [`transfer ${id}: belongs to no ${of}`];

const said = (...rules: readonly [isBroken: boolean, words: string][]): string[] =>
  rules.filter(([isBroken]) => isBroken).map(([, words]) => words);

const same = (a: Line, b: Line): boolean => a.points === b.points && a.debit === b.debit && a.credit === b.credit;
const words = ({ points, debit, credit }: Line): string => `${points} from ${debit} to ${credit}`;
const ended = (by: 'post' | 'void' | null): string => (by === 'post' ? 'posted' : by === 'void' ? 'void' : 'open');
