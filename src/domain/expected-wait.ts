/** One run that ended with a picture, on the clock of the house: from its submission to its end. */
export type RunTime = { server: string; workflow: string; runMs: number };

/** The last runs by server and workflow, newest last. */
export type Runs = Map<string, Map<string, number[]>>;

const runsKept = 20;

export function noteRun(runs: Runs, { server, workflow, runMs }: RunTime): void {
  if (!runs.has(server)) runs.set(server, new Map());
  const ofServer = runs.get(server)!;
  ofServer.set(workflow, [...(ofServer.get(workflow) ?? []), runMs].slice(-runsKept));
}

/** What a run of each workflow takes on a server; nothing for a workflow that has not run there. */
export const mediansOf = (runs: Runs, server: string): Map<string, number> =>
  new Map([...(runs.get(server) ?? [])].map(([workflow, list]) => [workflow, medianOf(list)]));

export function medianOf(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export type WaitingJob = { jobId: string; workflow: string };

/** A server that is up: what it runs since when, and which jobs it has taken and not begun, in their order. */
export type ServerNow = {
  medians: ReadonlyMap<string, number>;
  running: { workflow: string; since: number } | null;
  taken: readonly WaitingJob[];
};

/** From now on: until the submission, and until the picture; null for a workflow that has not run on that server. */
export type Expected = { submissionMs: number; pictureMs: number | null };

/**
 * A server as it is played forward. `slotMs`: when it takes the next job, which is when the one before begins; `freeMs`: when
 * that has ended.
 */
type Lane = { medians: ServerNow['medians']; slotMs: number; freeMs: number };

/**
 * Plays the line forward over the servers: each takes its next job as the one before it begins, idle ones first, and a run takes
 * the median of the last ones. A run past its median is expected to end at once. A server is left out from where it runs what has
 * never been timed there; a job that only such servers could take is not in the answer, for nothing is known of it.
 */
export function expectedWaits(
  line: readonly WaitingJob[],
  servers: readonly ServerNow[],
  now: number,
): ReadonlyMap<string, Expected> {
  const expected = new Map<string, Expected>();
  const lanes = servers.map(server => laneOf(server, expected, now));
  for (const job of line) {
    const next = lanes.filter(({ freeMs }) => Number.isFinite(freeMs)).sort(bySlot)[0];
    if (!next) break;
    expected.set(job.jobId, takeOn(next, job));
  }
  return expected;
}

const bySlot = (a: Lane, b: Lane): number => a.slotMs - b.slotMs || a.freeMs - b.freeMs;

function laneOf({ medians, running, taken }: ServerNow, expected: Map<string, Expected>, now: number): Lane {
  const lane: Lane = { medians, slotMs: 0, freeMs: 0 };
  if (running) lane.freeMs = Math.max(0, running.since + (medians.get(running.workflow) ?? Number.POSITIVE_INFINITY) - now);
  for (const job of taken) if (Number.isFinite(lane.freeMs)) expected.set(job.jobId, takeOn(lane, job));
  return lane;
}

function takeOn(lane: Lane, { workflow }: WaitingJob): Expected {
  const submissionMs = lane.freeMs;
  const runMs = lane.medians.get(workflow);
  lane.slotMs = submissionMs;
  lane.freeMs = submissionMs + (runMs ?? Number.POSITIVE_INFINITY);
  return { submissionMs, pictureMs: runMs === undefined ? null : lane.freeMs };
}

/** What somebody further back may expect: the line goes on at the pace of those who were counted, the last of them at `place`. */
export const furtherBack = (pictureMs: number, place: number, theirs: number): number => (pictureMs * theirs) / place;

/** What is told of a wait: minutes until the picture, in the steps people count in, or that no server is there. */
export type ToldWait = number | 'noServer';

const minuteSteps = [0, 1, 2, 3, 4, 5, 10, 15, 20, 30, 45] as const;

/** Minutes as they are said: 0 is less than one, up to 5 each, then longer steps, hours from 60 on. Never below 0. */
export function toldMinutes(ms: number): number {
  const minutes = Math.max(0, ms) / 60_000;
  if (minutes < 1) return 0;
  if (minutes >= 52.5) return Math.max(1, Math.round(minutes / 60)) * 60;
  return minuteSteps.reduce<number>((best, step) => (Math.abs(step - minutes) < Math.abs(best - minutes) ? step : best), 1);
}

/** A time that has passed as a clock shows it, rounded to seconds. */
export function clockOf(ms: number): { hours: number; minutes: number; seconds: number } {
  const all = Math.round(Math.max(0, ms) / 1_000);
  return { hours: Math.floor(all / 3_600), minutes: Math.floor(all / 60) % 60, seconds: all % 60 };
}
