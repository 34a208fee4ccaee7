import type { Commit } from '../src/domain/unit.ts';
import { type Parent, type Ref, spawn, tell } from './nact.ts';
import type { Clock, LedgerMessage, Observe } from './protocol.ts';
import { essential } from './supervision.ts';

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
  const settle = ({ unit, replyTo }: LedgerMessage): void => {
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
    (_: undefined, msg: LedgerMessage, { mailbox }): undefined => {
      settle(msg);
      // A turn of the event loop for each of a thousand would cost as much as writing them.
      for (let next = mailbox.shift(); next; next = mailbox.shift()) settle(next.message);
    },
    {
      initialState: () => undefined,
      onCrash: essential({ clock, observe }, 'ledger'),
    },
  );
};
