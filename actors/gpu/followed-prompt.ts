import { tell } from '../nact.ts';
import type { SessionMessage, Settlement } from '../protocol.ts';
import {
  end,
  type Followed,
  isRefused,
  type Line,
  leave,
  look,
  lookAgainMs,
  lookLater,
  noteRun,
  type SessionHouse,
  sayThere,
  silenceMs,
} from './session-prompt.ts';
import { onStillThere, remove } from './stopped-prompt.ts';

/* What is heard and found of the prompt that is followed. */

/** ComfyUI tells of an end just after it can be seen. */
const graceMs = 500;

export function submit({ deps: { comfy, observe }, session, self }: SessionHouse, promptId: string, graph: object): void {
  const submitted = (result: Extract<SessionMessage, { type: 'submitted' }>['result']) =>
    tell(self, { type: 'submitted', promptId, result });
  comfy.submit({ promptId, clientId: session.connection?.clientId ?? promptId, graph }).then(
    () => submitted('accepted'),
    (error: Error & { kind?: string }) => {
      observe({ step: 'prompt:unanswered', server: comfy.server, error });
      if (error.kind === 'rejected') submitted(isRefused(error) ? 'rejected' : 'partlyRejected');
      else submitted(isRefused(error) ? 'unreachable' : 'unclear');
    },
  );
}

export function onSubmitted(house: SessionHouse, { promptId, result }: Extract<SessionMessage, { type: 'submitted' }>): void {
  const { deps, session } = house;
  const { followed } = session;
  // What is only watched was submitted in an earlier life, and that answer is of no use any more.
  if (followed?.promptId !== promptId || followed.phase !== 'submitting') return;
  deps.observe({ step: `prompt:${result}`, server: deps.comfy.server });
  if (result === 'rejected') return end(house, followed, { execution: 'rejected', answered: true });
  // The rest of it runs: nothing new goes in before that is out.
  if (result === 'partlyRejected') return end(house, followed, { execution: 'rejected', answered: true, gone: false });
  if (result === 'unreachable')
    return end(house, followed, { execution: 'unavailable', answered: false }, new Error('the server refused the connection'));
  followed.phase = result === 'accepted' ? 'answered' : 'unclear';
  if (result === 'accepted') sayThere(house, followed);
  // Its frames go another way than the answer, and may be faster.
  if (followed.isOver || (result === 'unclear' && !followed.dropping)) return look(house, promptId);
  if (followed.dropping) return remove(house, followed);
  lookLater(house, followed, isHeard(house, followed) ? silenceMs : lookAgainMs);
}

export function onEvent(house: SessionHouse, event: Extract<SessionMessage, { type: 'event' }>['event']): void {
  const { deps, session } = house;
  const { followed } = session;
  if (event.type === 'closed') {
    session.connection = null;
    if (!followed) throw new Error('the connection was closed');
    return look(house, followed.promptId);
  }
  if ([followed?.promptId, house.line.unheard?.promptId].includes(event.promptId)) trust(house.line);
  if (followed?.promptId !== event.promptId) return;
  if (event.type === 'ended') return onEndHeard(house, followed);
  noteRun(house, followed);
  // Whoever tells of it has it: looks that found nothing, or could not be made, count no more.
  Object.assign(followed, { absentSince: null, unreachable: 0 });
  if (followed.dropping) return;
  lookLater(house, followed, silenceMs);
  if (event.type === 'progress') followed.progress = { ...followed.progress, value: event.value, max: event.max };
  if (event.type === 'preview') followed.progress = { ...followed.progress, preview: event.bytes };
  tell(deps.gpu, { type: 'sessionProgress', promptId: followed.promptId, ...followed.progress });
}

function onEndHeard(house: SessionHouse, followed: Followed): void {
  const { promptId, phase } = followed;
  followed.isOver = true;
  tell(house.deps.gpu, { type: 'sessionEnding', promptId });
  // Until the submission is answered, what is found counts for nothing.
  if (phase !== 'submitting') look(house, promptId);
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
  if (whereabouts.at === 'running' || whereabouts.at === 'pending') onThere(house, followed, whereabouts.at);
  if (followed.dropping) return onStillThere(house, followed);
  lookLater(house, followed, isHeard(house, followed) && whereabouts.at === 'running' ? silenceMs : lookAgainMs);
}

function onThere(house: SessionHouse, followed: Followed, at: 'running' | 'pending'): void {
  sayThere(house, followed);
  if (at === 'running') noteRun(house, followed);
  if (followed.phase === 'unclear') followed.phase = 'answered';
}

/** The frames of a prompt that another connection submitted go there: it can only be looked for. */
const isHeard = ({ session, line }: SessionHouse, { phase }: Followed): boolean =>
  session.connection !== null && line.unheard === null && phase !== 'watched';

function onSettled(house: SessionHouse, followed: Followed, settlement: Settlement): void {
  const { comfy, observe } = house.deps;
  observe({ step: `prompt:${settlement.kind}`, server: comfy.server });
  if (settlement.kind === 'failed' && settlement.outOfMemory)
    comfy.free().catch((error: Error) => observe({ step: 'free:failed', error }));
  const image = settlement.kind === 'success' ? settlement.images[0] : undefined;
  const how = image
    ? ({ execution: 'succeeded', answered: true, image } as const)
    : ({ execution: 'failed', answered: true } as const);
  const isUnheard = house.session.connection !== null && followed.phase === 'answered' && !followed.isOver && !followed.dropping;
  const isDeaf = isUnheard && house.line.unheard !== null;
  if (isUnheard && !isDeaf) doubt(house, followed.promptId);
  end(house, followed, how, isDeaf ? deaf() : undefined);
}

/**
 * The connection stands and has told nothing of an end: the frame may be on its way, or somebody else may have taken the
 * connection over, so that the next prompt would be heard of too late as well. The next is not kept waiting for that: it is
 * looked for more often, and without a next one the connection is opened anew after the grace.
 */
function doubt({ deps: { clock }, self, line }: SessionHouse, promptId: string): void {
  const forgetGrace = clock.after(graceMs, () => tell(self, { type: 'suspected', error: deaf() }));
  line.unheard = { promptId, forgetGrace };
}

/** It is heard, or it is no more. */
export function trust(line: Line): void {
  line.unheard?.forgetGrace();
  line.unheard = null;
}

const deaf = (): Error => new Error('the connection is deaf');

/**
 * Neither in the queue nor in the history, and a while later still not: it never arrived, was stopped while it waited, or the
 * server has forgotten it.
 */
const onGone = (house: SessionHouse, followed: Followed): void => end(house, followed, withoutResult(followed));

/**
 * The server refuses connections. If only the way to it is broken, as by a tunnel that fell, the prompt is still in there: it is
 * looked for first.
 */
function onUnreachable(house: SessionHouse, followed: Followed): void {
  const error = new Error('the server is gone');
  if (!house.deps.isAlone || followed.dropping) return end(house, followed, { ...withoutResult(followed), gone: false }, error);
  // Nobody else could have the job: it stays with this server, and the next connection looks for it.
  leave(house, followed);
  throw error;
}

const withoutResult = ({ phase, wasThere }: Followed) =>
  phase === 'answered' || wasThere
    ? ({ execution: 'failed', answered: true } as const)
    : ({ execution: 'unavailable', answered: false } as const);
