import type { PersonState } from './dialog.ts';
import type { JobOrder } from './job.ts';
import { statusIdOf } from './job.ts';
import type { Notice, OutboxRow, Rank, Toast } from './notice.ts';
import { type PaymentOrder, statusIdOfPayment } from './payment.ts';
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
        return [
          { do: 'addPayment', payment: effect.payment },
          { do: 'say', row: paymentRow(effect) },
        ];
      case 'saveUser':
        return [{ do: 'saveUser', user: effect.user }];
      case 'wake':
        return [{ do: 'setWakeup', wakeup: effect.wakeup }];
      case 'sleep':
        return [{ do: 'clearWakeup', id: effect.wakeupId }];
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

/** The one status message of a job; everything told of its progress edits this message. */
const statusRow = ({ id, userId, createdAt }: JobOrder): OutboxRow => ({
  id: statusIdOf(id),
  chatId: userId,
  rank: 'hint',
  notice: { type: 'jobStatus', jobId: id },
  edits: null,
  at: createdAt,
});

/** The one message of a payment, told as surely as the money itself: the link comes in its place. */
const paymentRow = ({ payment: { id, userId, createdAt }, edits }: Extract<Effect, { type: 'pay' }>): OutboxRow => ({
  id: statusIdOfPayment(id),
  chatId: userId,
  rank: 'result',
  notice: { type: 'paymentStatus', paymentId: id },
  edits,
  at: createdAt,
});
