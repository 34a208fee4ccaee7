import { isDeepStrictEqual } from 'node:util';
import { pagesOf, type Table } from './copy.ts';
import type { Database, Row } from './database.ts';

/** One line of the comparison: what was counted, what the source says and what the target says. */
export type Compared = { what: string; source: string; target: string };

/** What must be the same on both sides beside the number of rows. */
const sums: readonly (readonly [what: string, sql: string])[] = [
  ['accounts: points', 'SELECT SUM(posted) AS posted, SUM(reserved) AS reserved FROM accounts'],
  ['transfers: points', 'SELECT kind, COUNT(*) AS lines, SUM(points) AS points FROM transfers GROUP BY kind'],
  [
    'payments',
    'SELECT state, COUNT(*) AS orders, SUM(amount_minor) AS amount_minor, SUM(points) AS points FROM payments GROUP BY state',
  ],
  [
    'refunds',
    'SELECT state, COUNT(*) AS orders, SUM(amount_minor) AS amount_minor, SUM(points) AS points FROM refunds GROUP BY state',
  ],
  ['jobs', 'SELECT state, COUNT(*) AS jobs, SUM(price) AS points FROM jobs GROUP BY state'],
];

/** The number of rows of each table, the sums that money hangs on, and every account on its own. */
export async function compare(source: Database, target: Database, tables: readonly Table[]): Promise<Compared[]> {
  const compared: Compared[] = [];
  for (const { name } of tables)
    compared.push(await ask(`${name}: rows`, `SELECT COUNT(*) AS rows FROM ${name}`, source, target));
  for (const [what, sql] of sums) compared.push(await ask(what, sql, source, target));
  const others = await otherAccounts(source, target);
  return [...compared, { what: 'accounts that differ', source: '0', target: String(others) }];
}

async function ask(what: string, sql: string, source: Database, target: Database): Promise<Compared> {
  const [one, other] = [await source.select(sql), await target.select(sql)];
  return { what, source: words(one), target: words(other) };
}

/** The groups of an answer, in an order that does not depend on how a database sorts. */
const words = (rows: readonly Row[]): string =>
  rows
    .map(row => Object.entries(row).map(([name, value]) => (typeof value === 'string' ? value : `${name} ${value ?? 0}`)))
    .map(group => group.join(' '))
    .sort()
    .join(', ') || '–';

async function otherAccounts(source: Database, target: Database): Promise<number> {
  let different = 0;
  for await (const rows of pagesOf(source, 'accounts', ['id', 'posted', 'reserved', 'overdraft'], ['id'])) {
    const there = await target.select<Row & { id: string }>(
      'SELECT id, posted, reserved, overdraft FROM accounts WHERE id IN (SELECT value FROM json_each($1))',
      JSON.stringify(rows.map(({ id }) => id)),
    );
    const byId = new Map(there.map(row => [row.id, row]));
    for (const { key_0, ...row } of rows) if (!isDeepStrictEqual(row, byId.get(key_0 as string))) different++;
  }
  return different;
}
