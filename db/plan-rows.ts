import { type Account, type AccountId, mayOverdraw } from '../src/domain/ledger.ts';
import type { Write } from '../src/domain/unit.ts';
import type { Statement } from './tables.ts';

type Of<Do extends Write['do']> = Extract<Write, { do: Do }>;
type Writes = readonly Write[];
type Rows = Partial<Record<Statement, readonly unknown[]>>;

/**
 * Rows by statement, in the order in which the statements must run. Of several changes of one row in a batch the last value
 * counts.
 */
export const rowsByStatement = (writes: Writes, nextSeq: () => number): Rows => ({
  ...rowsOfPeople(writes),
  ...rowsOfJobs(writes),
  ...rowsOfPayments(writes),
  ...rowsOfAdmins(writes),
  ...rowsOfOutbox(writes, nextSeq),
  ...rowsOfWakeups(writes),
  deadUpdates: of(writes, 'keepUpdate').map(({ updateId: update_id, at, data }) => ({ update_id, at, data })),
  forgetSettled: of(writes, 'forgetSettled').map(({ before }) => before),
  snapshots: latest(of(writes, 'saveSnapshot'), ({ key }) => key),
});

/**
 * A saved row says itself whether its person has blocked the bot, so that a flag counts only where nothing was saved after it.
 */
function rowsOfPeople(writes: Writes): Rows {
  const ofPeople = writes.filter(write => write.do === 'saveUser' || write.do === 'setBlocked');
  const last = latest(ofPeople, write => String('user' in write ? write.user.id : write.userId));
  const flags = last.filter(write => write.do === 'setBlocked');
  return {
    users: latest(of(writes, 'saveUser'), ({ user }) => String(user.id)).map(userRow),
    blocked: flags.filter(({ blocked }) => blocked).map(({ userId }) => userId),
    unblocked: flags.filter(({ blocked }) => !blocked).map(({ userId }) => userId),
  };
}

const rowsOfJobs = (writes: Writes): Rows => ({
  addJobs: of(writes, 'addJob').map(jobRow),
  setJobs: merged(of(writes, 'setJob')).map(({ at, waitMs: wait_ms, runMs: run_ms, ...change }) => ({
    ...{ ...change, wait_ms, run_ms, updated_at: at },
  })),
  attempts: of(writes, 'addAttempt').map(({ attempt: { jobId: job_id, promptId: prompt_id, ...attempt } }) => ({
    ...{ job_id, prompt_id, ...attempt },
  })),
});

/** Of payments and of their refunds. */
const rowsOfPayments = (writes: Writes): Rows => ({
  addPayments: of(writes, 'addPayment').map(paymentRow),
  setPayments: merged<PaymentChange>([...of(writes, 'setPaymentRequest'), ...of(writes, 'setPayment')]).map(paymentChangeRow),
  addRefunds: of(writes, 'addRefund').map(refundRow),
  setRefunds: merged(of(writes, 'setRefund')).map(({ id, at, state, providerId, points }) => ({
    ...{ id, state, provider_id: providerId, points, updated_at: at },
  })),
  paymentLog: of(writes, 'logPayment').map(({ paymentId: payment_id, do: _, ...entry }) => ({ payment_id, ...entry })),
});

/** Of what admins order, and the log of it. */
function rowsOfAdmins(writes: Writes): Rows {
  const freed = latest(of(writes, 'setUnlimited'), ({ userId }) => String(userId));
  return {
    audit: of(writes, 'audit').map(({ byId: by_id, do: _, ...entry }) => ({ by_id, ...entry })),
    promoCodes: of(writes, 'addPromo').map(promoRow),
    unlimited: freed.filter(({ unlimited }) => unlimited).map(({ userId }) => userId),
    limited: freed.filter(({ unlimited }) => !unlimited).map(({ userId }) => userId),
  };
}

const rowsOfOutbox = (writes: Writes, nextSeq: () => number): Rows => ({
  say: of(writes, 'say').map(({ row }) => outboxRow(row, nextSeq())),
  setOutbox: merged(of(writes, 'setOutbox')).map(({ at, messageId: message_id, ...change }) => ({
    ...{ ...change, message_id, updated_at: at },
  })),
});

function rowsOfWakeups(writes: Writes): Rows {
  const ofWakeups = writes.filter(write => write.do === 'setWakeup' || write.do === 'clearWakeup');
  const last = latest(ofWakeups, write => ('id' in write ? write.id : write.wakeup.id));
  return {
    wakeups: last.flatMap(write => ('wakeup' in write ? [{ ...write.wakeup, user_id: write.wakeup.userId }] : [])),
    sleep: last.flatMap(write => ('id' in write ? [write.id] : [])),
  };
}

/** Of an account that has moved, as the batch leaves it. */
export const accountRow = ([id, { posted, reserved }]: [AccountId, Account]) => ({
  ...{ id, posted, reserved, overdraft: mayOverdraw(id) ? 1 : 0 },
});

const userRow = ({ user: { firstName, createdAt, seenAt, blocked, ...user } }: Of<'saveUser'>) => ({
  ...{ ...user, first_name: firstName, created_at: createdAt, seen_at: seenAt, blocked: blocked ? 1 : 0 },
});

const jobRow = ({ job }: Of<'addJob'>) => ({
  ...{ id: job.id, user_id: job.userId, state: 'received', preset_id: job.presetId, prompt: job.prompt },
  ...{ workflow: job.workflow, seed: job.seed, price: job.price, files: JSON.stringify(job.files), executions: 0 },
  ...{ created_at: job.createdAt, deadline_at: job.deadlineAt, updated_at: job.createdAt },
});

const paymentRow = ({ payment: { userId, amountMinor, createdAt, ...payment } }: Of<'addPayment'>) => ({
  ...{ ...payment, user_id: userId, amount_minor: amountMinor, state: 'created' },
  ...{ created_at: createdAt, updated_at: createdAt },
});

type PaymentChange = { id: string; at: number } & Partial<Omit<Of<'setPayment'>, 'do'> & Omit<Of<'setPaymentRequest'>, 'do'>>;
const paymentChangeRow = ({ id, at, state, request, providerId, confirmationUrl, reason }: PaymentChange) => ({
  ...{ id, state, request, provider_id: providerId, confirmation_url: confirmationUrl, reason, updated_at: at },
});

const refundRow = ({ refund: { paymentId, amountMinor, providerId, paidBy, byId, createdAt, ...refund } }: Of<'addRefund'>) => ({
  ...{ ...refund, payment_id: paymentId, amount_minor: amountMinor, provider_id: providerId, paid_by: paidBy, by_id: byId },
  ...{ created_at: createdAt, updated_at: createdAt },
});

const promoRow = ({ promo: { expiresAt, byId, createdAt, ...promo } }: Of<'addPromo'>) => ({
  ...{ ...promo, expires_at: expiresAt, by_id: byId, created_at: createdAt },
});

const outboxRow = ({ chatId, notice, edits, ...row }: Of<'say'>['row'], seq: number) => ({
  ...{ ...row, seq, chat_id: chatId, notice: JSON.stringify(notice), edits: edits === null ? null : String(edits) },
  ...{ state: 'pending', tries: 0, updated_at: row.at },
});

const of = <Do extends Write['do']>(writes: Writes, kind: Do): Of<Do>[] =>
  writes.filter((write): write is Of<Do> => write.do === kind);

const latest = <W>(writes: readonly W[], key: (write: W) => string): W[] => [
  ...new Map(writes.map(write => [key(write), write])).values(),
];

/** Changes of one row in one batch as one change. */
function merged<W extends { id: string }>(writes: readonly W[]): W[] {
  const byId = new Map<string, W>();
  for (const write of writes) byId.set(write.id, { ...byId.get(write.id), ...write });
  return [...byId.values()];
}
