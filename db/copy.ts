import type { Bind, Database, Row } from './database.ts';
import { type Columns, insertRows } from './rows.ts';

/** A table of the house as PostgreSQL has it, and the columns that SQLite keeps its rows in order by. */
export type Table = { name: string; columns: Columns; key: readonly string[] };

const batchRows = 2_000;

/** All tables that hold what the house remembers, from SQLite's side; who owns the database is another matter. */
export async function tablesOf(source: Database, target: Database): Promise<Table[]> {
  const names = await source.select<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('migrations', 'owner') ORDER BY name`,
  );
  return Promise.all(
    names.map(async ({ name }) => {
      const keys = await source.select<{ name: string }>('SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk', name);
      return { name, columns: await columnsOf(target, name), key: keys.length > 0 ? keys.map(key => key.name) : ['rowid'] };
    }),
  );
}

async function columnsOf(target: Database, table: string): Promise<Columns> {
  const columns = await target.select<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
    table,
  );
  return Object.fromEntries(columns.map(({ name, type }) => [name, type === 'text' ? 'TEXT' : 'BIGINT']));
}

/** Copies all rows of a table, some at a time. */
export async function copyTable(source: Database, target: Database, { name, columns, key }: Table): Promise<void> {
  const insert = insertRows(name, columns);
  for await (const rows of pagesOf(source, name, Object.keys(columns), key)) await target.run(insert, JSON.stringify(rows));
}

/** The rows of a table in the order of its key, some at a time. */
export async function* pagesOf(
  source: Database,
  table: string,
  columns: readonly string[],
  key: readonly string[],
): AsyncGenerator<Row[]> {
  const sorted = key.join(', ');
  const keys = key.map((column, n) => `${column} AS key_${n}`);
  const select = `SELECT ${[...columns, ...keys].join(', ')} FROM ${table}`;
  const after = `(${sorted}) > (${key.map((_, n) => `$${n + 1}`).join(', ')})`;
  let last: Row | undefined;
  for (;;) {
    const rows: Row[] = last
      ? await source.select(`${select} WHERE ${after} ORDER BY ${sorted} LIMIT ${batchRows}`, ...lastKey(last, key))
      : await source.select(`${select} ORDER BY ${sorted} LIMIT ${batchRows}`);
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1);
  }
}

const lastKey = (row: Row, key: readonly string[]): Bind[] => key.map((_, n) => row[`key_${n}`] as Bind);

/** Keys that count by themselves go on behind the rows that were copied with theirs. */
export async function continueCounting(target: Database): Promise<void> {
  const counters = await target.select<{ name: string; column: string }>(
    `SELECT table_name AS name, column_name AS column FROM information_schema.columns
     WHERE table_schema = current_schema() AND is_identity = 'YES'`,
  );
  for (const { name, column } of counters)
    await target.run(`SELECT setval(pg_get_serial_sequence('${name}', '${column}'), (SELECT MAX(${column}) FROM ${name}))`);
}
