import { actIdOf } from './admin.ts';
import type { PersonState } from './dialog.ts';
import { isInvoice } from './invoice.ts';
import type { JobOrder } from './job.ts';
import { statusIdOf } from './job.ts';
import type { Notice, OutboxRow, PaymentNotice, Rank, Toast } from './notice.ts';
import { type PaymentOrder, statusIdOfPayment } from './payment.ts';
import { log } from './payment-saga.ts';
import type { PersonEvent } from './person-event.ts';
import type { Write } from './unit.ts';
import type { UserRow, Wakeup } from './user.ts';

/** What an event causes. All but `toast` become rows in the same write unit as the event. */
export type Effect =
  | { type: 'say'; notice: Notice; rank: Rank; edits: number | null }
  | { type: 'order'; job: JobOrder }
  /** `edits`: the message with the methods becomes the message of the payment. */
  | { type: 'pay'; payment: PaymentOrder; edits: number | null }
  | { type: 'saveUser'; user: UserRow }
  | { type: 'wake'; wakeup: Wakeup }
  | { type: 'sleep'; wakeupId: string }
  /** An admin has looked at a person. */
  | { type: 'audit'; action: 'viewUser'; subject: string }
  | { type: 'toast'; toast: Toast };

/** A state and what follows from it. */
export type Step = readonly [PersonState, readonly Effect[]];

/** A hint to the person; with `edits` it takes the place of the message they pressed on. */
export const say = (notice: Notice, edits: number | null = null): Effect => ({ type: 'say', notice, rank: 'hint', edits });

/** The rows of an event. Outbox ids are made of the event, which is written once. */
export const rowsOf = (event: PersonEvent, effects: readonly Effect[]): Write[] =>
  effects.flatMap((effect, n): Write[] => {
    switch (effect.type) {
      case 'say':
        return [{ do: 'say', row: sayRow(event, effect, n) }];
      case 'order':
        return [
          { do: 'addJob', job: effect.job },
          { do: 'say', row: statusRow(effect.job) },
        ];
      case 'pay':
        return orderRows(effect);
      case 'saveUser':
        return [{ do: 'saveUser', user: effect.user }];
      case 'wake':
        return [{ do: 'setWakeup', wakeup: effect.wakeup }];
      case 'sleep':
        return [{ do: 'clearWakeup', id: effect.wakeupId }];
      case 'audit':
        return [auditRow(event, effect)];
      case 'toast':
        return [];
      default:
        return effect satisfies never;
    }
  });

const sayRow = (
  { userId, at, updateId, input }: PersonEvent,
  { notice, rank, edits }: Extract<Effect, { type: 'say' }>,
  n: number,
): OutboxRow => ({
  // Two albums can fall due in the same millisecond.
  id: `person:${userId}:${at}:${input.type === 'albumDue' ? input.group : (updateId ?? 0)}:${n}`,
  chatId: userId,
  rank,
  notice,
  edits,
  at,
});

const auditRow = ({ userId, updateId, at }: PersonEvent, { action, subject }: Extract<Effect, { type: 'audit' }>): Write => ({
  do: 'audit',
  id: actIdOf(userId, updateId ?? 0),
  byId: userId,
  action,
  subject,
  detail: null,
  at,
});

/** The one status message of a job; everything told of its progress edits this message. */
const statusRow = ({ id, userId, createdAt }: JobOrder): OutboxRow => ({
  id: statusIdOf(id),
  chatId: userId,
  rank: 'hint',
  notice: { type: 'jobStatus', jobId: id },
  edits: null,
  at: createdAt,
});

type Pay = Extract<Effect, { type: 'pay' }>;

/** A bill in the chat is sent at once, below the message that says so; for a link the gateway is asked first. */
const orderRows = ({ payment, edits }: Pay): Write[] => {
  const { id, createdAt: at, method, amountMinor, currency, points } = payment;
  const isBill = isInvoice(payment);
  return [
    { do: 'addPayment', payment },
    ...(isBill ? [{ do: 'setPayment', id, at, state: 'pending' } as const] : []),
    log(payment, 'ordered', `${method} ${amountMinor} ${currency} for ${points}`, at),
    sayOfPayment(payment, statusIdOfPayment(id), 'paymentStatus', edits),
    ...(isBill ? [sayOfPayment(payment, `payment:${id}:invoice`, 'invoice', null)] : []),
  ];
};

/** Told as surely as the money itself. The status is the one message of a payment by a link: the link comes in its place. */
const sayOfPayment = (
  { id: paymentId, userId: chatId, createdAt: at }: PaymentOrder,
  id: string,
  type: PaymentNotice['type'],
  edits: number | null,
): Write => ({ do: 'say', row: { id, chatId, rank: 'result', notice: { type, paymentId }, edits, at } });
