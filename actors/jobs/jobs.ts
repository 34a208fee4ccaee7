import { noteRun } from '../../src/domain/expected-wait.ts';
import { spawnGpu } from '../gpu/gpu.ts';
import { type Context, type Parent, type Ref, spawn, tell } from '../nact.ts';
import type { JobsMessage } from '../protocol.ts';
import { essential } from '../supervision.ts';
import { type Assignment, heldUp, takePlace, takeTurn } from './assignment.ts';
import { cancelJob, onJob, recover } from './job-steps.ts';
import { armDeadline, askWhetherPaid, type House, type JobsDeps, preparePhotos } from './job-work.ts';
import { enterJob, initialLine, type Line, noteDown, notePayer, noteUp, openJobsOf } from './line.ts';
import { tellPlaces } from './places.ts';

/**
 * The intake, the waiting list and the saga of every open job. All of it stands in rows: after a crash of this actor or of the
 * process the rows are read again and each job goes on from its state.
 */
export const spawnJobs = (parent: Parent, deps: JobsDeps): Ref<JobsMessage> => {
  const jobs: Ref<JobsMessage> = spawn(parent, 'jobs', receiveWith(deps), {
    initialState: initialLine,
    onCrash: essential<JobsMessage>(deps, 'jobs', self => tell(self, { type: 'start' })),
    onChildStopped: (error, server) => {
      deps.observe({ step: 'crash:gpu', server, error });
      tell(jobs, { type: 'gpuCrashed', server });
    },
  });
  tell(jobs, { type: 'start' });
  return jobs;
};

const receiveWith =
  (deps: JobsDeps) =>
  async (line: Line, msg: JobsMessage, ctx: Context<JobsMessage>): Promise<Line> => {
    const house: House = { deps, line, self: ctx.self };
    // What was asked while this actor was started anew stands before its start: without the rows there is no answer to it.
    if (!line.recovered && 'replyTo' in msg) {
      tell(ctx.self, msg);
      return line;
    }
    switch (msg.type) {
      case 'start':
        if (!line.recovered) await start(house);
        break;
      case 'ordered':
        if (!line.entries.has(msg.job.id)) {
          const entry = enterJob(line, { ...msg.job, state: 'received', executions: 0, reason: null });
          armDeadline(house, entry);
          askWhetherPaid(house, entry.job);
          preparePhotos(house, entry);
        }
        break;
      case 'openJobs':
        tell(msg.replyTo, openJobsOf(line, msg.userId));
        break;
      case 'cancel':
        cancelJob(house, msg);
        break;
      case 'payer':
        notePayer(line, msg.userId);
        break;
      case 'gpuFree':
        if (!line.gpus.has(msg.server)) break;
        line.free.set(msg.server, msg.idle);
        noteUp(line, msg.server);
        break;
      case 'gpuBusy':
        line.free.delete(msg.server);
        noteDown(line, msg.server, deps.clock.now());
        break;
      case 'rested':
        break;
      case 'gpuCrashed':
        // What it was running stands in rows; starting anew from them is the one way back, and is about to be done already.
        if (line.recovered) throw new Error('the actor of a server crashed');
        break;
      default:
        onJob(house, msg);
    }
    giveTurns(house);
    tellPlaces(house);
    return line;
  };

/** Reads the open jobs before anything else is taken from the mailbox, so that no limit and no turn is judged without them. */
async function start(house: House): Promise<void> {
  const { deps, line, self } = house;
  const [unfinished, abandoned] = await Promise.all([deps.unfinishedJobs(), deps.abandonedAttempts()]);
  const [runs, payers] = await Promise.all([orNone(house, deps.lastRuns), orNone(house, deps.openPayers)]);
  for (const run of runs) noteRun(line.runs, run);
  for (const [n, comfy] of deps.servers.entries())
    line.gpus.set(
      comfy.server,
      spawnGpu(self as never, `gpu-${n}`, { ...deps, comfy, isAlone: deps.servers.length === 1, jobs: self }),
    );
  // Points may have been given back before the server was free: it takes nothing new until it is.
  for (const { job, attempt } of abandoned)
    tell(line.gpus.get(attempt.server)!, { type: 'adopt', job, attempt, abandoned: true });
  for (const one of unfinished) recover(house, one);
  for (const userId of payers) notePayer(line, userId);
  line.recovered = true;
  deps.observe({ step: 'jobs:recovered' });
}

/** What is only good to know is not worth a start that fails. */
async function orNone<Found>({ deps }: House, read: () => Promise<readonly Found[]>): Promise<readonly Found[]> {
  try {
    return await read();
  } catch (error) {
    deps.observe({ step: 'jobs:unread', error: error as Error });
    return [];
  }
}

/** Hands out turns while a server and a job are free, and corrects what was only prepared. */
function giveTurns(house: House): void {
  const { line, deps } = house;
  const now = deps.clock.now();
  for (let turn = takeTurn(line, now); turn; turn = takeTurn(line, now)) give(house, turn);
  for (let turn = takePlace(line, now); turn; turn = takePlace(line, now)) give(house, turn);
  for (const entry of heldUp(line, now)) {
    entry.isAskedBack = true;
    tell(line.gpus.get(entry.server!)!, { type: 'release', jobId: entry.job.id });
  }
}

function give({ line, deps }: House, { entry: { job, attempts }, server, insteadOf }: Assignment): void {
  deps.observe({ step: 'job:turn', jobId: job.id, server });
  tell(line.gpus.get(server)!, { type: 'run', job, attempts, insteadOf });
}
