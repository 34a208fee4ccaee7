import { mayOverdraw } from '../src/domain/ledger.ts';
import type { Plan } from '../src/domain/plan.ts';
import type { Write } from '../src/domain/unit.ts';
import { grantBonus } from './bonus.ts';
import type { Database, Row } from './database.ts';
import { type Columns, insertRows, insertRowsWith, jsonNumbers, jsonRows, replaceOn, updateRows } from './rows.ts';

type Of<Do extends Write['do']> = Extract<Write, { do: Do }>;

const columns = {
  journal: { key: 'TEXT', seq: 'BIGINT', at: 'BIGINT', data: 'TEXT' },
  snapshots: { key: 'TEXT', seq: 'BIGINT', at: 'BIGINT', data: 'TEXT' },
  accounts: { id: 'TEXT', posted: 'BIGINT', reserved: 'BIGINT', overdraft: 'BIGINT' },
  transfers: {
    id: 'TEXT',
    kind: 'TEXT',
    debit: 'TEXT',
    credit: 'TEXT',
    points: 'BIGINT',
    reservation: 'TEXT',
    reason: 'TEXT',
  },
  users: {
    id: 'BIGINT',
    username: 'TEXT',
    first_name: 'TEXT',
    language: 'TEXT',
    blocked: 'BIGINT',
    created_at: 'BIGINT',
    seen_at: 'BIGINT',
  },
  jobs: {
    ...{
      id: 'TEXT',
      user_id: 'BIGINT',
      state: 'TEXT',
      preset_id: 'BIGINT',
      prompt: 'TEXT',
      workflow: 'TEXT',
      seed: 'BIGINT',
      price: 'BIGINT',
    },
    ...{ files: 'TEXT', executions: 'BIGINT', created_at: 'BIGINT', deadline_at: 'BIGINT', updated_at: 'BIGINT' },
  },
  attempts: { job_id: 'TEXT', n: 'BIGINT', server: 'TEXT', prompt_id: 'TEXT', at: 'BIGINT' },
  outbox: {
    ...{
      id: 'TEXT',
      seq: 'BIGINT',
      chat_id: 'BIGINT',
      rank: 'TEXT',
      notice: 'TEXT',
      edits: 'TEXT',
      state: 'TEXT',
      tries: 'BIGINT',
    },
    ...{ at: 'BIGINT', updated_at: 'BIGINT' },
  },
  payments: {
    ...{
      id: 'TEXT',
      user_id: 'BIGINT',
      gateway: 'TEXT',
      method: 'TEXT',
      amount_minor: 'BIGINT',
      currency: 'TEXT',
      points: 'BIGINT',
      email: 'TEXT',
      state: 'TEXT',
    },
    ...{ created_at: 'BIGINT', updated_at: 'BIGINT' },
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

const statements = {
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

/**
 * Writes the rows of a plan, one statement per kind of row. `nextSeq` numbers what is said, in order. Returns the writes without
 * what had been said before.
 */
export async function writePlan(database: Database, planned: Plan, nextSeq: () => number, at: number): Promise<Write[]> {
  const put = async (statement: keyof typeof statements, rows: readonly unknown[], ...bind: number[]): Promise<Row[]> =>
    rows.length > 0 ? database.select(statements[statement], JSON.stringify(rows), ...bind) : [];
  await put('journal', planned.events);
  const lines = put('transfers', planned.transfers, at);
  // Made while the lines are being written.
  const accounts = Array.from(planned.accounts, ([id, { posted, reserved }]) => accountRow(id, posted, reserved));
  await lines;
  await put('accounts', accounts);
  const said = new Set<unknown>();
  for (const [kind, rows] of Object.entries(rowsByStatement(planned.writes, nextSeq)))
    for (const { id } of await put(kind as keyof typeof statements, rows)) said.add(id);
  // Last, for they move balances by what is added, from wherever the batch has left them.
  for (const write of planned.writes) if (write.do === 'grantBonus') await grantBonus(database, write.slice, nextSeq);
  return planned.writes.filter(write => write.do !== 'say' || said.delete(write.row.id));
}

/** Rows by statement, in the order in which the statements must run. Of several changes of one row in a batch the last value counts. */
function rowsByStatement(
  writes: readonly Write[],
  nextSeq: () => number,
): Partial<Record<keyof typeof statements, readonly unknown[]>> {
  const of = <Do extends Write['do']>(kind: Do): Of<Do>[] => writes.filter((write): write is Of<Do> => write.do === kind);
  const people = latest(writes.filter(isOfPerson), write => String('user' in write ? write.user.id : write.userId));
  const flags = people.filter(write => write.do === 'setBlocked');
  const freed = latest(of('setUnlimited'), ({ userId }) => String(userId));
  const wakeups = latest(writes.filter(isWakeup), write => ('id' in write ? write.id : write.wakeup.id));
  return {
    users: latest(of('saveUser'), ({ user }) => String(user.id)).map(userRow),
    blocked: flags.filter(({ blocked }) => blocked).map(({ userId }) => userId),
    unblocked: flags.filter(({ blocked }) => !blocked).map(({ userId }) => userId),
    addJobs: of('addJob').map(jobRow),
    setJobs: merged(of('setJob')).map(({ at, waitMs: wait_ms, runMs: run_ms, ...change }) => ({
      ...change,
      ...{ wait_ms, run_ms, updated_at: at },
    })),
    attempts: of('addAttempt').map(({ attempt: { jobId: job_id, promptId: prompt_id, ...attempt } }) => ({
      job_id,
      prompt_id,
      ...attempt,
    })),
    addPayments: of('addPayment').map(paymentRow),
    setPayments: merged([...of('setPaymentRequest'), ...of('setPayment')] as PaymentChange[]).map(paymentChangeRow),
    addRefunds: of('addRefund').map(refundRow),
    setRefunds: merged(of('setRefund')).map(({ id, at, state, providerId, points }) => ({
      ...{ id, state, provider_id: providerId, points, updated_at: at },
    })),
    paymentLog: of('logPayment').map(({ paymentId: payment_id, do: _, ...entry }) => ({ payment_id, ...entry })),
    audit: of('audit').map(({ byId: by_id, do: _, ...entry }) => ({ by_id, ...entry })),
    promoCodes: of('addPromo').map(({ promo: { expiresAt: expires_at, byId: by_id, createdAt: created_at, ...promo } }) => ({
      ...{ ...promo, expires_at, by_id, created_at },
    })),
    unlimited: freed.filter(({ unlimited }) => unlimited).map(({ userId }) => userId),
    limited: freed.filter(({ unlimited }) => !unlimited).map(({ userId }) => userId),
    say: of('say').map(({ row }) => outboxRow(row, nextSeq())),
    setOutbox: merged(of('setOutbox')).map(({ at, messageId: message_id, ...change }) => ({
      ...change,
      message_id,
      updated_at: at,
    })),
    wakeups: wakeups.flatMap(write => ('wakeup' in write ? [{ ...write.wakeup, user_id: write.wakeup.userId }] : [])),
    sleep: wakeups.flatMap(write => ('id' in write ? [write.id] : [])),
    deadUpdates: of('keepUpdate').map(({ updateId: update_id, at, data }) => ({ update_id, at, data })),
    forgetSettled: of('forgetSettled').map(({ before }) => before),
    snapshots: latest(of('saveSnapshot'), ({ key }) => key),
  };
}

const accountRow = (id: string, posted: number, reserved: number) => ({
  ...{ id, posted, reserved, overdraft: mayOverdraw(id) ? 1 : 0 },
});

const userRow = ({
  user: { firstName: first_name, createdAt: created_at, seenAt: seen_at, blocked, ...user },
}: Of<'saveUser'>) => ({
  ...{ ...user, first_name, created_at, seen_at },
  blocked: blocked ? 1 : 0,
});

const jobRow = ({ job }: Of<'addJob'>) => ({
  ...{
    id: job.id,
    user_id: job.userId,
    state: 'received',
    preset_id: job.presetId,
    prompt: job.prompt,
    workflow: job.workflow,
    seed: job.seed,
  },
  ...{
    price: job.price,
    files: JSON.stringify(job.files),
    executions: 0,
    created_at: job.createdAt,
    deadline_at: job.deadlineAt,
  },
  updated_at: job.createdAt,
});

const paymentRow = ({
  payment: { userId: user_id, amountMinor: amount_minor, createdAt: created_at, ...payment },
}: Of<'addPayment'>) => ({
  ...{ ...payment, user_id, amount_minor, created_at, updated_at: created_at, state: 'created' },
});

type PaymentChange = { id: string; at: number } & Partial<Omit<Of<'setPayment'>, 'do'> & Omit<Of<'setPaymentRequest'>, 'do'>>;
const paymentChangeRow = ({ id, at, state, request, providerId, confirmationUrl, reason }: PaymentChange) => ({
  ...{ id, state, request, provider_id: providerId, confirmation_url: confirmationUrl, reason, updated_at: at },
});

const refundRow = ({
  refund: {
    paymentId: payment_id,
    amountMinor: amount_minor,
    providerId: provider_id,
    paidBy: paid_by,
    byId: by_id,
    createdAt: created_at,
    ...refund
  },
}: Of<'addRefund'>) => ({
  ...{ ...refund, payment_id, amount_minor, provider_id, paid_by, by_id, created_at, updated_at: created_at },
});

const outboxRow = ({ chatId, notice, edits, ...row }: Of<'say'>['row'], seq: number) => ({
  ...{ ...row, seq, chat_id: chatId, notice: JSON.stringify(notice), edits: edits === null ? null : String(edits) },
  ...{ state: 'pending', tries: 0, updated_at: row.at },
});

const latest = <W>(writes: readonly W[], key: (write: W) => string): W[] => [
  ...new Map(writes.map(write => [key(write), write])).values(),
];

/** Changes of one row in one batch as one change. */
function merged<W extends { id: string }>(writes: readonly W[]): W[] {
  const byId = new Map<string, W>();
  for (const write of writes) byId.set(write.id, { ...byId.get(write.id), ...write });
  return [...byId.values()];
}

const isOfPerson = (write: Write): write is Of<'saveUser'> | Of<'setBlocked'> =>
  write.do === 'saveUser' || write.do === 'setBlocked';
const isWakeup = (write: Write): write is Of<'setWakeup'> | Of<'clearWakeup'> =>
  write.do === 'setWakeup' || write.do === 'clearWakeup';
