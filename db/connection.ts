export type Row = Record<string, unknown>;
export type Bind = string | number | null;

/**
 * Whose fault a failed statement is. `database`: a full disk, a lock that is held; every other statement would fail as well.
 * `connection`: nobody has answered, so that a COMMIT may or may not have been carried out.
 */
export type Fault = 'statement' | 'database' | 'connection';

/**
 * One connection that takes statements with `$1`-style values, one after the other. Statements are written as SQLite and
 * PostgreSQL share them, with SQLite's spelling where they do not; PostgreSQL's is made of it in `postgres-sql.ts`. Integers come
 * back as numbers.
 */
export type Database = {
  readonly dialect: 'sqlite' | 'postgres';
  select<Found extends Row>(sql: string, ...bind: Bind[]): Promise<Found[]>;
  run(sql: string, ...bind: Bind[]): Promise<void>;
  faultOf(error: unknown): Fault;
  close(): Promise<void>;
};

/** The database of a URL cannot be worked with: no such server, no such user, no rights. The message holds no password. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}
