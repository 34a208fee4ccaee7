import { Sequelize } from 'sequelize';
import { type Bind, type Database, DatabaseUnusable, type Fault, type Row } from './connection.ts';
import { postgresJson, postgresSql } from './postgres-sql.ts';

type Client = {
  query(query: {
    text: string;
    name?: string;
    values?: Bind[];
    types?: object;
    query_timeout?: number;
  }): Promise<{ rows: Row[] }>;
  on(event: 'error' | 'end', listener: () => void): void;
  connection: { stream: { destroy(): void } };
};
type Session = { client: Client; isLost: boolean };
type Statement = { text: string; name: string; kind: 'begin' | 'end' | 'other'; takesJson: boolean };

/** `statementTimeoutMs`: past it nobody is there any more; 0 for statements that may take as long as they like. */
export type PostgresOptions = { role: 'writer' | 'reader'; statementTimeoutMs: number };

/** Nobody has answered; or the connection went while a transaction was open, whose rest must not be written alone. */
class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/**
 * Opens a PostgreSQL database. Statements are prepared by name and carried out one after the other on one connection, which comes
 * back by itself: whatever follows its loss opens it anew, except the rest of a transaction that was lost with it.
 * Throws DatabaseUnusable where it cannot be opened.
 */
export async function openPostgres(url: string, options: PostgresOptions): Promise<Database> {
  const { current, close } = sessionsOf(url, options);
  const statementOf = statements();
  let transaction: Session | undefined;
  let before: Promise<unknown> = Promise.resolve();

  async function execute({ kind, name, text, takesJson }: Statement, bind: Bind[]): Promise<Row[]> {
    const lost = transaction?.isLost && kind !== 'begin';
    if (kind !== 'other') transaction = undefined;
    if (lost) throw new ConnectionLost('the connection was lost within a transaction');
    const session = await current();
    if (kind === 'begin') transaction = session;
    const values = takesJson ? bind.map(value => (typeof value === 'string' ? postgresJson(value) : value)) : bind;
    try {
      const query = { text, types, query_timeout: options.statementTimeoutMs };
      return (await session.client.query(values.length > 0 ? { ...query, name, values } : query)).rows;
    } catch (error) {
      if (isAnswer(error)) throw error;
      lose(session);
      throw new ConnectionLost((error as Error).message, { cause: error });
    }
  }

  const select = <Found extends Row>(sql: string, ...bind: Bind[]): Promise<Found[]> => {
    const rows = before.then(() => execute(statementOf(sql), bind));
    before = rows.catch(() => {});
    return rows as Promise<Found[]>;
  };
  await select('SELECT 1');
  return {
    ...{ dialect: 'postgres', select, faultOf },
    async run(sql, ...bind) {
      await select(sql, ...bind);
    },
    close() {
      before = before.then(close);
      return before as Promise<void>;
    },
  };
}

/**
 * The connection that is there, or a new one. It stays outside of Sequelize's pool: there a lost one may be handed out once more.
 */
function sessionsOf(url: string, options: PostgresOptions) {
  const sequelize = sequelizeOf(url);
  const { connectionManager } = sequelize as unknown as { connectionManager: ConnectionManager };
  let session: Session | undefined;
  let closed = false;
  const open = async (): Promise<Session> => {
    const client = await connectionManager.connect(connectionManager.config);
    const opened: Session = { client, isLost: false };
    for (const event of ['error', 'end'] as const) client.on(event, () => void (opened.isLost = true));
    await client.query({ text: settingsOf(options) }).catch(error => {
      lose(opened);
      throw error;
    });
    return opened;
  };
  return {
    async current(): Promise<Session> {
      if (closed) throw new Error('the database has been closed');
      if (!session || session.isLost)
        session = await open().catch((error: Error) => {
          throw new DatabaseUnusable(reasonOf(error), { cause: error });
        });
      return session;
    },
    async close(): Promise<void> {
      closed = true;
      if (session && !session.isLost) await connectionManager.disconnect(session.client);
      await sequelize.close();
    },
  };
}

type ConnectionManager = { config: object; connect(config: object): Promise<Client>; disconnect(client: Client): Promise<void> };

function lose(session: Session): void {
  session.isLost = true;
  session.client.connection.stream.destroy();
}

const sequelizeOf = (url: string): Sequelize =>
  new Sequelize(url.replace(/^[^:]*/, 'postgres'), {
    ...{ dialect: 'postgres', logging: false, pool: { max: 1 } },
    // Not asked of the server with a connection of its own; it decides nothing here.
    ...{ databaseVersion: '12.0.0' },
    dialectOptions: { keepAlive: true, connectionTimeoutMillis: 10_000 },
  });

/** A writer whose machine is gone lets go of what it locks; whoever waits for that waits a little longer. */
const settings = {
  writer: "SET synchronous_commit = on; SET idle_in_transaction_session_timeout = '30s'; SET lock_timeout = '40s'",
  reader: 'SET default_transaction_read_only = on; SET default_transaction_isolation = "repeatable read"',
  // What it does between two statements may take as long as they do; so whether its machine is gone is found out by asking it.
  patient: `SET idle_in_transaction_session_timeout = 0;
    SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3`,
} as const;

const settingsOf = ({ role, statementTimeoutMs }: PostgresOptions): string =>
  statementTimeoutMs === 0 ? `${settings[role]}; ${settings.patient}` : settings[role];

function statements(): (sql: string) => Statement {
  const known = new Map<string, Statement>();
  return sql => {
    let statement = known.get(sql);
    if (!statement) {
      const kind = /^BEGIN/.test(sql) ? 'begin' : /^(COMMIT|ROLLBACK)/.test(sql) ? 'end' : 'other';
      statement = { text: postgresSql(sql), name: `house_${known.size}`, kind, takesJson: sql.includes('json_each(') };
      known.set(sql, statement);
    }
    return statement;
  };
}

/**
 * Counts, sums and 64-bit columns as numbers: no point, sum or time of the house leaves 2^53. Everything else it reads is text.
 */
const numbers = new Set([20, 21, 23, 1700]);
const types = { getTypeParser: (oid: number) => (numbers.has(oid) ? Number : (text: string) => text) };

type Answer = { code: string };

/** What the server itself said, other than that it ends the connection. Everything else the driver or the network says. */
const isAnswer = (error: unknown): error is Answer =>
  'severity' in (error as object) && !/^(08|57P|25P03)/.test((error as Answer).code);

/** By the classes of https://www.postgresql.org/docs/current/errcodes-appendix.html. */
function faultOf(error: unknown): Fault {
  if (error instanceof ConnectionLost || error instanceof DatabaseUnusable) return 'connection';
  return isAnswer(error) && /^(25006|40|53|55|57|58|XX)/.test(error.code) ? 'database' : 'statement';
}

/** Attempts at every address of a name that fail have no message of their own. */
function reasonOf(error: Error & { parent?: Error }): string {
  const cause: Error & { code?: string } = error.parent ?? error;
  return cause.message || cause.code || 'it cannot be reached';
}
