import { type Parent, type Ref, spawn, tell } from '../nact.ts';
import type { UserMessage, UsersMessage } from '../protocol.ts';
import { essential } from '../supervision.ts';
import { spawnUser } from './user.ts';
import type { UserDeps } from './user-event.ts';

/** The only way to reach a person: spawns their actor on demand; the idle ones stop by themselves. */
export const spawnUsers = (parent: Parent, deps: UserDeps): Ref<UsersMessage> =>
  spawn(
    parent,
    'users',
    (_: undefined, msg: UsersMessage, ctx) => {
      // Looking up and telling stay in one synchronous stretch: between the two nobody can fall asleep.
      const known = ctx.children.get(`user-${msg.userId}`) as Ref<UserMessage> | undefined;
      tell(known ?? spawnUser(ctx.self as Parent, msg.userId, deps), msg);
      return undefined;
    },
    {
      initialState: () => undefined,
      onCrash: essential(deps, 'users'),
    },
  );
