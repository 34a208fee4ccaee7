import { type Account, emptyBook, type TransferRow } from '../src/domain/ledger.ts';
import type { Facts, RowState } from '../src/domain/plan.ts';
import type { WriteUnit } from '../src/domain/unit.ts';
import type { Database } from './database.ts';

/** Reads what the units of a batch ask about: the states of guarded rows, the ledger's lines and the accounts they touch. */
export async function loadFacts(database: Database, units: readonly WriteUnit[]): Promise<Facts> {
  const facts: Facts = { ...emptyBook(), states: new Map() };
  await loadStates(database, facts, units, 'jobs');
  await loadStates(database, facts, units, 'payments');
  await loadStates(database, facts, units, 'refunds');
  const movements = units.flatMap(({ movement }) => (movement ? [movement] : []));
  if (movements.length === 0) return facts;
  await loadTransfers(
    database,
    facts,
    unique(movements.map(movement => ('id' in movement ? movement.id : movement.reservation))),
  );
  const named = movements.flatMap(movement => ('id' in movement ? [movement.from, movement.to] : []));
  const repaid = units.flatMap(({ repayment }) => (repayment ? [repayment.from, repayment.to] : []));
  const resolved = [...facts.transfers.values()].flatMap(({ debit, credit }) => [debit, credit]);
  await loadAccounts(database, facts, unique([...named, ...repaid, ...resolved]));
  return facts;
}

async function loadStates(
  database: Database,
  { states }: Facts,
  units: readonly WriteUnit[],
  table: 'jobs' | 'payments' | 'refunds',
): Promise<void> {
  const ids = unique(units.flatMap(({ guard }) => (guard?.table === table ? [guard.id] : [])));
  if (ids.length === 0) return;
  const rows = await database.select<{ id: string; state: RowState }>(
    `SELECT id, state FROM ${table} WHERE id IN (SELECT value FROM json_each($1))`,
    JSON.stringify(ids),
  );
  for (const { id, state } of rows) states.set(id, state);
}

async function loadTransfers(database: Database, { transfers, resolutions }: Facts, ids: string[]): Promise<void> {
  const rows = await database.select<TransferRow>(
    `SELECT id, kind, debit, credit, points, reservation, reason FROM transfers WHERE id IN (SELECT value FROM json_each($1))
     UNION SELECT id, kind, debit, credit, points, reservation, reason FROM transfers WHERE reservation IN (SELECT value FROM json_each($1))`,
    JSON.stringify(ids),
  );
  for (const row of rows) {
    transfers.set(row.id, row);
    if (row.reservation) resolutions.set(row.reservation, row);
  }
}

async function loadAccounts(database: Database, { accounts }: Facts, ids: string[]): Promise<void> {
  const rows = await database.select<Account & { id: string }>(
    'SELECT id, posted, reserved FROM accounts WHERE id IN (SELECT value FROM json_each($1))',
    JSON.stringify(ids),
  );
  for (const { id, posted, reserved } of rows) accounts.set(id, { posted, reserved });
}

const unique = (ids: string[]): string[] => [...new Set(ids)];
