import { type Account, type AccountId, type Book, repay, settle, type TransferRow } from './ledger.ts';
import type { Guard, JournalEvent, UnitOutcome, Write, WriteUnit } from './unit.ts';

/**
 * What the database holds of everything that a batch of units asks about. `plan` works on these maps in memory; `states` is by
 * the id of a guarded row.
 */
export type Facts = Book & { states: Map<string, RowState> };
export type RowState = Guard['states'][number];

/** One outcome per unit, in order, and all rows of the batch. */
export type Plan = {
  outcomes: UnitOutcome[];
  events: JournalEvent[];
  writes: Write[];
  transfers: TransferRow[];
  accounts: Map<AccountId, Account>;
};

/**
 * Decides a batch of units one after the other, each seeing what those before it did, without any I/O: this is where
 * "exactly one of 20 photos is accepted" is decided. Changes `facts` as it goes.
 */
export function plan(units: readonly WriteUnit[], facts: Facts): Plan {
  const result: Plan = { outcomes: [], events: [], writes: [], transfers: [], accounts: new Map() };
  for (const unit of units) result.outcomes.push(planUnit(unit, facts, result));
  return result;
}

function planUnit(unit: WriteUnit, facts: Facts, result: Plan): UnitOutcome {
  const lost = guardLost(unit, facts);
  if (lost) return lost;
  const outcome = unit.movement ? movePoints(unit.movement, unit.repayment, facts, result) : ({ status: 'applied' } as const);
  if (outcome.status === 'repeated') return outcome;
  if (unit.event) result.events.push(unit.event);
  for (const write of (outcome.status === 'applied' ? unit.writes : unit.refused) ?? []) {
    noteState(write, facts);
    result.writes.push(write);
  }
  return outcome;
}

function guardLost({ guard }: WriteUnit, { states }: Facts): UnitOutcome | undefined {
  if (!guard) return undefined;
  const state = states.get(guard.id) ?? null;
  return state && (guard.states as readonly RowState[]).includes(state) ? undefined : { status: 'lost', state };
}

function movePoints(
  movement: NonNullable<WriteUnit['movement']>,
  repayment: WriteUnit['repayment'],
  facts: Facts,
  result: Plan,
): UnitOutcome {
  const outcome = settle(facts, movement);
  if (outcome.status !== 'applied') return outcome;
  noteTransfer(outcome.row, facts, result);
  const repaid = repayment && repay(facts, repayment, outcome.row.points);
  if (repaid) noteTransfer(repaid, facts, result);
  return { status: 'applied' };
}

function noteTransfer(row: TransferRow, { accounts }: Facts, result: Plan): void {
  result.transfers.push(row);
  for (const id of [row.debit, row.credit]) {
    const account = accounts.get(id);
    if (account) result.accounts.set(id, account);
  }
}

function noteState(write: Write, { states }: Facts): void {
  if (write.do === 'addJob') states.set(write.job.id, 'received');
  if (write.do === 'addPayment') states.set(write.payment.id, 'created');
  if (write.do === 'addRefund') states.set(write.refund.id, write.refund.state);
  if (write.do === 'setJob' || write.do === 'setPayment' || write.do === 'setRefund') states.set(write.id, write.state);
}
