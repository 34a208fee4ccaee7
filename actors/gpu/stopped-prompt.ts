import { tell } from '../nact.ts';
import type { Of, SessionMessage } from '../protocol.ts';
import { end, type Followed, giveTime, lookAgainMs, lookLater, type SessionHouse } from './session-prompt.ts';

/** A prompt that is stopped ends at its next step or node; one that has not by then counts as hung. */
const dropMs = 15_000;

/** After so many looks that find it still there, it is told to end once more. */
const looksPerRemoval = 3;

/** Its time is over: that of its run, or that of its end. */
export function onTimeout(house: SessionHouse, { timeoutAt }: Of<SessionMessage, 'timeout'>): void {
  const { followed } = house.session;
  // Told before it was given more time. What the clock says now is not asked: it may have been set back.
  if (followed?.timeoutAt !== timeoutAt) return;
  if (followed.dropping) return onHung(house, followed);
  stopPrompt(house, 'timedOut');
}

/** Deletes it from the queue and interrupts it; whether it is gone is seen by looking. */
export function stopPrompt(house: SessionHouse, why: 'dropped' | 'timedOut'): void {
  const { deps, session } = house;
  const { followed } = session;
  if (!followed || followed.dropping) return;
  followed.dropping = true;
  giveTime(house, followed, dropMs);
  deps.observe({ step: `prompt:${why}`, server: deps.comfy.server });
  // Before the submission is answered there is nothing to delete yet: it is done when the answer comes.
  if (followed.phase !== 'submitting') remove(house, followed);
}

/** Whatever becomes of the requests it is looked for: at once when they are answered, and soon when they are not. */
export function remove(house: SessionHouse, followed: Followed): void {
  const { promptId } = followed;
  const lookNow = () => tell(house.self, { type: 'look', promptId });
  lookLater(house, followed, lookAgainMs);
  house.deps.comfy.remove(promptId).then(lookNow, lookNow);
}

/**
 * ComfyUI forgets an interrupt that comes before the run has begun, and a request may be lost: it is told to end until it has.
 */
export function onStillThere(house: SessionHouse, followed: Followed): void {
  if (house.deps.clock.now() >= followed.timeoutAt) return onHung(house, followed);
  if (++followed.looksAfterDrop % looksPerRemoval === 0) return remove(house, followed);
  lookLater(house, followed, lookAgainMs);
}

/** It cannot be stopped: the server is sick, and nothing new goes into it before this prompt is out of it. */
const onHung = (house: SessionHouse, followed: Followed): void =>
  end(house, followed, { execution: 'failed', answered: true, gone: false }, new Error('a prompt hangs'));
