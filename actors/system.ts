import type { Write } from '../src/domain/unit.ts';
import type { Wakeup } from '../src/domain/user.ts';
import { type BonusDeps, spawnBonus } from './bonus.ts';
import { type DeskDeps, spawnDesk } from './desk.ts';
import type { JobsDeps } from './jobs/job-work.ts';
import { spawnJobs } from './jobs/jobs.ts';
import { spawnLedger } from './ledger.ts';
import { ask, type Ref, startSystem, stop, tell } from './nact.ts';
import { spawnOutbox } from './outbox/outbox.ts';
import type { OutboxDeps } from './outbox/sending.ts';
import { spawnPayments } from './payments/payments.ts';
import type { PaymentsDeps } from './payments/till.ts';
import type { UserDeps } from './people/user-event.ts';
import { spawnUsers } from './people/users.ts';
import { spawnWakeups } from './people/wakeups.ts';
import type { LedgerMessage, PaymentsMessage, UsersMessage } from './protocol.ts';

export type ActorsDeps = Omit<JobsDeps, 'ledger' | 'outbox'> &
  Omit<PaymentsDeps, 'ledger'> &
  Omit<OutboxDeps, 'commit'> &
  BonusDeps &
  Omit<DeskDeps, 'ledger' | 'payments'> &
  Pick<UserDeps, 'catalogue' | 'rules' | 'balance' | 'promoFor' | 'isUnlimited'> & {
    journal: object;
    wakeups(): Promise<readonly Wakeup[]>;
  };

export type Actors = {
  users: Ref<UsersMessage>;
  ledger: Ref<LedgerMessage>;
  payments: Ref<PaymentsMessage>;
  /** Tells the actors what has become durable: messages to send, times to wake at. */
  committed(writes: readonly Write[]): void;
  /** Resolves when no message is on its way to Telegram any more, or after a few seconds. */
  drain(): Promise<void>;
  stop(): void;
};

const drainMs = 5_000;

/** The whole house, in the order of dependency: each is given refs to those that were started before it. */
export function startActors(deps: ActorsDeps): Actors {
  const system = startSystem('house', deps.journal);
  const outbox = spawnOutbox(system, deps);
  const ledger = spawnLedger(system, deps);
  const payments = spawnPayments(system, { ...deps, ledger });
  const jobs = spawnJobs(system, { ...deps, ledger, outbox });
  const desk = spawnDesk(system, { ...deps, ledger, payments });
  const users = spawnUsers(system, { ...deps, ledger, jobs, payments, desk });
  const wakeups = spawnWakeups(system, { ...deps, users });
  spawnBonus(system, deps);
  return {
    users,
    ledger,
    payments,
    committed(writes) {
      const rows = writes.flatMap(write => (write.do === 'say' ? [write.row] : []));
      if (rows.length > 0) tell(outbox, { type: 'queued', rows });
      if (writes.some(write => write.do === 'grantBonus')) tell(outbox, { type: 'news' });
      for (const write of writes) {
        if (write.do === 'setWakeup') tell(wakeups, { type: 'set', wakeup: write.wakeup });
        if (write.do === 'clearWakeup') tell(wakeups, { type: 'cleared', id: write.id });
      }
    },
    drain: () =>
      ask(outbox, { type: 'drain' }, drainMs).then(
        () => {},
        () => {},
      ),
    stop: () => stop(system),
  };
}
