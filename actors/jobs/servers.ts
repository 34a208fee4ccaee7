import { mediansOf } from '../../src/domain/expected-wait.ts';
import { afterFailure, isTrusted } from '../../src/domain/trust.ts';
import type { Entry, Line } from './line.ts';

/** What the line knows of a server: `running` is in it, `prepared` has been given to it and not begun. */
export type ServerWork = { running: Entry | undefined; prepared: Entry[] };

export function workOf({ taken }: Line, server: string): ServerWork {
  const mine = [...taken].filter(entry => entry.server === server);
  return { running: mine.find(({ run }) => run), prepared: mine.filter(({ run }) => !run) };
}

/** What did not even begin on a server, for want of space or of an answer, may be tried there again after this time. */
const avoidMs = 60_000;

/** `ran`: it was executed, and that counts. Says after which times another look at the line is worth it. */
export function noteFailure(line: Line, entry: Entry, server: string, ran: boolean, now: number): number[] {
  entry.avoids.set(server, ran ? Number.POSITIVE_INFINITY : now + avoidMs);
  const trust = afterFailure(line.trust.get(server), entry.job.id, now);
  line.trust.set(server, trust);
  line.moves++;
  return [trust.restUntil - now, ran ? 0 : avoidMs].filter(ms => ms > 0);
}

/** It made a picture, and whatever was held against it is forgotten. */
export function noteSuccess(line: Line, server: string): void {
  if (line.trust.delete(server)) line.moves++;
}

/** The servers that there are to choose from now. */
export type Choice = { usable: readonly string[]; now: number };
export const choiceOf = (line: Line, now: number): Choice => ({ usable: usableServers(line, now), now });

/**
 * The servers that jobs are given to: while one that is up can be trusted, those that cannot rest. Where none can, all are as
 * good as each other, so that a server that is alone never rests.
 */
export function usableServers({ gpus, downSince, trust }: Line, now: number): string[] {
  const up = [...gpus.keys()].filter(server => downSince.get(server) === null);
  if (!up.some(server => isTrusted(trust.get(server)))) return up;
  return up.filter(server => isTrusted(trust.get(server)) || trust.get(server)!.restUntil <= now);
}

/** A job goes to no server on which it failed, as long as there is another to go to. */
export function maySend({ avoids }: Entry, server: string, { usable, now }: Choice): boolean {
  const isAvoided = (one: string) => (avoids.get(one) ?? now) > now;
  return usable.includes(server) && (!isAvoided(server) || usable.every(isAvoided));
}

/** Whether there is another server for a job, on which it has not failed. */
export const isAnotherUp = ({ gpus, downSince }: Line, { avoids }: Entry, server: string, now: number): boolean =>
  [...gpus.keys()].some(one => one !== server && downSince.get(one) === null && (avoids.get(one) ?? now) <= now);

/** It stands idle: it has said so, and was given nothing since. */
export function isIdle(line: Line, server: string): boolean {
  const { running, prepared } = workOf(line, server);
  return line.free.get(server) === true && !running && prepared.length === 0;
}

/**
 * Servers with room for one more: the one after what runs there. One that is not to be trusted is tried with one job at a time,
 * as long as another is. What it asks for may have been on its way when it was given a job; that is no second room.
 */
export function serversWithRoom(line: Line, { usable }: Choice): string[] {
  const isOk = (server: string) => isTrusted(line.trust.get(server));
  return [...line.free.keys()].filter(server => {
    const { running, prepared } = workOf(line, server);
    return usable.includes(server) && prepared.length === 0 && (!running || isOk(server) || !usable.some(isOk));
  });
}

/** When what runs there is expected to have ended; never, as far as is known, for what was never timed. */
export function endsInMs(line: Line, server: string, now: number): number {
  const { running } = workOf(line, server);
  if (!running?.run) return 0;
  const runMs = mediansOf(line.runs, server).get(running.job.workflow) ?? Number.POSITIVE_INFINITY;
  return Math.max(0, running.run.since + runMs - now);
}
