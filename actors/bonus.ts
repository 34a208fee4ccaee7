import { bonusBefore, type DueBonus, dueBonus, seenFromFor, type WeeklyBonus } from '../src/domain/bonus.ts';
import type { Commit } from '../src/domain/unit.ts';
import { type Context, type Parent, type Ref, spawn, tell } from './nact.ts';
import type { Alarm, BonusMessage, Clock, Observe } from './protocol.ts';
import { essential } from './supervision.ts';

export type BonusDeps = {
  commit: Commit;
  clock: Clock;
  observe: Observe;
  /** Null where no bonus is given. */
  bonus: WeeklyBonus | null;
  bonusAlarm: Alarm;
  bonusOf(week: string): Promise<{ isDone: boolean } | undefined>;
};
type Given = { bonus: WeeklyBonus };
/** `granting`: a week is looked for or handed out; `done`: the last one that is known to be. */
type State = { granting: boolean; done: string | null };
type House = { deps: BonusDeps & Given; state: State; self: Ref<BonusMessage> };

/** People whom one slice looks at: others wait for its transaction no longer than they would for a large batch. */
const peopleMax = 500;
/** Between two slices the writer is for others. */
const restMs = 20;
const retryMs = 30_000;

/**
 * Gives everybody their bonus of the week, a slice of people at a time. Each is one transaction with its place in the row of the
 * week: whatever stops it, it goes on where it was, and nobody gets it twice. The alarm only wakes it; the clock says whether a
 * bonus is due.
 */
export function spawnBonus(parent: Parent, deps: BonusDeps): void {
  if (!deps.bonus) return;
  const bonus: Ref<BonusMessage> = spawn(parent, 'bonus', receiveWith({ ...deps, bonus: deps.bonus }), {
    initialState: (): State => ({ granting: false, done: null }),
    onCrash: essential<BonusMessage>(deps, 'bonus', self => tell(self, { type: 'wake' })),
    afterStop: () => silence(),
  });
  const silence = deps.bonusAlarm(() => tell(bonus, { type: 'wake' }));
  tell(bonus, { type: 'wake' });
}

const receiveWith =
  (deps: BonusDeps & Given) =>
  (state: State, msg: BonusMessage, { self }: Context<BonusMessage>): State => {
    const house: House = { deps, state, self };
    switch (msg.type) {
      case 'wake':
        wake(house);
        break;
      case 'due':
        if (msg.due && msg.due.week !== state.done) look(house, msg.due);
        else state.granting = false;
        break;
      case 'looked':
        if (msg.isDone) finish(house, msg.due);
        else deps.clock.after(restMs, () => tell(self, { type: 'next', due: msg.due }));
        break;
      case 'next':
        grant(house, msg.due);
        break;
      case 'failed':
        state.granting = false;
        deps.clock.after(retryMs, () => tell(self, { type: 'wake' }));
        break;
      default:
        msg satisfies never;
    }
    return state;
  };

function wake({ deps, state, self }: House): void {
  if (state.granting) return;
  state.granting = true;
  whatIsDue(deps).then(due => tell(self, { type: 'due', due }), failed(deps, self));
}

/** A run of the week before that was stopped comes first. */
async function whatIsDue({ bonus, bonusOf, clock }: BonusDeps & Given): Promise<DueBonus | null> {
  const now = clock.now();
  const before = bonusBefore(bonus, now);
  const begun = await bonusOf(before.week);
  return begun && !begun.isDone ? before : (dueBonus(bonus, now) ?? null);
}

function finish({ deps, state, self }: House, { week }: DueBonus): void {
  Object.assign(state, { granting: false, done: week });
  deps.observe({ step: 'bonus:done' });
  tell(self, { type: 'wake' });
}

/**
 * A run that has begun goes to its end, also past that of the week: those who come last are no worse off than those who came
 * first.
 */
function grant(house: House, due: DueBonus): void {
  const { commit, clock, observe, bonus } = house.deps;
  const slice = { week: due.week, points: bonus.points, seenFrom: seenFromFor(due), peopleMax, at: clock.now() };
  const granted = commit({ writes: [{ do: 'grantBonus', slice }] }).then(() => observe({ step: 'bonus:slice' }));
  look(house, due, granted);
}

/** Asks the row of the week how far it is, once what comes `before` is done. */
function look({ deps, self }: House, due: DueBonus, before: Promise<void> = Promise.resolve()): void {
  before
    .then(() => deps.bonusOf(due.week))
    .then(progress => tell(self, { type: 'looked', due, isDone: progress?.isDone ?? false }), failed(deps, self));
}

const failed =
  ({ observe }: BonusDeps, self: Ref<BonusMessage>) =>
  (error: Error): void => {
    observe({ step: 'bonus:failed', error });
    tell(self, { type: 'failed' });
  };
