import { existsSync } from 'node:fs';
import type { Database } from './connection.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';
import { isPostgres, sqlitePath } from './url.ts';

export { type Bind, type Database, DatabaseUnusable, type Fault, type Row } from './connection.ts';

/**
 * Opens the database of a URL, or the SQLite file of a path, for the one writer: a commit survives a power cut. Nobody else may
 * share it.
 */
export const openWriter = (url: string, { patient = false } = {}): Promise<Database> =>
  isPostgres(url)
    ? openPostgres(url, { role: 'writer', statementTimeoutMs: patient ? 0 : statementTimeoutMs })
    : openSqlite(sqlitePath(url), 'writer');

/**
 * Opens the same for reading only: a reader never sees the rows of an unfinished batch. BEGIN on it holds one state still until
 * COMMIT. `patient`: for statements that take longer than any of the house's.
 */
export const openReader = (url: string, { patient = false } = {}): Promise<Database> =>
  isPostgres(url)
    ? openPostgres(url, { role: 'reader', statementTimeoutMs: patient ? 0 : statementTimeoutMs })
    : openSqlite(sqlitePath(url), 'reader');

/** Past this nobody is there any more. */
const statementTimeoutMs = 60_000;

/** Whether a house has ever been opened on it. Makes no file. */
export async function holdsHouse(url: string): Promise<boolean> {
  if (!isPostgres(url) && !existsSync(sqlitePath(url))) return false;
  const reader = await openReader(url);
  try {
    return (await reader.select('SELECT epoch FROM owner')).length === 1;
  } catch (error) {
    if (reader.faultOf(error) !== 'statement') throw error;
    return false;
  } finally {
    await reader.close();
  }
}
