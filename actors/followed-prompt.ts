import { type Ref, tell } from './nact.ts';
import type { Clock, Comfy, Connection, GpuMessage, Observe, SessionEnd, SessionMessage, Settlement } from './protocol.ts';

/** `timeoutMs` is for one execution. */
export type SessionDeps = { comfy: Comfy; clock: Clock; observe: Observe; timeoutMs: number; gpu: Ref<GpuMessage> };

/** The prompt that is followed. */
export type Followed = {
  promptId: string;
  /** Whether the server answered the submission; `unclear` while an answer is missing and the prompt is looked for. */
  phase: 'submitting' | 'unclear' | 'answered' | 'watched';
  /** The server is known to have it, and the gpu has been told. */
  isThere: boolean;
  /** Its end was heard on the connection. */
  isOver: boolean;
  /** It is being stopped: by the person, or by its time. */
  dropping: false | 'dropped' | 'timedOut';
  /** Since when it has not been there, and how often in a row the server was not. */
  absentSince: number | null;
  unreachable: number;
  looksAfterDrop: number;
  progress: { value: number; max: number; preview: Buffer | null };
  forgetLook: () => void;
  forgetTimeout: () => void;
};
export type Session = { connection: Connection | null; followed: Followed | null };

/** Closes the connection of this life, also one that is still being opened. It outlives the state, which a crash takes along. */
export type Line = { hangUp: () => void };
export type SessionHouse = { deps: SessionDeps; session: Session; self: Ref<SessionMessage>; line: Line };

/** Without a frame for so long, the truth is asked for: `/queue` and `/history`. */
const silenceMs = 5_000;
const lookAgainMs = 1_000;

/** A prompt that is stopped ends at its next step or node; past so many looks it counts as hung. */
const dropLooksMax = 15;

/** From here on the prompt is looked after: its frames, its silence, its time. */
export function follow({ deps, session, self }: SessionHouse, promptId: string, phase: Followed['phase']): void {
  session.followed = {
    ...{
      promptId,
      phase,
      isThere: false,
      isOver: false,
      dropping: false,
      absentSince: null,
      unreachable: 0,
      looksAfterDrop: 0,
      forgetLook: () => {},
    },
    progress: { value: 0, max: 0, preview: null },
    forgetTimeout: deps.clock.after(deps.timeoutMs, () => tell(self, { type: 'timeout', promptId })),
  };
}

export function submit({ deps: { comfy, observe }, session, self }: SessionHouse, promptId: string, graph: object): void {
  const submitted = (result: Extract<SessionMessage, { type: 'submitted' }>['result']) =>
    tell(self, { type: 'submitted', promptId, result });
  comfy.submit({ promptId, clientId: session.connection?.clientId ?? promptId, graph }).then(
    () => submitted('accepted'),
    (error: Error & { kind?: string }) => {
      observe({ step: 'prompt:unanswered', server: comfy.server, error });
      submitted(error.kind === 'rejected' ? 'rejected' : isRefused(error) ? 'unreachable' : 'unclear');
    },
  );
}

export function onSubmitted(house: SessionHouse, { promptId, result }: Extract<SessionMessage, { type: 'submitted' }>): void {
  const { deps, session } = house;
  const { followed } = session;
  if (followed?.promptId !== promptId) return;
  deps.observe({ step: `prompt:${result}`, server: deps.comfy.server });
  if (result === 'rejected') return end(house, followed, { execution: 'rejected', answered: true });
  if (result === 'unreachable')
    return end(house, followed, { execution: 'unavailable', answered: false }, new Error('the server refused the connection'));
  followed.phase = result === 'accepted' ? 'answered' : 'unclear';
  if (result === 'accepted') sayThere(house, followed);
  if (followed.dropping) return remove(house, promptId);
  if (result === 'unclear') return look(house, promptId);
  lookLater(house, followed, session.connection ? silenceMs : lookAgainMs);
}

function sayThere({ deps }: SessionHouse, followed: Followed): void {
  if (!followed.isThere) tell(deps.gpu, { type: 'sessionRunning', promptId: followed.promptId });
  followed.isThere = true;
}

export function onEvent(house: SessionHouse, event: Extract<SessionMessage, { type: 'event' }>['event']): void {
  const { deps, session } = house;
  const { followed } = session;
  if (event.type === 'closed') {
    session.connection = null;
    if (!followed) throw new Error('the connection was closed');
    return look(house, followed.promptId);
  }
  if (followed?.promptId !== event.promptId) return;
  if (event.type === 'ended') {
    followed.isOver = true;
    tell(deps.gpu, { type: 'sessionEnding', promptId: followed.promptId });
    return look(house, followed.promptId);
  }
  if (followed.dropping) return;
  lookLater(house, followed, silenceMs);
  if (event.type === 'progress') followed.progress = { ...followed.progress, value: event.value, max: event.max };
  if (event.type === 'preview') followed.progress = { ...followed.progress, preview: event.bytes };
  tell(deps.gpu, { type: 'sessionProgress', promptId: followed.promptId, ...followed.progress });
}

export function look({ deps: { comfy }, session, self }: SessionHouse, promptId: string): void {
  session.followed?.forgetLook();
  comfy.locate(promptId).then(
    whereabouts => tell(self, { type: 'found', promptId, whereabouts }),
    (error: Error) => tell(self, { type: 'found', promptId, whereabouts: { at: isRefused(error) ? 'unreachable' : 'unknown' } }),
  );
}

function lookLater({ deps, self }: SessionHouse, followed: Followed, ms: number): void {
  const { promptId } = followed;
  followed.forgetLook();
  followed.forgetLook = deps.clock.after(ms, () => tell(self, { type: 'look', promptId }));
}

export function onFound(house: SessionHouse, { promptId, whereabouts }: Extract<SessionMessage, { type: 'found' }>): void {
  const { deps, session } = house;
  const { followed } = session;
  if (followed?.promptId !== promptId || followed.phase === 'submitting') return;
  const now = deps.clock.now();
  followed.absentSince = whereabouts.at === 'absent' ? (followed.absentSince ?? now) : null;
  followed.unreachable = whereabouts.at === 'unreachable' ? followed.unreachable + 1 : 0;
  if (whereabouts.at === 'settled') return onSettled(house, followed, whereabouts.settlement);
  // Two looks may come close together; a submission on its way needs a moment to arrive.
  if (followed.absentSince !== null && now - followed.absentSince >= lookAgainMs / 2) return onGone(house, followed);
  if (followed.unreachable >= 2) return onUnreachable(house, followed);
  if (whereabouts.at === 'running' || whereabouts.at === 'pending') sayThere(house, followed);
  if (followed.dropping && ++followed.looksAfterDrop > dropLooksMax) return onHung(house, followed);
  if (followed.phase === 'unclear' && (whereabouts.at === 'running' || whereabouts.at === 'pending')) followed.phase = 'answered';
  // The frames of a prompt that another connection submitted go there: it can only be looked for.
  const isHeard = session.connection && followed.phase !== 'watched' && !followed.dropping;
  lookLater(house, followed, isHeard && whereabouts.at === 'running' ? silenceMs : lookAgainMs);
}

function onSettled(house: SessionHouse, followed: Followed, settlement: Settlement): void {
  const { comfy, observe } = house.deps;
  observe({ step: `prompt:${settlement.kind}`, server: comfy.server });
  if (settlement.kind === 'failed' && settlement.outOfMemory)
    comfy.free().catch((error: Error) => observe({ step: 'free:failed', error }));
  const image = settlement.kind === 'success' ? settlement.images[0] : undefined;
  const how = image
    ? ({ execution: 'succeeded', answered: true, image } as const)
    : ({ execution: 'failed', answered: true } as const);
  end(house, followed, how, isDeaf(house.session, followed) ? new Error('the connection is deaf') : undefined);
}

/** It stands and told nothing of an end: somebody else may have taken it over. The next prompt on it would be heard of too late as well. */
const isDeaf = ({ connection }: Session, { phase, isOver, dropping }: Followed): boolean =>
  connection !== null && phase === 'answered' && !isOver && !dropping;

/** Neither in the queue nor in the history, and a while later still not: it never arrived, was stopped while it waited, or the server has forgotten it. */
const onGone = (house: SessionHouse, followed: Followed): void => end(house, followed, withoutResult(followed));

/** The server refuses connections. If only the way to it is broken, as by a tunnel that fell, the prompt is still in there: it is looked for first. */
const onUnreachable = (house: SessionHouse, followed: Followed): void =>
  end(house, followed, { ...withoutResult(followed), gone: false }, new Error('the server is gone'));

const withoutResult = ({ phase }: Followed) =>
  phase === 'answered'
    ? ({ execution: 'failed', answered: true } as const)
    : ({ execution: 'unavailable', answered: false } as const);

/** It cannot be stopped: the server is sick, and nothing new goes into it before this prompt is out of it. */
const onHung = (house: SessionHouse, followed: Followed): void =>
  end(house, followed, { execution: 'failed', answered: true, gone: false }, new Error('a prompt hangs'));

/** Deletes it from the queue and interrupts it; whether it is gone is seen by looking. */
export function stopPrompt(house: SessionHouse, why: 'dropped' | 'timedOut'): void {
  const { deps, session } = house;
  const { followed } = session;
  if (!followed || followed.dropping) return;
  followed.dropping = why;
  deps.observe({ step: `prompt:${why}`, server: deps.comfy.server });
  // Before the submission is answered there is nothing to delete yet: it is done when the answer comes.
  if (followed.phase !== 'submitting') remove(house, followed.promptId);
}

function remove({ deps: { comfy }, self }: SessionHouse, promptId: string): void {
  const lookNow = () => tell(self, { type: 'look', promptId });
  comfy.remove(promptId).then(lookNow, lookNow);
}

function end(
  house: SessionHouse,
  followed: Followed,
  how: Omit<SessionEnd, 'promptId' | 'image' | 'gone' | 'isLast'> & Partial<SessionEnd>,
  error?: Error,
): void {
  const { deps, session } = house;
  followed.forgetLook();
  followed.forgetTimeout();
  session.followed = null;
  const isLast = error !== undefined || session.connection === null;
  tell(deps.gpu, { type: 'sessionEnded', promptId: followed.promptId, image: null, gone: true, isLast, ...how });
  // Answered first: the supervisor opens the next connection after a pause.
  if (error) throw error;
  if (!session.connection) throw new Error('the connection was closed');
}

export const isRefused = (error: Error & { mayHaveArrived?: boolean }): boolean => error.mayHaveArrived === false;
