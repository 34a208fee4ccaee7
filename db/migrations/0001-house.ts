import type { Database } from '../database.ts';

/**
 * The rows that the house lives in. Plain SQL of the kind that SQLite and PostgreSQL share. Times are Unix milliseconds, points
 * and flags are integers. The database itself keeps the rules that money rests on: a balance of a person never below zero, a
 * reservation resolved once, an event of a journal written once.
 */
export async function up({ run }: Database): Promise<void> {
  for (const statement of statements) await run(statement);
}

const statements = [
  'CREATE TABLE owner (id INTEGER PRIMARY KEY CHECK (id = 1), epoch BIGINT NOT NULL, batches BIGINT NOT NULL)',
  'INSERT INTO owner (id, epoch, batches) VALUES (1, 0, 0)',

  `CREATE TABLE users (
    id BIGINT PRIMARY KEY, username TEXT, first_name TEXT NOT NULL, language TEXT NOT NULL,
    blocked INTEGER NOT NULL, created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL)`,

  'CREATE TABLE journal (key TEXT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (key, seq)) WITHOUT ROWID',
  'CREATE TABLE snapshots (key TEXT PRIMARY KEY, seq BIGINT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL) WITHOUT ROWID',

  `CREATE TABLE accounts (
    id TEXT PRIMARY KEY, posted BIGINT NOT NULL, reserved BIGINT NOT NULL, overdraft INTEGER NOT NULL,
    CHECK (reserved >= 0), CHECK (overdraft = 1 OR posted >= reserved)) WITHOUT ROWID`,
  `CREATE TABLE transfers (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('transfer', 'reserve', 'post', 'void')),
    debit TEXT NOT NULL, credit TEXT NOT NULL, points BIGINT NOT NULL CHECK (points > 0),
    reservation TEXT, reason TEXT NOT NULL, at BIGINT NOT NULL,
    CHECK ((reservation IS NULL) = (kind IN ('transfer', 'reserve'))))`,
  'CREATE UNIQUE INDEX transfers_resolve_once ON transfers (reservation) WHERE reservation IS NOT NULL',
  'CREATE INDEX transfers_of_debit ON transfers (debit, at)',
  'CREATE INDEX transfers_of_credit ON transfers (credit, at)',

  `CREATE TABLE jobs (
    id TEXT PRIMARY KEY, user_id BIGINT NOT NULL, state TEXT NOT NULL, preset_id BIGINT, prompt TEXT NOT NULL, workflow TEXT NOT NULL,
    seed BIGINT NOT NULL, price BIGINT NOT NULL, files TEXT NOT NULL, executions BIGINT NOT NULL, reason TEXT,
    created_at BIGINT NOT NULL, deadline_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  "CREATE INDEX jobs_open ON jobs (created_at) WHERE state IN ('received', 'queued', 'submitting')",
  'CREATE INDEX jobs_of_user ON jobs (user_id, created_at)',
  `CREATE TABLE attempts (
    job_id TEXT NOT NULL, n BIGINT NOT NULL, server TEXT NOT NULL, prompt_id TEXT NOT NULL UNIQUE, at BIGINT NOT NULL,
    PRIMARY KEY (job_id, n)) WITHOUT ROWID`,
  'CREATE INDEX attempts_of_server ON attempts (server, at)',

  `CREATE TABLE outbox (
    id TEXT PRIMARY KEY, seq BIGINT NOT NULL, chat_id BIGINT NOT NULL, rank TEXT NOT NULL, notice TEXT NOT NULL, edits TEXT,
    state TEXT NOT NULL, tries BIGINT NOT NULL, message_id BIGINT, at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  "CREATE INDEX outbox_open ON outbox (seq) WHERE state IN ('pending', 'sending')",
  'CREATE INDEX outbox_done ON outbox (updated_at)',
  'CREATE TABLE wakeups (id TEXT PRIMARY KEY, user_id BIGINT NOT NULL, kind TEXT NOT NULL, due BIGINT NOT NULL)',
  'CREATE INDEX wakeups_due ON wakeups (due)',
  'CREATE TABLE dead_updates (update_id BIGINT NOT NULL, at BIGINT NOT NULL, data TEXT NOT NULL)',

  `CREATE TABLE categories (
    id TEXT PRIMARY KEY, position BIGINT NOT NULL, emoji TEXT NOT NULL, name_ru TEXT NOT NULL, name_en TEXT NOT NULL)`,
  `CREATE TABLE presets (
    id INTEGER PRIMARY KEY, slug TEXT UNIQUE, category TEXT NOT NULL, position BIGINT NOT NULL, name_ru TEXT NOT NULL, name_en TEXT NOT NULL,
    description_ru TEXT NOT NULL, description_en TEXT NOT NULL, prompt TEXT NOT NULL, workflow TEXT, price BIGINT,
    is_active INTEGER NOT NULL, created_at BIGINT NOT NULL)`,
  'CREATE INDEX presets_of_category ON presets (category, position)',
];
