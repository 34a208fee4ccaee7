import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { QueryTypes, Sequelize } from 'sequelize';

export type Row = Record<string, unknown>;
type Bind = string | number | null;

/** One connection that takes statements with `$1`-style values, one after the other. */
export type Database = {
  readonly dialect: 'sqlite';
  readonly sequelize: Sequelize;
  select<Found extends Row>(sql: string, ...bind: Bind[]): Promise<Found[]>;
  run(sql: string, ...bind: Bind[]): Promise<void>;
  close(): Promise<void>;
};

/**
 * Opens the SQLite file of `path` for the one writer (WAL, synchronous=FULL: a commit survives a power cut).
 * Sequelize opens a connection per managed transaction on SQLite, and they lock each other out; so no transaction of Sequelize
 * is used: the writer says BEGIN and COMMIT itself on this instance, which nobody else may share.
 */
export async function openWriter(path: string): Promise<Database> {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = open(path);
  await database.select('PRAGMA journal_mode = WAL');
  await database.run('PRAGMA synchronous = FULL');
  await database.run('PRAGMA busy_timeout = 5000');
  return database;
}

/** Opens the same file for reading only: a reader never sees the rows of an unfinished batch. */
export async function openReader(path: string): Promise<Database> {
  const database = open(path);
  await database.run('PRAGMA busy_timeout = 5000');
  await database.run('PRAGMA query_only = ON');
  return database;
}

function open(storage: string): Database {
  const sequelize = new Sequelize({ dialect: 'sqlite', storage, logging: false });
  return {
    dialect: 'sqlite',
    sequelize,
    select: async <Found extends Row>(sql: string, ...bind: Bind[]) =>
      sequelize.query<Found>(sql, { bind, type: QueryTypes.SELECT, raw: true }),
    run: async (sql, ...bind) => {
      await sequelize.query(sql, { bind, type: QueryTypes.RAW, raw: true });
    },
    close: () => sequelize.close(),
  };
}

/** `sqlite:./x.db`, `sqlite:///./x.db` and `sqlite:////abs/x.db` as paths. */
export const sqlitePath = (url: string): string => url.replace(/^sqlite:(\/\/\/)?/, '');
