import { type Attempt, type EndReason, type Job, type MadeBy, reservationOf, reservedStates, statusIdOf } from './job.ts';
import { houseAccount, type Movement, type Repayment, repaymentAfter, userAccount } from './ledger.ts';
import type { Notice, Rank } from './notice.ts';
import type { Write, WriteUnit } from './unit.ts';
import { refusedWakeup, type Wakeup } from './user.ts';

/**
 * The steps of a job as write units. Each is guarded by the states it may leave, so that whoever comes second (a cancel against a
 * success, a late result of an old attempt) changes nothing. A free job has no line in the ledger; everything else is the same.
 */

/** The photo is on disk: set the points aside and wait for a turn, or refuse for want of points. */
export const queue = (job: Job, at: number): WriteUnit => ({
  guard: { table: 'jobs', id: job.id, states: ['received'] },
  ...movement(job, {
    kind: 'reserve',
    id: reservationOf(job.id),
    from: userAccount(job.userId),
    to: houseAccount,
    points: job.price,
    reason: 'edit',
  }),
  writes: [{ do: 'setJob', id: job.id, at, state: 'queued' }],
  refused: refusal(job, 'insufficient_points', at),
});

/** No usable photo: nothing was set aside, nothing is given back. */
export const refuse = (job: Job, reason: EndReason, at: number): WriteUnit => ({
  guard: { table: 'jobs', id: job.id, states: ['received'] },
  writes: [...refusal(job, reason, at), { do: 'setWakeup', wakeup: anotherPhoto(job, at) }],
});

/** Written before the request: after a crash it says where to look for the job. */
export const submit = (attempt: Attempt): WriteUnit => ({
  guard: { table: 'jobs', id: attempt.jobId, states: reservedStates },
  writes: [
    { do: 'setJob', id: attempt.jobId, at: attempt.at, state: 'submitting' },
    { do: 'addAttempt', attempt },
  ],
});

/** Back to the waiting list. `told`: an execution failed, and the person hears that it is tried again. */
export const requeue = (job: Job, executions: number, told: boolean, at: number): WriteUnit => ({
  guard: { table: 'jobs', id: job.id, states: reservedStates },
  writes: [
    { do: 'setJob', id: job.id, at, state: 'queued', executions },
    ...(told ? [tell(job, `retry:${executions}`, 'hint', { type: 'jobRetry', jobId: job.id }, at)] : []),
  ],
});

/** The picture is on disk: the points are the house's, the picture goes on its way. */
export const complete = (job: Job, executions: number, at: number, made: MadeBy | null = null): WriteUnit => ({
  guard: { table: 'jobs', id: job.id, states: reservedStates },
  ...movement(job, { kind: 'post', reservation: reservationOf(job.id) }),
  writes: [
    { do: 'setJob', id: job.id, at, state: 'completed', executions, ...made },
    tell(job, 'result', 'result', { type: 'jobResult', jobId: job.id }, at),
    editStatus(job, 'completed', at),
  ],
});

/** No picture: the points go back, with a word. */
export const fail = (job: Job, reason: EndReason, executions: number, at: number): WriteUnit => ({
  guard: { table: 'jobs', id: job.id, states: reservedStates },
  ...givenBack(job),
  writes: [
    { do: 'setJob', id: job.id, at, state: 'failed', reason, executions },
    tell(job, 'ended', 'result', { type: 'jobEnded', jobId: job.id, reason, refunded: job.price }, at),
    editStatus(job, 'failed', at),
  ],
});

/** The person changed their mind; points that were set aside go back in the same moment. */
export const cancel = (job: Job, at: number): WriteUnit => {
  const reserved = job.state !== 'received';
  return {
    guard: { table: 'jobs', id: job.id, states: reserved ? reservedStates : ['received'] },
    ...(reserved && givenBack(job)),
    writes: [
      { do: 'setJob', id: job.id, at, state: 'cancelled', reason: 'cancelled' },
      tell(
        job,
        'ended',
        'result',
        { type: 'jobEnded', jobId: job.id, reason: 'cancelled', refunded: reserved ? job.price : 0 },
        at,
      ),
      editStatus(job, 'cancelled', at),
    ],
  };
};

const movement = (job: Job, of: Movement): { movement?: Movement } => (job.price > 0 ? { movement: of } : {});

/** What was set aside comes back; what the person owes is repaid of it first, or money that went back would buy edits. */
const givenBack = (job: Job): { movement?: Movement; repayment?: Repayment } => ({
  ...movement(job, { kind: 'void', reservation: reservationOf(job.id) }),
  ...(job.price > 0 && { repayment: repaymentAfter(reservationOf(job.id), job.userId) }),
});

const refusal = (job: Job, reason: EndReason, at: number): Write[] => [
  { do: 'setJob', id: job.id, at, state: 'refused', reason },
  tell(job, 'ended', 'result', { type: 'jobEnded', jobId: job.id, reason, refunded: 0 }, at),
  editStatus(job, 'refused', at),
];

/** Tells the person's actor, so that their next photo is taken for the same wish. */
const anotherPhoto = ({ id, userId }: Job, at: number): Wakeup => ({
  id: refusedWakeup(userId, id),
  ...{ userId, kind: 'refused', due: at },
});

const tell = (job: Job, what: string, rank: Rank, notice: Notice, at: number): Write => ({
  do: 'say',
  row: { id: `job:${job.id}:${what}`, chatId: job.userId, rank, notice, edits: null, at },
});

const editStatus = (job: Job, state: string, at: number): Write => ({
  do: 'say',
  row: {
    id: `${statusIdOf(job.id)}:${state}`,
    chatId: job.userId,
    rank: 'edit',
    notice: { type: 'jobStatus', jobId: job.id },
    edits: statusIdOf(job.id),
    at,
  },
});
