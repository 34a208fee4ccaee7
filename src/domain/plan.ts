import type { JobState } from './job.ts';
import { type Account, type AccountId, type Book, settle, type TransferRow } from './ledger.ts';
import type { JournalEvent, UnitOutcome, Write, WriteUnit } from './unit.ts';

/** What the database holds of everything that a batch of units asks about. `plan` works on these maps in memory. */
export type Facts = Book & { jobStates: Map<string, JobState> };

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
  const outcome = unit.movement ? movePoints(unit.movement, facts, result) : ({ status: 'applied' } as const);
  if (outcome.status === 'repeated') return outcome;
  if (unit.event) result.events.push(unit.event);
  for (const write of (outcome.status === 'applied' ? unit.writes : unit.refused) ?? []) {
    noteJobState(write, facts);
    result.writes.push(write);
  }
  return outcome;
}

function guardLost({ guard }: WriteUnit, { jobStates }: Facts): UnitOutcome | undefined {
  if (!guard) return undefined;
  const state = jobStates.get(guard.jobId) ?? null;
  return state && guard.states.includes(state) ? undefined : { status: 'lost', state };
}

function movePoints(movement: NonNullable<WriteUnit['movement']>, facts: Facts, result: Plan): UnitOutcome {
  const outcome = settle(facts, movement);
  if (outcome.status !== 'applied') return outcome;
  result.transfers.push(outcome.row);
  for (const id of [outcome.row.debit, outcome.row.credit]) {
    const account = facts.accounts.get(id);
    if (account) result.accounts.set(id, account);
  }
  return { status: 'applied' };
}

function noteJobState(write: Write, { jobStates }: Facts): void {
  if (write.do === 'addJob') jobStates.set(write.job.id, 'received');
  if (write.do === 'setJob') jobStates.set(write.id, write.state);
}
