import type { Input } from '../../src/domain/person-event.ts';
import { type Wakeup, wakeupSubject } from '../../src/domain/user.ts';
import { type Parent, type Ref, spawn, tell } from '../nact.ts';
import type { Clock, Observe, UsersMessage, WakeupsMessage } from '../protocol.ts';
import { essential } from '../supervision.ts';

export type WakeupsDeps = { users: Ref<UsersMessage>; clock: Clock; observe: Observe; wakeups(): Promise<readonly Wakeup[]> };
type Armed = { wakeup: Wakeup; forget: () => void };

/**
 * Tells people's actors what they asked to be told at a time. The rows outlive a restart: what was due meanwhile is told soon
 * after.
 */
export const spawnWakeups = (parent: Parent, deps: WakeupsDeps): Ref<WakeupsMessage> => {
  const wakeups: Ref<WakeupsMessage> = spawn(parent, 'wakeups', receiveWith(deps), {
    initialState: () => new Map<string, Armed>(),
    onCrash: essential<WakeupsMessage>(deps, 'wakeups', self => tell(self, { type: 'start' })),
  });
  tell(wakeups, { type: 'start' });
  return wakeups;
};

const retryMs = 5_000;
/** After a start, Telegram first brings what came meanwhile: the rest of an album, for one, which is not complete without it. */
const startPauseMs: Readonly<Record<Wakeup['kind'], number>> = { album: 3_000, refused: 0, promo: 0 };

const receiveWith =
  ({ users, clock, wakeups }: WakeupsDeps) =>
  async (sets: Map<string, Armed>, msg: WakeupsMessage, { self }: { self: Ref<WakeupsMessage> }): Promise<Map<string, Armed>> => {
    const set = (wakeup: Wakeup, ms: number) => {
      sets.get(wakeup.id)?.forget();
      sets.set(wakeup.id, { wakeup, forget: clock.after(ms, () => tell(self, { type: 'due', id: wakeup.id })) });
    };
    switch (msg.type) {
      case 'start':
        for (const wakeup of await wakeups()) set(wakeup, Math.max(startPauseMs[wakeup.kind], wakeup.due - clock.now()));
        break;
      case 'set':
        set(msg.wakeup, Math.max(0, msg.wakeup.due - clock.now()));
        break;
      case 'cleared':
        sets.get(msg.id)?.forget();
        sets.delete(msg.id);
        break;
      case 'due': {
        const due = sets.get(msg.id)?.wakeup;
        if (!due) break;
        tell(users, { type: 'receive', userId: due.userId, updateId: null, sender: null, input: inputOf(due), replyTo: null });
        // Cleared in the unit of the event it causes; until then it is told again.
        set(due, retryMs);
        break;
      }
      default:
        msg satisfies never;
    }
    return sets;
  };

function inputOf(wakeup: Wakeup): Input {
  const subject = wakeupSubject(wakeup);
  switch (wakeup.kind) {
    case 'album':
      return { type: 'albumDue', group: subject };
    case 'refused':
      return { type: 'photoRefused', jobId: subject };
    case 'promo':
      return { type: 'promoDue', link: subject };
    default:
      return wakeup.kind satisfies never;
  }
}
