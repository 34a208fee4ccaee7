/** Rows in every table of a house, whichever there are, and the rows of any of its tables as they compare. */
import type { Bind, Database } from '../db/database.ts';

/**
 * What the rules of a column leave no choice about, in the first row and in the second; every other column has something of its
 * own.
 */
const ruled: Readonly<Record<string, readonly [Bind, Bind]>> = {
  'accounts.reserved': [3, 0],
  'transfers.kind': ['post', 'transfer'],
  'payments.state': ['succeeded', 'created'],
  'refunds.state': ['succeeded', 'created'],
};

type Column = { name: string; type: string; needed: number; pk: number };

/** All tables of an SQLite house but its owner's, and the list of what has been migrated. */
export async function tablesIn(database: Database): Promise<string[]> {
  const tables = await database.select<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('migrations', 'owner')`,
  );
  return tables.map(({ name }) => name);
}

/** Adds two rows to every table: one in which every column holds something, and one in which whatever may be empty is. */
export async function fill(database: Database): Promise<void> {
  for (const table of await tablesIn(database)) {
    const columns = await database.select<Column>('SELECT name, type, "notnull" AS needed, pk FROM pragma_table_info($1)', table);
    const marks = columns.map((_, n) => `$${n + 1}`);
    for (const row of [0, 1] as const)
      await database.run(
        `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) VALUES (${marks.join(', ')})`,
        ...columns.map((column, n) => something(table, column, n, row)),
      );
  }
}

function something(table: string, { name, type, needed, pk }: Column, place: number, row: 0 | 1): Bind {
  const rule = ruled[`${table}.${name}`];
  if (rule) return rule[row];
  if (row === 1 && !needed && !pk) return null;
  if (type === 'TEXT') return `${table}.${name} ${row} «ж» ❄️ "\\n" \n'`;
  // What PostgreSQL keeps in 32 bits, and what it keeps in 64.
  return (type === 'INTEGER' ? 1_000 : 2 ** 40) + 100 * row + place;
}

/**
 * The rows of a table as texts, in an order that does not depend on how a database sorts; without the character that PostgreSQL
 * has no place for.
 */
export async function rowsIn({ select }: Pick<Database, 'select'>, table: string): Promise<string[]> {
  const kept = (value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value);
  const rows = await select(`SELECT * FROM ${table}`);
  return rows
    .map(row =>
      JSON.stringify(
        Object.entries(row)
          .map(([name, value]) => [name, kept(value)])
          .sort(),
      ),
    )
    .sort();
}
