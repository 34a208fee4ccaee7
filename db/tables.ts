import { type Columns, insertRows, insertRowsWith, jsonNumbers, jsonRows, replaceOn, updateRows } from './rows.ts';

/** What a row of each table is written with; the columns that are known only later are set by updates. */
const columns = {
  journal: { key: 'TEXT', seq: 'BIGINT', at: 'BIGINT', data: 'TEXT' },
  snapshots: { key: 'TEXT', seq: 'BIGINT', at: 'BIGINT', data: 'TEXT' },
  accounts: { id: 'TEXT', posted: 'BIGINT', reserved: 'BIGINT', overdraft: 'BIGINT' },
  transfers: {
    ...{ id: 'TEXT', kind: 'TEXT', debit: 'TEXT', credit: 'TEXT', points: 'BIGINT', reservation: 'TEXT', reason: 'TEXT' },
  },
  users: {
    ...{ id: 'BIGINT', username: 'TEXT', first_name: 'TEXT', language: 'TEXT', blocked: 'BIGINT' },
    ...{ created_at: 'BIGINT', seen_at: 'BIGINT' },
  },
  jobs: {
    ...{ id: 'TEXT', user_id: 'BIGINT', state: 'TEXT', preset_id: 'BIGINT', prompt: 'TEXT', workflow: 'TEXT', seed: 'BIGINT' },
    ...{ price: 'BIGINT', files: 'TEXT', executions: 'BIGINT' },
    ...{ created_at: 'BIGINT', deadline_at: 'BIGINT', updated_at: 'BIGINT' },
  },
  attempts: { job_id: 'TEXT', n: 'BIGINT', server: 'TEXT', prompt_id: 'TEXT', at: 'BIGINT' },
  outbox: {
    ...{ id: 'TEXT', seq: 'BIGINT', chat_id: 'BIGINT', rank: 'TEXT', notice: 'TEXT', edits: 'TEXT' },
    ...{ state: 'TEXT', tries: 'BIGINT', at: 'BIGINT', updated_at: 'BIGINT' },
  },
  payments: {
    ...{ id: 'TEXT', user_id: 'BIGINT', gateway: 'TEXT', method: 'TEXT', amount_minor: 'BIGINT', currency: 'TEXT' },
    ...{ points: 'BIGINT', email: 'TEXT', state: 'TEXT', created_at: 'BIGINT', updated_at: 'BIGINT' },
  },
  refunds: {
    ...{ id: 'TEXT', payment_id: 'TEXT', gateway: 'TEXT', amount_minor: 'BIGINT', points: 'BIGINT', state: 'TEXT' },
    ...{ provider_id: 'TEXT', paid_by: 'TEXT', by_id: 'BIGINT', created_at: 'BIGINT', updated_at: 'BIGINT' },
  },
  payment_log: { payment_id: 'TEXT', gateway: 'TEXT', event: 'TEXT', detail: 'TEXT', at: 'BIGINT' },
  audit: { id: 'TEXT', by_id: 'BIGINT', action: 'TEXT', subject: 'TEXT', detail: 'TEXT', at: 'BIGINT' },
  promo_codes: { code: 'TEXT', points: 'BIGINT', uses: 'BIGINT', expires_at: 'BIGINT', by_id: 'BIGINT', created_at: 'BIGINT' },
  wakeups: { id: 'TEXT', user_id: 'BIGINT', kind: 'TEXT', due: 'BIGINT' },
  dead_updates: { update_id: 'BIGINT', at: 'BIGINT', data: 'TEXT' },
} as const satisfies Record<string, Columns>;

/** One for each kind of row, over any number of rows: a batch costs the same few statements whatever its size. */
export const statements = {
  journal: insertRows('journal', columns.journal),
  snapshots: insertRows('snapshots', columns.snapshots, replaceOn('key', columns.snapshots)),
  accounts: insertRows('accounts', columns.accounts, replaceOn('id', columns.accounts)),
  transfers: insertRowsWith('at', 'transfers', columns.transfers),
  users: insertRows('users', columns.users, replaceOn('id', columns.users)),
  blocked: `UPDATE users SET blocked = 1 WHERE id IN (${jsonNumbers})`,
  unblocked: `UPDATE users SET blocked = 0 WHERE id IN (${jsonNumbers})`,
  addJobs: insertRows('jobs', columns.jobs),
  setJobs: updateRows('jobs', 'id', {
    ...{ state: 'TEXT', reason: 'TEXT', executions: 'BIGINT', updated_at: 'BIGINT' },
    ...{ server: 'TEXT', wait_ms: 'BIGINT', run_ms: 'BIGINT' },
  }),
  attempts: insertRows('attempts', columns.attempts),
  addPayments: insertRows('payments', columns.payments),
  setPayments: updateRows('payments', 'id', {
    ...{ state: 'TEXT', request: 'TEXT', provider_id: 'TEXT', confirmation_url: 'TEXT', reason: 'TEXT', updated_at: 'BIGINT' },
  }),
  addRefunds: insertRows('refunds', columns.refunds),
  setRefunds: updateRows('refunds', 'id', { state: 'TEXT', provider_id: 'TEXT', points: 'BIGINT', updated_at: 'BIGINT' }),
  paymentLog: insertRows('payment_log', columns.payment_log),
  audit: insertRows('audit', columns.audit, 'ON CONFLICT (id) DO NOTHING'),
  promoCodes: insertRows('promo_codes', columns.promo_codes, 'ON CONFLICT (code) DO NOTHING'),
  unlimited: `UPDATE users SET unlimited = 1 WHERE id IN (${jsonNumbers})`,
  limited: `UPDATE users SET unlimited = 0 WHERE id IN (${jsonNumbers})`,
  say: insertRows('outbox', columns.outbox, 'ON CONFLICT (id) DO NOTHING RETURNING id'),
  setOutbox: updateRows('outbox', 'id', { state: 'TEXT', message_id: 'BIGINT', tries: 'BIGINT', updated_at: 'BIGINT' }),
  wakeups: insertRows('wakeups', columns.wakeups, replaceOn('id', columns.wakeups)),
  deadUpdates: insertRows('dead_updates', columns.dead_updates),
  forgetSettled: `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state IN ('sent', 'dropped')
    AND updated_at < (SELECT MAX(CAST(value AS BIGINT)) FROM ${jsonRows}) ORDER BY updated_at LIMIT 50000)`,
  sleep: `DELETE FROM wakeups WHERE id IN (SELECT value FROM ${jsonRows})`,
} as const;

export type Statement = keyof typeof statements;
