import { type Ref, tell } from '../nact.ts';
import type { Clock, Comfy, Connection, GpuMessage, Observe, SessionEnd, SessionMessage } from '../protocol.ts';

/* The prompt of a session: what is known of it, its time, the looks at it, its end. */

/** `timeoutMs` is for one execution, from the beginning of its run. */
export type SessionDeps = {
  comfy: Comfy;
  isAlone: boolean;
  clock: Clock;
  observe: Observe;
  timeoutMs: number;
  gpu: Ref<GpuMessage>;
};

/** The prompt that is followed. */
export type Followed = {
  promptId: string;
  /** Whether the server answered the submission; `unclear` while an answer is missing and the prompt is looked for. */
  phase: 'submitting' | 'unclear' | 'answered' | 'watched';
  /** The server is known to have it, and the gpu has been told. */
  isThere: boolean;
  /** It was known to have it before the connection was lost. */
  wasThere: boolean;
  /** Its run is known to have begun. */
  hasBegun: boolean;
  /** Its end was heard on the connection. */
  isOver: boolean;
  /** It is being stopped: by the person, or by its time. */
  dropping: boolean;
  /** Since when it has not been there, and how often in a row the server was not. */
  absentSince: number | null;
  unreachable: number;
  looksAfterDrop: number;
  progress: { value: number; max: number; preview: Buffer | null };
  forgetLook: () => void;
  /** When its time is over: that of its run or, once it is being stopped, that of its end. */
  timeoutAt: number;
  forgetTimeout: () => void;
};
export type Session = { connection: Connection | null; followed: Followed | null };

/**
 * The connection of this life, also one that is still being opened: `hangUp` closes it. It outlives the state, which a crash
 * takes along. `unheard`: the prompt whose end was seen by looking and is still to be heard of; until then the connection may be
 * deaf.
 */
export type Line = { hangUp: () => void; unheard: { promptId: string; forgetGrace: () => void } | null };
export type SessionHouse = { deps: SessionDeps; session: Session; self: Ref<SessionMessage>; line: Line };

/** Without a frame for so long, the truth is asked for: `/queue` and `/history`. */
export const silenceMs = 5_000;
export const lookAgainMs = 1_000;

/** From here on the prompt is looked after: its frames, its silence, its time. */
export function follow(house: SessionHouse, promptId: string, phase: Followed['phase']): Followed {
  const followed: Followed = {
    ...{ promptId, phase, isThere: false, wasThere: false, hasBegun: false, isOver: false, dropping: false },
    ...{ absentSince: null, unreachable: 0, looksAfterDrop: 0, progress: { value: 0, max: 0, preview: null } },
    ...{ forgetLook: () => {}, timeoutAt: 0, forgetTimeout: () => {} },
  };
  house.session.followed = followed;
  giveTime(house, followed, house.deps.timeoutMs);
  return followed;
}

/** From now on; what was left of an earlier time is forgotten. */
export function giveTime({ deps: { clock }, self }: SessionHouse, followed: Followed, ms: number): void {
  followed.forgetTimeout();
  const timeoutAt = clock.now() + ms;
  followed.timeoutAt = timeoutAt;
  followed.forgetTimeout = clock.after(ms, () => tell(self, { type: 'timeout', promptId: followed.promptId, timeoutAt }));
}

/** Its time begins anew with its run: behind the prompts of others it waits no longer than a run may take. */
export function noteRun(house: SessionHouse, followed: Followed): void {
  if (followed.hasBegun || followed.dropping) return;
  followed.hasBegun = true;
  giveTime(house, followed, house.deps.timeoutMs);
}

/** The server has it: the gpu is told, once. */
export function sayThere({ deps }: SessionHouse, followed: Followed): void {
  if (!followed.isThere) tell(deps.gpu, { type: 'sessionRunning', promptId: followed.promptId });
  followed.isThere = true;
}

export function look({ deps: { comfy }, session, self }: SessionHouse, promptId: string): void {
  session.followed?.forgetLook();
  comfy.locate(promptId).then(
    whereabouts => tell(self, { type: 'found', promptId, whereabouts }),
    (error: Error) => tell(self, { type: 'found', promptId, whereabouts: { at: isRefused(error) ? 'unreachable' : 'unknown' } }),
  );
}

export function lookLater({ deps, self }: SessionHouse, followed: Followed, ms: number): void {
  const { promptId } = followed;
  followed.forgetLook();
  followed.forgetLook = deps.clock.after(ms, () => tell(self, { type: 'look', promptId }));
}

/** How it ended goes to the gpu; with an `error`, or without a connection, the session ends too. */
export function end(
  house: SessionHouse,
  followed: Followed,
  how: Omit<SessionEnd, 'promptId' | 'image' | 'gone' | 'isLast'> & Partial<SessionEnd>,
  error?: Error,
): void {
  const { deps, session } = house;
  leave(house, followed);
  const isLast = error !== undefined || session.connection === null;
  tell(deps.gpu, { type: 'sessionEnded', promptId: followed.promptId, image: null, gone: true, isLast, ...how });
  // Answered first: the supervisor opens the next connection after a pause.
  if (error) throw error;
  if (!session.connection) throw new Error('the connection was closed');
}

/** It is followed no more, and the gpu hears of it by the end of the session alone. */
export function leave({ session }: SessionHouse, followed: Followed): void {
  followed.forgetLook();
  followed.forgetTimeout();
  session.followed = null;
}

export const isRefused = (error: Error & { mayHaveArrived?: boolean }): boolean => error.mayHaveArrived === false;
