import { newPerson, type PersonState } from '../../src/domain/dialog.ts';
import { type Effect, rowsOf } from '../../src/domain/effect.ts';
import { bonusAccount, userAccount } from '../../src/domain/ledger.ts';
import type { Toast } from '../../src/domain/notice.ts';
import type { PersonEvent, Sender } from '../../src/domain/person-event.ts';
import { isMuted, transition, wakeupOf } from '../../src/domain/transition.ts';
import type { WriteUnit } from '../../src/domain/unit.ts';
import { languageOf } from '../../src/domain/user.ts';
import { ask, type Parent, type PersistentContext, type Ref, spawnPersistent, tell } from '../nact.ts';
import type { Received, UserMessage } from '../protocol.ts';
import { restartPolicies, restartWithBackoff } from '../supervision.ts';
import { eventOf, type UserDeps } from './user-event.ts';

type Unit = Omit<WriteUnit, 'event'>;
type UserContext = PersistentContext<UserMessage, PersonEvent, Unit>;

const askTimeoutMs = 20_000;
/**
 * A person: their dialog, limits and the updates already seen. An update is answered `durable` once its event is written
 * together with everything that it causes; only then is anyone told.
 */
export const spawnUser = (parent: Parent, userId: number, deps: UserDeps): Ref<UserMessage> =>
  spawnPersistent<PersonState, UserMessage, PersonEvent, Unit>(parent, `user-${userId}`, receiveWith(deps), {
    initialState: newPerson,
    snapshotEvery: 50,
    shutdownAfter: deps.rules.idleMs,
    onCrash: restartWithBackoff({
      ...{ policy: restartPolicies.user, clock: deps.clock, giveUp: 'stop' },
      onError: error => deps.observe({ step: 'crash:user', userId, error }),
    }),
  });

const receiveWith =
  (deps: UserDeps) =>
  async (state: PersonState, msg: UserMessage | PersonEvent, ctx: UserContext): Promise<PersonState> => {
    if (!('type' in msg)) return replay(deps, state, msg);
    const answer = (received: Received) => msg.replyTo && tell(msg.replyTo, received);
    try {
      const [next, received] = msg.type === 'register' ? await register(deps, state, msg) : await receive(deps, state, msg, ctx);
      answer(received);
      return next;
    } catch (error) {
      answer({ status: 'unavailable' });
      throw error;
    }
  };

async function receive(
  deps: UserDeps,
  state: PersonState,
  msg: Extract<UserMessage, { type: 'receive' }>,
  ctx: UserContext,
): Promise<[PersonState, Received]> {
  const { userId, updateId } = msg;
  if (updateId !== null && state.updates.includes(updateId)) return [state, durable(state)];
  if (!state.profile && msg.sender) await openAccount(deps, userId, msg.sender);
  const event = await eventOf(deps, state, msg);
  if (isMuted(state, event)) return [state, durable(state, 'slowDown')];
  const [fact, next, effects] = step(deps, state, event);
  await ctx.persist(fact, [], { writes: rowsOf(fact, effects) });
  deps.observe({ step: 'user:persisted', userId });
  for (const effect of effects) {
    if (effect.type === 'order') tell(deps.jobs, { type: 'ordered', job: effect.job });
    if (effect.type === 'pay') tell(deps.payments, { type: 'ordered', payment: effect.payment });
  }
  return [next, durable(next, toastOf(effects))];
}

/**
 * An input that breaks a rule of ours must not come again for ever, with everyone behind it: it becomes a failed one, and is told
 * so.
 */
function step(deps: UserDeps, state: PersonState, event: PersonEvent): [PersonEvent, PersonState, readonly Effect[]] {
  try {
    return [event, ...transition(state, event)];
  } catch (error) {
    deps.observe({ step: 'transition:failed', userId: event.userId, error: error as Error });
    const failed: PersonEvent = { ...event, input: { type: 'failed', wakeupId: wakeupOf(event) } };
    return [failed, ...transition(state, failed)];
  }
}

/** An event that today's rules can make nothing of changes nothing; the person is not locked out for it. */
function replay(deps: UserDeps, state: PersonState, event: PersonEvent): PersonState {
  try {
    return transition(state, event)[0];
  } catch (error) {
    deps.observe({ step: 'replay:failed', userId: event.userId, error: error as Error });
    return state;
  }
}

async function register(
  deps: UserDeps,
  state: PersonState,
  msg: Extract<UserMessage, { type: 'register' }>,
): Promise<[PersonState, Received]> {
  if (!state.profile) await openAccount(deps, msg.userId, msg.sender);
  return [state, durable(state)];
}

/** The initial points and the row of the person, once for ever: the id of the transfer is the person's. */
async function openAccount(
  { ledger, clock, observe, rules }: UserDeps,
  userId: number,
  { username, firstName, languageCode }: Sender,
): Promise<void> {
  const at = clock.now();
  const user = { id: userId, username, firstName, language: languageOf(languageCode), blocked: false, createdAt: at, seenAt: at };
  const movement = {
    ...({ kind: 'transfer', id: `initial:${userId}`, reason: 'initial' } as const),
    ...{ from: bonusAccount, to: userAccount(userId), points: rules.initialPoints },
  };
  const unit: WriteUnit = { writes: [{ do: 'saveUser', user }], ...(rules.initialPoints > 0 && { movement }) };
  const { status } = await ask(ledger, { type: 'settle', unit }, askTimeoutMs);
  if (status === 'failed' || status === 'lost') throw new Error('the account could not be opened');
  observe({ step: 'account:opened', userId });
}

/** A toast is said in the language of the person, whatever their Telegram speaks. */
const durable = ({ profile }: PersonState, toast?: Toast): Received => ({
  ...{ status: 'durable', language: profile?.language ?? 'ru' },
  ...(toast && { toast }),
});

const toastOf = (effects: readonly Effect[]): Toast | undefined => effects.find(effect => effect.type === 'toast')?.toast;
