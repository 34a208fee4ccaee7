import { type Context, type Parent, type Ref, spawn, tell } from './nact.ts';
import type { Clock, Comfy, Connection, GpuMessage, Observe, SessionEnd, SessionMessage, Settlement } from './protocol.ts';
import { directives, restartWithBackoff } from './supervision.ts';

/** `timeoutMs` is for one execution. */
export type SessionDeps = { comfy: Comfy; clock: Clock; observe: Observe; timeoutMs: number; gpu: Ref<GpuMessage> };

/** The prompt that is followed. */
type Followed = {
  promptId: string;
  /** Whether the server answered the submission; `unclear` while an answer is missing and the prompt is looked for. */
  phase: 'submitting' | 'unclear' | 'answered' | 'watched';
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
type Session = { connection: Connection | null; followed: Followed | null };
/** Closes the connection of this life, also one that is still being opened. It outlives the state, which a crash takes along. */
type Line = { hangUp: () => void };
type Self = { deps: SessionDeps; session: Session; self: Ref<SessionMessage>; line: Line };

/** Without a frame for so long, the truth is asked for: `/queue` and `/history`. */
const silenceMs = 5_000;
const lookAgainMs = 1_000;
/** A prompt that is stopped ends at its next step or node; past so many looks it counts as hung. */
const dropLooksMax = 15;

/**
 * One connection to a ComfyUI server and the prompt on it. The WebSocket is the fast path, `/queue` and `/history` the truth. It
 * crashes when the connection is lost, after it has said how the prompt ended; it is restarted with a growing pause. Whatever it
 * crashed of, its gpu hears that it is down and has the next life look for the prompt.
 */
export const spawnSession = (parent: Parent, deps: SessionDeps): Ref<SessionMessage> => {
  const line: Line = { hangUp: () => {} };
  const session: Ref<SessionMessage> = spawn(parent, 'comfy-session', receiveWith(deps, line), {
    initialState: (): Session => ({ connection: null, followed: null }),
    onCrash: restartWithBackoff<SessionMessage>({
      ...{ policy: directives.session, clock: deps.clock, giveUp: 'escalate' },
      onError: error => {
        deps.observe({ step: 'crash:session', server: deps.comfy.server, error });
        line.hangUp();
        tell(deps.gpu, { type: 'sessionDown', refused: isRefused(error) });
      },
      restarted: self => tell(self, { type: 'connect' }),
    }),
    afterStop: () => line.hangUp(),
  });
  tell(session, { type: 'connect' });
  return session;
};

const receiveWith =
  (deps: SessionDeps, line: Line) =>
  (session: Session, msg: SessionMessage, ctx: Context<SessionMessage>): Session => {
    const house: Self = { deps, session, self: ctx.self, line };
    switch (msg.type) {
      case 'connect':
        connect(house);
        break;
      case 'connected':
        session.connection = msg.connection;
        tell(deps.gpu, { type: 'sessionReady' });
        break;
      case 'refused':
        throw msg.error;
      // Not connected in this life: it was told to an earlier one, and the gpu comes back to it.
      case 'execute':
        if (!session.connection) break;
        follow(house, msg.promptId, 'submitting');
        submit(house, msg.promptId, msg.graph);
        break;
      case 'watch':
        if (!session.connection) break;
        follow(house, msg.promptId, 'watched');
        look(house, msg.promptId);
        break;
      case 'drop':
        if (session.followed?.promptId !== msg.promptId) {
          if (!session.connection) break;
          follow(house, msg.promptId, 'watched');
        }
        stopPrompt(house, 'dropped');
        break;
      case 'event':
        onEvent(house, msg.event);
        break;
      case 'submitted':
        onSubmitted(house, msg);
        break;
      case 'look':
        if (session.followed?.promptId === msg.promptId) look(house, msg.promptId);
        break;
      case 'found':
        onFound(house, msg);
        break;
      case 'timeout':
        if (session.followed?.promptId === msg.promptId) stopPrompt(house, 'timedOut');
        break;
      default:
        msg satisfies never;
    }
    return session;
  };

function connect({ deps: { comfy }, self, line }: Self): void {
  let live = true;
  // Once we have hung up, what a connection still says is of an earlier life.
  const connecting = comfy.connect(event => live && tell(self, { type: 'event', event }));
  line.hangUp = () => {
    live = false;
    connecting.then(
      ({ close }) => close(),
      () => {},
    );
  };
  connecting.then(
    connection => live && tell(self, { type: 'connected', connection }),
    (error: Error) => live && tell(self, { type: 'refused', error }),
  );
}

function follow({ deps, session, self }: Self, promptId: string, phase: Followed['phase']): void {
  session.followed = {
    ...{ promptId, phase, dropping: false, absentSince: null, unreachable: 0, looksAfterDrop: 0, forgetLook: () => {} },
    progress: { value: 0, max: 0, preview: null },
    forgetTimeout: deps.clock.after(deps.timeoutMs, () => tell(self, { type: 'timeout', promptId })),
  };
}

function submit({ deps: { comfy, observe }, session, self }: Self, promptId: string, graph: object): void {
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

function onSubmitted(house: Self, { promptId, result }: Extract<SessionMessage, { type: 'submitted' }>): void {
  const { deps, session } = house;
  const { followed } = session;
  if (followed?.promptId !== promptId) return;
  deps.observe({ step: `prompt:${result}`, server: deps.comfy.server });
  if (result === 'rejected') return end(house, followed, { execution: 'rejected', answered: true });
  if (result === 'unreachable')
    return end(house, followed, { execution: 'unavailable', answered: false }, new Error('the server refused the connection'));
  followed.phase = result === 'accepted' ? 'answered' : 'unclear';
  if (followed.dropping) return remove(house, promptId);
  if (result === 'unclear') return look(house, promptId);
  lookLater(house, followed, session.connection ? silenceMs : lookAgainMs);
}

function onEvent(house: Self, event: Extract<SessionMessage, { type: 'event' }>['event']): void {
  const { deps, session } = house;
  const { followed } = session;
  if (event.type === 'closed') {
    session.connection = null;
    if (!followed) throw new Error('the connection was closed');
    return look(house, followed.promptId);
  }
  if (followed?.promptId !== event.promptId) return;
  if (event.type === 'ended') return look(house, followed.promptId);
  if (followed.dropping) return;
  lookLater(house, followed, silenceMs);
  if (event.type === 'progress') followed.progress = { ...followed.progress, value: event.value, max: event.max };
  if (event.type === 'preview') followed.progress = { ...followed.progress, preview: event.bytes };
  tell(deps.gpu, { type: 'sessionProgress', promptId: followed.promptId, ...followed.progress });
}

function look({ deps: { comfy }, session, self }: Self, promptId: string): void {
  session.followed?.forgetLook();
  comfy.locate(promptId).then(
    whereabouts => tell(self, { type: 'found', promptId, whereabouts }),
    (error: Error) => tell(self, { type: 'found', promptId, whereabouts: { at: isRefused(error) ? 'unreachable' : 'unknown' } }),
  );
}

function lookLater({ deps, self }: Self, followed: Followed, ms: number): void {
  const { promptId } = followed;
  followed.forgetLook();
  followed.forgetLook = deps.clock.after(ms, () => tell(self, { type: 'look', promptId }));
}

function onFound(house: Self, { promptId, whereabouts }: Extract<SessionMessage, { type: 'found' }>): void {
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
  if (followed.dropping && ++followed.looksAfterDrop > dropLooksMax) return onHung(house, followed);
  if (followed.phase === 'unclear' && (whereabouts.at === 'running' || whereabouts.at === 'pending')) followed.phase = 'answered';
  // The frames of a prompt that another connection submitted go there: it can only be looked for.
  const isHeard = session.connection && followed.phase !== 'watched' && !followed.dropping;
  lookLater(house, followed, isHeard && whereabouts.at === 'running' ? silenceMs : lookAgainMs);
}

function onSettled(house: Self, followed: Followed, settlement: Settlement): void {
  const { comfy, observe } = house.deps;
  observe({ step: `prompt:${settlement.kind}`, server: comfy.server });
  if (settlement.kind === 'failed' && settlement.outOfMemory)
    comfy.free().catch((error: Error) => observe({ step: 'free:failed', error }));
  const image = settlement.kind === 'success' ? settlement.images[0] : undefined;
  end(house, followed, image ? { execution: 'succeeded', answered: true, image } : { execution: 'failed', answered: true });
}

/** Neither in the queue nor in the history, and a while later still not: it never arrived, was stopped while it waited, or the server has forgotten it. */
const onGone = (house: Self, followed: Followed): void => end(house, followed, withoutResult(followed));

/** The server refuses connections. If only the way to it is broken, as by a tunnel that fell, the prompt is still in there: it is looked for first. */
const onUnreachable = (house: Self, followed: Followed): void =>
  end(house, followed, { ...withoutResult(followed), gone: false }, new Error('the server is gone'));

const withoutResult = ({ phase }: Followed) =>
  phase === 'answered'
    ? ({ execution: 'failed', answered: true } as const)
    : ({ execution: 'unavailable', answered: false } as const);

/** It cannot be stopped: the server is sick, and nothing new goes into it before this prompt is out of it. */
const onHung = (house: Self, followed: Followed): void =>
  end(house, followed, { execution: 'failed', answered: true, gone: false }, new Error('a prompt hangs'));

/** Deletes it from the queue and interrupts it; whether it is gone is seen by looking. */
function stopPrompt(house: Self, why: 'dropped' | 'timedOut'): void {
  const { deps, session } = house;
  const { followed } = session;
  if (!followed || followed.dropping) return;
  followed.dropping = why;
  deps.observe({ step: `prompt:${why}`, server: deps.comfy.server });
  // Before the submission is answered there is nothing to delete yet: it is done when the answer comes.
  if (followed.phase !== 'submitting') remove(house, followed.promptId);
}

function remove({ deps: { comfy }, self }: Self, promptId: string): void {
  const lookNow = () => tell(self, { type: 'look', promptId });
  comfy.remove(promptId).then(lookNow, lookNow);
}

function end(
  house: Self,
  followed: Followed,
  how: Omit<SessionEnd, 'promptId' | 'image' | 'gone'> & Partial<SessionEnd>,
  error?: Error,
): void {
  const { deps, session } = house;
  followed.forgetLook();
  followed.forgetTimeout();
  session.followed = null;
  tell(deps.gpu, { type: 'sessionEnded', promptId: followed.promptId, image: null, gone: true, ...how });
  // Answered first: the supervisor opens the next connection after a pause.
  if (error) throw error;
  if (!session.connection) throw new Error('the connection was closed');
}

const isRefused = (error: Error & { mayHaveArrived?: boolean }): boolean => error.mayHaveArrived === false;
