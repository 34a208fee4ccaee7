/**
 * Double-entry points in two phases, after TigerBeetle: `reserve` sets points aside, `post` moves them, `void` gives them back;
 * `transfer` moves at once. The caller makes the id, so that a repeated movement is recognised and applied once.
 * Points are positive integers. The sum of `posted` over all accounts is always 0.
 */
export type AccountId = string;

export type Movement =
  | { kind: 'transfer' | 'reserve'; id: string; from: AccountId; to: AccountId; points: number; reason: string }
  | { kind: 'post' | 'void'; reservation: string };

/** An immutable line of the ledger. `reservation` names the reserve that a post or a void resolves. */
export type TransferRow = {
  id: string;
  kind: Movement['kind'];
  debit: AccountId;
  credit: AccountId;
  points: number;
  reservation: string | null;
  reason: string;
};

export type Account = { posted: number; reserved: number };

export type Refusal =
  | 'insufficient_points'
  /** The id was used before, with other fields. */
  | 'id_reused'
  | 'reservation_unknown'
  | 'already_posted'
  | 'already_voided';

/**
 * Follows a movement in the same transaction: as many points as `from` can spend and `to` owes. Where that is none, there is no
 * line; it is never a reason to refuse.
 */
export type Repayment = { id: string; from: AccountId; to: AccountId; reason: string };

/** The ledger's id of what a movement repaid. */
export const repaymentId = (movementId: string): string => `${movementId}:debt`;

/** What a person owes is repaid of what a movement brought them. */
export const repaymentAfter = (movementId: string, userId: number): Repayment => ({
  ...{ id: repaymentId(movementId), from: userAccount(userId), to: debtAccount(userId), reason: 'debt' },
});

export type MovementOutcome =
  | { status: 'applied'; row: TransferRow }
  | { status: 'repeated' }
  | { status: 'refused'; refusal: Refusal };

export const userAccount = (userId: number): AccountId => `user:${userId}`;
export const houseAccount: AccountId = 'house';
export const bonusAccount: AccountId = 'bonus';
/** Below zero by what the person owes: points of money that went back and that they had spent. Never above. */
export const debtAccount = (userId: number): AccountId => `debt:${userId}`;

/**
 * People and promo codes hold points that exist; the house, the bonus pot, the gateways and debts are where points come from and
 * go.
 */
export const mayOverdraw = (account: AccountId): boolean => !account.startsWith('user:') && !account.startsWith('promo:');

/** What can be spent: posted points less those set aside. The only balance anyone is ever shown. */
export const available = ({ posted, reserved }: Account): number => posted - reserved;
/** What an account that may be overdrawn lacks. */
export const owed = ({ posted }: Account): number => Math.max(0, -posted);

/** The accounts and the known lines that a batch of movements touches; `settle` works on it in memory. */
export type Book = {
  accounts: Map<AccountId, Account>;
  transfers: Map<string, TransferRow>;
  /** reservation id → the line that resolved it */
  resolutions: Map<string, TransferRow>;
};

export const emptyBook = (): Book => ({ accounts: new Map(), transfers: new Map(), resolutions: new Map() });

/**
 * Decides one movement and, if it applies, enters it into `book`. Throws RangeError for points that are no positive integer, and
 * for a balance that could not be counted exactly: the book is then of no use any more.
 */
export function settle(book: Book, movement: Movement): MovementOutcome {
  return 'id' in movement ? open(book, movement) : resolve(book, movement);
}

function open(book: Book, { kind, id, from, to, points, reason }: Extract<Movement, { id: string }>): MovementOutcome {
  if (!Number.isSafeInteger(points) || points <= 0) throw new RangeError(`points must be a positive integer, not ${points}`);
  const row: TransferRow = { id, kind, debit: from, credit: to, points, reservation: null, reason };
  const known = book.transfers.get(id);
  if (known) return sameFields(known, row) ? { status: 'repeated' } : { status: 'refused', refusal: 'id_reused' };
  const payer = accountOf(book, from);
  if (!mayOverdraw(from) && available(payer) < points) return { status: 'refused', refusal: 'insufficient_points' };
  if (kind === 'reserve') payer.reserved += points;
  else move(book, row);
  return enter(book, row);
}

function resolve(book: Book, { kind, reservation }: Extract<Movement, { reservation: string }>): MovementOutcome {
  const reserve = book.transfers.get(reservation);
  if (reserve?.kind !== 'reserve') return { status: 'refused', refusal: 'reservation_unknown' };
  const earlier = book.resolutions.get(reservation);
  if (earlier)
    return earlier.kind === kind
      ? { status: 'repeated' }
      : { status: 'refused', refusal: earlier.kind === 'post' ? 'already_posted' : 'already_voided' };
  accountOf(book, reserve.debit).reserved -= reserve.points;
  if (kind === 'post') move(book, reserve);
  const row: TransferRow = { ...reserve, id: `${reservation}:${kind}`, kind, reservation };
  book.resolutions.set(reservation, row);
  return enter(book, row);
}

/**
 * Enters a repayment after its movement, of `pointsMax`, has been applied: what the person had of other sources is left to them.
 * Undefined when there is nothing to pay, or nothing to pay with.
 */
export function repay(book: Book, { id, from, to, reason }: Repayment, pointsMax: number): TransferRow | undefined {
  const points = Math.min(pointsMax, available(accountOf(book, from)), owed(accountOf(book, to)));
  if (points <= 0) return undefined;
  const row: TransferRow = { id, kind: 'transfer', debit: from, credit: to, points, reservation: null, reason };
  move(book, row);
  enter(book, row);
  return row;
}

function move(book: Book, { debit, credit, points }: TransferRow): void {
  const [payer, payee] = [accountOf(book, debit), accountOf(book, credit)];
  payer.posted -= points;
  payee.posted += points;
  if (!Number.isSafeInteger(payer.posted) || !Number.isSafeInteger(payee.posted))
    throw new RangeError(`${points} points from ${debit} to ${credit} are too many to be counted exactly`);
}

function enter(book: Book, row: TransferRow): MovementOutcome {
  book.transfers.set(row.id, row);
  return { status: 'applied', row };
}

function accountOf(book: Book, id: AccountId): Account {
  let account = book.accounts.get(id);
  if (!account) book.accounts.set(id, (account = { posted: 0, reserved: 0 }));
  return account;
}

const sameFields = (a: TransferRow, b: TransferRow): boolean =>
  a.kind === b.kind && a.debit === b.debit && a.credit === b.credit && a.points === b.points;
