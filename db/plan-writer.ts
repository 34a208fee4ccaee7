import type { Plan } from '../src/domain/plan.ts';
import type { Write } from '../src/domain/unit.ts';
import { grantBonus } from './bonus.ts';
import type { Database, Row } from './database.ts';
import { accountRow, rowsByStatement } from './plan-rows.ts';
import { type Statement, statements } from './tables.ts';

/**
 * Writes the rows of a plan, one statement per kind of row. `nextSeq` numbers what is said, in order. Returns the writes without
 * what had been said before.
 */
export async function writePlan(database: Database, planned: Plan, nextSeq: () => number, at: number): Promise<Write[]> {
  const put = async (statement: Statement, rows: readonly unknown[], ...bind: number[]): Promise<Row[]> =>
    rows.length > 0 ? database.select(statements[statement], JSON.stringify(rows), ...bind) : [];
  await put('journal', planned.events);
  const lines = put('transfers', planned.transfers, at);
  // Made while the lines are being written.
  const accounts = Array.from(planned.accounts, accountRow);
  await lines;
  await put('accounts', accounts);
  const said = new Set<unknown>();
  for (const [kind, rows] of Object.entries(rowsByStatement(planned.writes, nextSeq)))
    for (const { id } of await put(kind as Statement, rows)) said.add(id);
  // Last, for they move balances by what is added, from wherever the batch has left them.
  for (const write of planned.writes) if (write.do === 'grantBonus') await grantBonus(database, write.slice, nextSeq);
  return planned.writes.filter(write => write.do !== 'say' || said.delete(write.row.id));
}
