import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Sequelize } from 'sequelize';
import type { Database as Connection, Statement } from 'sqlite3';
import type { Bind, Database, Row } from './connection.ts';

/**
 * Opens an SQLite file: for the writer with WAL and synchronous=FULL, for a reader with `query_only`.
 * Sequelize opens a connection per managed transaction on SQLite, and they lock each other out; so no transaction of Sequelize
 * is used: the writer says BEGIN and COMMIT itself on this instance.
 */
export async function openSqlite(path: string, role: 'writer' | 'reader'): Promise<Database> {
  if (role === 'writer' && path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = await open(path);
  if (role === 'writer') {
    await database.select('PRAGMA journal_mode = WAL');
    await database.run('PRAGMA synchronous = FULL');
  }
  await database.run('PRAGMA busy_timeout = 5000');
  if (role === 'reader') await database.run('PRAGMA query_only = ON');
  return database;
}

async function open(storage: string): Promise<Database> {
  const sequelize = new Sequelize({ dialect: 'sqlite', storage, logging: false });
  const connection = await connectionOf(sequelize);
  const statements = new Map<string, Promise<Statement>>();
  let closed = false;
  const prepared = async (sql: string): Promise<Statement> => {
    // A question that comes late must not keep a file open that nobody will close any more.
    if (closed) throw new Error('the database has been closed');
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
    faultOf: error => (faultsOfDatabase.includes((error as { code?: string }).code ?? '') ? 'database' : 'statement'),
    async close() {
      closed = true;
      await Promise.all([...statements.values()].map(async statement => finalize(await statement)));
      await sequelize.close();
    },
  };
}

const faultsOfDatabase = [
  ...['SQLITE_BUSY', 'SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_NOTADB', 'SQLITE_CORRUPT'],
];

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
