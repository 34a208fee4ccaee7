/** The SQL type that a JSON value is read as. */
type ColumnType = 'TEXT' | 'BIGINT';
export type Columns = Readonly<Record<string, ColumnType>>;

/**
 * Statements over any number of rows with one value, a JSON array, so that a batch costs the same few statements whatever its
 * size.
 */
export const jsonRows = 'json_each($1)';

/** The numbers of a JSON array. Of texts it is `SELECT value FROM json_each($1)`. */
export const jsonNumbers = `SELECT CAST(value AS BIGINT) FROM ${jsonRows}`;

const field = ([name, type]: [string, ColumnType]): string =>
  type === 'TEXT' ? `value->>'${name}'` : `CAST(value->>'${name}' AS BIGINT)`;

/** `INSERT … SELECT` of all rows in `$1`; `onConflict` follows the rows. */
export const insertRows = (table: string, columns: Columns, onConflict = ''): string =>
  `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.entries(columns).map(field).join(', ')} FROM ${jsonRows} WHERE true ${onConflict}`;

/** The same where all rows have the number `$2` in `column`. */
export const insertRowsWith = (column: string, table: string, columns: Columns): string =>
  `INSERT INTO ${table} (${column}, ${Object.keys(columns).join(', ')}) SELECT CAST($2 AS BIGINT), ${Object.entries(columns).map(field).join(', ')} FROM ${jsonRows}`;

/** `UPDATE … FROM` of all rows in `$1` by `key`; a field that is absent or null keeps what is there. */
export const updateRows = (table: string, key: string, columns: Columns): string =>
  `UPDATE ${table} SET ${Object.entries(columns)
    .map(([name]) => `${name} = COALESCE(changes.${name}, ${table}.${name})`)
    .join(', ')} FROM (SELECT value->>'${key}' AS ${key}, ${Object.entries(columns)
    .map(column => `${field(column)} AS ${column[0]}`)
    .join(', ')} FROM ${jsonRows}) AS changes WHERE ${table}.${key} = changes.${key}`;

/** The replacing half of an upsert: every column but the key takes the new value. */
export const replaceOn = (key: string, columns: Columns): string =>
  `ON CONFLICT (${key}) DO UPDATE SET ${Object.keys(columns)
    .filter(name => name !== key)
    .map(name => `${name} = excluded.${name}`)
    .join(', ')}`;
