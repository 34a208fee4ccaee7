import {
  expectedWaits,
  furtherBack,
  mediansOf,
  type ServerNow,
  type ToldWait,
  toldMinutes,
  type WaitingJob,
} from '../../src/domain/expected-wait.ts';
import { placeOf, turnOrder } from '../../src/domain/turns.ts';
import { type House, showProgress } from './job-work.ts';
import type { Entry, Line } from './line.ts';
import { usableServers, workOf } from './servers.ts';

/** Places are told to the first few; beyond, a job is told its place once, when it joins. */
const placesTold = 30;
/** A server that is away for a moment is nothing to tell anyone of. */
const downMs = 5_000;

/**
 * Tells those whose place or wait has changed, if anything has moved since it was last told. Those whom a server has taken and
 * not begun stand first. It is passing news: nothing of it is written, and nothing is told by the clock alone.
 */
export function tellPlaces(house: House): void {
  const { line } = house;
  if (line.moves === line.movesTold) return;
  line.movesTold = line.moves;
  const now = house.deps.clock.now();
  const taken = [...line.taken].filter(({ run }) => !run);
  const next = turnOrder(line.waiting.values(), line.turns, placesTold).map(({ jobId }) => line.entries.get(jobId)!);
  const expected = expectedWaits(next.map(waitingJob), serversUp(line, now), now);
  const stuck = isStuck(line, now) ? 'noServer' : null;
  if ((stuck !== null) !== line.isStuckTold) tellStuck(house, stuck);
  const first = [...taken, ...next];
  for (const [n, entry] of first.entries())
    tellPlace(house, entry, n + 1, stuck ?? waitOf(expected.get(entry.job.id)?.pictureMs));
  const lastMs = expected.get(first.at(-1)?.job.id ?? '')?.pictureMs ?? null;
  for (const entry of line.joined) {
    if (!line.waiting.has(entry.job.id) || first.includes(entry)) continue;
    const place = placeOf(entry.job.id, line.waiting.values(), line.turns) + taken.length;
    tellPlace(house, entry, place, stuck ?? waitOf(lastMs && furtherBack(lastMs, first.length, place)));
  }
  line.joined.clear();
}

/** That there is no server, and that there is one again, concerns all: whose job was running, and who waits, however far back. */
function tellStuck(house: House, stuck: 'noServer' | null): void {
  const { line } = house;
  line.isStuckTold = stuck !== null;
  for (const jobId of line.waiting.keys()) line.joined.add(line.entries.get(jobId)!);
  for (const { job, run } of line.taken)
    if (run) showProgress(house, job, { place: null, ...(stuck && { wait: stuck }), part: null, preview: null });
}

function tellPlace(house: House, entry: Entry, place: number, wait: ToldWait | null): void {
  const { told } = entry;
  if (told?.place === place && told.wait === wait) return;
  entry.told = { place, wait };
  showProgress(house, entry.job, { place, ...(wait !== null && { wait }), part: null, preview: null });
}

const waitOf = (ms: number | null | undefined): ToldWait | null => (ms == null ? null : toldMinutes(ms));

const waitingJob = ({ job: { id, workflow } }: Entry): WaitingJob => ({ jobId: id, workflow });

/** The servers that can be counted on, as the line knows them. */
const serversUp = (line: Line, now: number): ServerNow[] =>
  usableServers(line, now).map(server => {
    const { running, prepared } = workOf(line, server);
    return {
      medians: mediansOf(line.runs, server),
      running: running ? { workflow: running.job.workflow, since: running.run!.since } : null,
      taken: prepared.map(waitingJob),
    };
  });

/** Every server is down, and has been for a while. */
const isStuck = ({ gpus, downSince }: Line, now: number): boolean =>
  gpus.size > 0 && [...gpus.keys()].every(server => now - (downSince.get(server) ?? now) >= downMs);
