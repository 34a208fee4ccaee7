import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Sequelize } from 'sequelize';
import type { Database as Connection, Statement } from 'sqlite3';

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
  const database = await open(path);
  await database.select('PRAGMA journal_mode = WAL');
  await database.run('PRAGMA synchronous = FULL');
  await database.run('PRAGMA busy_timeout = 5000');
  return database;
}

/** Opens the same file for reading only: a reader never sees the rows of an unfinished batch. */
export async function openReader(path: string): Promise<Database> {
  const database = await open(path);
  await database.run('PRAGMA busy_timeout = 5000');
  await database.run('PRAGMA query_only = ON');
  return database;
}

async function open(storage: string): Promise<Database> {
  const sequelize = new Sequelize({ dialect: 'sqlite', storage, logging: false });
  const connection = await connectionOf(sequelize);
  const statements = new Map<string, Promise<Statement>>();
  const prepared = (sql: string): Promise<Statement> => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = prepare(connection, sql);
      statements.set(sql, statement);
      statement.catch(() => statements.delete(sql));
    }
    return statement;
  };
  return {
    dialect: 'sqlite',
    sequelize,
    async select<Found extends Row>(sql: string, ...bind: Bind[]) {
      const statement = await prepared(sql);
      return new Promise<Found[]>((resolve, reject) =>
        statement.all<Found>(named(bind), (error, rows) => (error ? reject(error) : resolve(rows))),
      );
    },
    async run(sql, ...bind) {
      const statement = await prepared(sql);
      return new Promise<void>((resolve, reject) => statement.run(named(bind), error => (error ? reject(error) : resolve())));
    },
    async close() {
      await Promise.all([...statements.values()].map(async statement => finalize(await statement)));
      await sequelize.close();
    },
  };
}

/** `$1` is the first value wherever it stands in the statement; SQLite itself would count the names in the order they appear. */
const named = (bind: readonly Bind[]): Record<string, Bind> => Object.fromEntries(bind.map((value, n) => [`$${n + 1}`, value]));

/** Without a callback a statement that cannot be prepared would end the process. */
const prepare = (connection: Connection, sql: string): Promise<Statement> =>
  new Promise((resolve, reject) => {
    const statement = connection.prepare(sql, error => (error ? reject(error) : resolve(statement)));
  });

const finalize = (statement: Statement): Promise<void> => new Promise(resolve => statement.finalize(() => resolve()));

/**
 * Sequelize's own connection, spoken to directly: the house's statements are prepared once and take any number of rows, and what
 * Sequelize does around each query would cost as much as the query.
 */
const connectionOf = (sequelize: Sequelize): Promise<Connection> =>
  (sequelize.connectionManager as unknown as { getConnection(options: object): Promise<Connection> }).getConnection({
    type: 'write',
    uuid: 'default',
  });

/** `sqlite:./x.db`, `sqlite:///./x.db` and `sqlite:////abs/x.db` as paths. */
export const sqlitePath = (url: string): string => url.replace(/^sqlite:(\/\/\/)?/, '');
