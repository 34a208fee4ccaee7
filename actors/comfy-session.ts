import type { GpuDeps } from './gpu.ts';
import { type Context, type Parent, type Ref, spawn, tell } from './nact.ts';
import type { Connection, GpuMessage, SessionEnd, SessionMessage, Settlement } from './protocol.ts';
import { directives, restartWithBackoff } from './supervision.ts';

type SessionDeps = Pick<GpuDeps, 'comfy' | 'clock' | 'observe' | 'timeoutMs'> & { gpu: Ref<GpuMessage> };

/** The prompt that is followed. */
type Followed = {
  promptId: string;
  /** Whether the server answered the submission; `unclear` while an answer is missing and the prompt is looked for. */
  phase: 'submitting' | 'unclear' | 'answered' | 'watched';
  /** It is being stopped: by the person, or by its time. */
  dropping: false | 'dropped' | 'timedOut';
  /** How often in a row it was not there, and how often the server was not. */
  absent: number;
  unreachable: number;
  looksAfterDrop: number;
  progress: { value: number; max: number; preview: Buffer | null };
  forgetLook: () => void;
  forgetTimeout: () => void;
};
type Session = { connection: Connection | null; followed: Followed | null };
type Self = { deps: SessionDeps; session: Session; self: Ref<SessionMessage> };

/** Without a frame for so long, the truth is asked for: `/queue` and `/history`. */
const silenceMs = 5_000;
const lookAgainMs = 1_000;
/** A prompt that is stopped ends at its next step or node; past so many looks it counts as hung. */
const dropLooksMax = 15;

/**
 * One connection to a ComfyUI server and the prompt on it. The WebSocket is the fast path, `/queue` and `/history` the truth. It
 * crashes when the connection is lost, after it has said how the prompt ended; it is restarted with a growing pause.
 */
export const spawnSession = (parent: Parent, deps: SessionDeps): Ref<SessionMessage> => {
  const open = { connection: null as Connection | null };
  const session: Ref<SessionMessage> = spawn(parent, 'comfy-session', receiveWith(deps, open), {
    initialState: (): Session => ({ connection: null, followed: null }),
    onCrash: restartWithBackoff<SessionMessage>({
      ...{ policy: directives.session, clock: deps.clock, giveUp: 'escalate' },
      onError: error => deps.observe({ step: 'crash:session', server: deps.comfy.server, error }),
      restarted: self => tell(self, { type: 'connect' }),
    }),
    afterStop: () => open.connection?.close(),
  });
  tell(session, { type: 'connect' });
  return session;
};

const receiveWith =
  (deps: SessionDeps, open: { connection: Connection | null }) =>
  (session: Session, msg: SessionMessage, ctx: Context<SessionMessage>): Session => {
    const house: Self = { deps, session, self: ctx.self };
    switch (msg.type) {
      case 'connect':
        connect(house);
        break;
      case 'connected':
        session.connection = open.connection = msg.connection;
        tell(deps.gpu, { type: 'sessionReady' });
        break;
      case 'refused':
        goDown(house, msg.error, isRefused(msg.error));
        break;
      case 'execute':
        follow(house, msg.promptId, 'submitting');
        submit(house, msg.promptId, msg.graph);
        break;
      case 'watch':
        follow(house, msg.promptId, 'watched');
        look(house, msg.promptId);
        break;
      case 'drop':
        if (session.followed?.promptId !== msg.promptId) follow(house, msg.promptId, 'watched');
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

function connect({ deps: { comfy }, self }: Self): void {
  let live = true;
  comfy
    // Once we have closed it, what a connection still says is of an earlier life.
    .connect(event => live && tell(self, { type: 'event', event }))
    .then(
      ({ clientId, close }) => {
        const closeOnce = () => {
          live = false;
          close();
        };
        tell(self, { type: 'connected', connection: { clientId, close: closeOnce } });
      },
      (error: Error) => tell(self, { type: 'refused', error }),
    );
}

/** Says so first, then crashes: the supervisor opens the next connection after a pause. */
function goDown({ deps, session }: Self, error: Error, refused: boolean): never {
  session.connection?.close();
  tell(deps.gpu, { type: 'sessionDown', refused });
  throw error;
}

function follow({ deps, session, self }: Self, promptId: string, phase: Followed['phase']): void {
  session.followed = {
    ...{ promptId, phase, dropping: false, absent: 0, unreachable: 0, looksAfterDrop: 0, forgetLook: () => {} },
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
    if (!followed) goDown(house, new Error('the connection was closed'), false);
    return look(house, followed!.promptId);
  }
  if (followed?.promptId !== event.promptId || followed.dropping) return;
  if (event.type === 'ended') return look(house, followed.promptId);
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
  const { session } = house;
  const { followed } = session;
  if (followed?.promptId !== promptId || followed.phase === 'submitting') return;
  followed.absent = whereabouts.at === 'absent' ? followed.absent + 1 : 0;
  followed.unreachable = whereabouts.at === 'unreachable' ? followed.unreachable + 1 : 0;
  if (whereabouts.at === 'settled') return onSettled(house, followed, whereabouts.settlement);
  if (followed.absent >= 2) return onGone(house, followed);
  if (followed.unreachable >= 2) return onGone(house, followed, new Error('the server is gone'));
  if (followed.dropping && ++followed.looksAfterDrop > dropLooksMax) return onHung(house, followed);
  if (followed.phase === 'unclear' && (whereabouts.at === 'running' || whereabouts.at === 'pending')) followed.phase = 'answered';
  lookLater(house, followed, session.connection && whereabouts.at === 'running' && !followed.dropping ? silenceMs : lookAgainMs);
}

function onSettled(house: Self, followed: Followed, settlement: Settlement): void {
  const { comfy, observe } = house.deps;
  observe({ step: `prompt:${settlement.kind}`, server: comfy.server });
  if (settlement.kind === 'failed' && settlement.outOfMemory)
    comfy.free().catch((error: Error) => observe({ step: 'free:failed', error }));
  const image = settlement.kind === 'success' ? settlement.images[0] : undefined;
  end(house, followed, image ? { execution: 'succeeded', answered: true, image } : { execution: 'failed', answered: true });
}

/** Neither in the queue nor in the history, twice: it never arrived, was stopped while it waited, or the server has forgotten it. */
function onGone(house: Self, followed: Followed, error?: Error): void {
  const answered = followed.phase === 'answered';
  end(house, followed, { execution: answered ? 'failed' : 'unavailable', answered }, error);
}

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
  if (error) goDown(house, error, isRefused(error));
  if (!session.connection) goDown(house, new Error('the connection was closed'), false);
}

const isRefused = (error: Error & { mayHaveArrived?: boolean }): boolean => error.mayHaveArrived === false;
