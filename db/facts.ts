import { type Account, emptyBook, type TransferRow } from '../src/domain/ledger.ts';
import type { Facts, RowState } from '../src/domain/plan.ts';
import type { Guard, WriteUnit } from '../src/domain/unit.ts';
import type { Database } from './database.ts';

/** Reads what the units of a batch ask about: the states of guarded rows, the ledger's lines and the accounts they touch. */
export async function loadFacts(database: Database, units: readonly WriteUnit[]): Promise<Facts> {
  const facts: Facts = { ...emptyBook(), states: new Map() };
  const { states, transfers, accounts } = questionsOf(units);
  for (const table of guardedTables) await loadStates(database, facts, states[table], table);
  if (transfers.size > 0) await loadTransfers(database, facts, transfers);
  for (const { debit, credit } of facts.transfers.values()) accounts.add(debit).add(credit);
  if (accounts.size > 0) await loadAccounts(database, facts, accounts);
  return facts;
}

const guardedTables = ['jobs', 'payments', 'refunds'] as const satisfies Guard['table'][];

/** The ids that a batch must know of, each once. A loop, for it runs for every movement of points. */
function questionsOf(units: readonly WriteUnit[]) {
  const states = { jobs: new Set<string>(), payments: new Set<string>(), refunds: new Set<string>() };
  const [transfers, accounts] = [new Set<string>(), new Set<string>()];
  for (const { guard, movement, repayment } of units) {
    if (guard) states[guard.table].add(guard.id);
    if (movement) transfers.add('id' in movement ? movement.id : movement.reservation);
    if (movement && 'id' in movement) accounts.add(movement.from).add(movement.to);
    if (repayment) accounts.add(repayment.from).add(repayment.to);
  }
  return { states, transfers, accounts };
}

const listOf = (ids: ReadonlySet<string>): string => JSON.stringify([...ids]);

async function loadStates(database: Database, { states }: Facts, ids: ReadonlySet<string>, table: Guard['table']): Promise<void> {
  if (ids.size === 0) return;
  const rows = await database.select<{ id: string; state: RowState }>(
    `SELECT id, state FROM ${table} WHERE id IN (SELECT value FROM json_each($1))`,
    listOf(ids),
  );
  for (const { id, state } of rows) states.set(id, state);
}

async function loadTransfers(database: Database, { transfers, resolutions }: Facts, ids: ReadonlySet<string>): Promise<void> {
  const rows = await database.select<TransferRow>(
    `SELECT id, kind, debit, credit, points, reservation, reason FROM transfers WHERE id IN (SELECT value FROM json_each($1))
     UNION SELECT id, kind, debit, credit, points, reservation, reason FROM transfers WHERE reservation IN (SELECT value FROM json_each($1))`,
    listOf(ids),
  );
  for (const row of rows) {
    transfers.set(row.id, row);
    if (row.reservation) resolutions.set(row.reservation, row);
  }
}

async function loadAccounts(database: Database, { accounts }: Facts, ids: ReadonlySet<string>): Promise<void> {
  const rows = await database.select<Account & { id: string }>(
    'SELECT id, posted, reserved FROM accounts WHERE id IN (SELECT value FROM json_each($1))',
    listOf(ids),
  );
  for (const { id, posted, reserved } of rows) accounts.set(id, { posted, reserved });
}
