import type { Commit } from '../src/domain/unit.ts';
import { type Parent, type Ref, spawn, tell } from './nact.ts';
import type { Clock, LedgerMessage, Observe } from './protocol.ts';
import { directives, noteCrash, restartWithBackoff } from './supervision.ts';

type Waiting = Extract<LedgerMessage, { type: 'settle' }>[];

/**
 * The one who moves points. A message carries a movement and the rows that must be true together with it; the answer comes when
 * they are durable. Messages are taken in the order of the mailbox; all that stand in it are handed to the writer together, and
 * whatever arrives while they are written joins the next batch. No balance lives here, so that a start costs the same for ten
 * people and for ten million.
 */
export const spawnLedger = (
  parent: Parent,
  { commit, clock, observe }: { commit: Commit; clock: Clock; observe: Observe },
): Ref<LedgerMessage> => {
  const settle = ({ unit, replyTo }: Waiting[number]): void => {
    commit(unit).then(
      outcome => tell(replyTo, outcome),
      (error: Error) => {
        observe({ step: 'ledger:failed', error });
        tell(replyTo, { status: 'failed' });
      },
    );
  };
  return spawn(
    parent,
    'ledger',
    (waiting: Waiting, msg: LedgerMessage, { self }): Waiting => {
      if (msg.type === 'settle') {
        // The flush goes to the end of the mailbox: by then everything that stood before it waits here.
        if (waiting.length === 0) tell(self, { type: 'flush' });
        waiting.push(msg);
        return waiting;
      }
      for (const one of waiting) settle(one);
      return [];
    },
    {
      initialState: () => [],
      onCrash: restartWithBackoff({
        ...{ policy: directives.ledger, clock, giveUp: 'escalate' },
        onError: noteCrash(observe, 'ledger'),
      }),
    },
  );
};
