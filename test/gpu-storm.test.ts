import test from 'ava';
import type { Observed } from '../actors/protocol.ts';
import type { Job } from '../src/domain/job.ts';
import { type Chance, chanceOf } from './chance.ts';
import {
  closeDoor,
  cutConnection,
  endRun,
  forgetPrompts,
  type Machine,
  makeStoppable,
  mendMachine,
  type Prompt,
  promptsInside,
} from './gpu-machine.ts';
import { openJobsIn, openWorld, type World } from './gpu-world.ts';
import { idle, noon } from './probe.ts';

/**
 * Storms over the GPUs: a seed has people order and cancel while servers refuse, hang, forget and lie, answers are lost, and the
 * house dies at any moment. No server is ever given a prompt beside another, no job is made twice, none is left open, and when
 * the storm is over every server works again.
 * `LONG=1` plays thousands; `SEED=… npx ava test/gpu-storm.test.ts` plays that one alone, and a failure says which it was.
 */
const alone = process.env['SEED'];
const first = Number(alone ?? Date.now() % 1_000_000);
const count = alone ? 1 : Number(process.env['SEEDS'] ?? (process.env['LONG'] ? 3_000 : 200));
const seeds = alone ? `SEED=${first}` : `SEED=${first} to ${first + count - 1}`;

test(`after any storm each job has ended once, and every server works (${seeds})`, async t => {
  t.timeout(60 * 60_000);
  const totals = new Map<string, number>();
  for (let seed = first; seed < first + count; seed++) {
    const { flaws, story, counted } = await play(seed);
    for (const one of counted) totals.set(one, (totals.get(one) ?? 0) + 1);
    if (flaws.length > 0) return t.fail([`SEED=${seed}`, ...story, ...flaws.map(flaw => `✘ ${flaw}`)].join('\n'));
  }
  t.log(seeds, [...totals].map(([what, times]) => `${times} × ${what}`).join(', '));
  t.pass();
});

// — chance —

/** The pauses of supervisors are spread by chance: for as long as a storm lasts, by that of its seed. */
async function withChance<Result>(chance: Chance, work: () => Promise<Result>): Promise<Result> {
  const { random } = Math;
  Math.random = chance.next;
  try {
    return await work();
  } finally {
    Math.random = random;
  }
}

// — the storm —

type Storm = {
  world: World;
  chance: Chance;
  deck: readonly Operation[];
  story: string[];
  flaws: string[];
  /** What is counted over all seeds, to see that storms are storms. */
  counted: string[];
  restartedAt: number;
  /** The actors were told to begin anew, and have not yet. */
  isRestarting: boolean;
};

const secondMs = 1_000;
const hourMs = 3_600_000;
const serversMax = 3;
const stepsMax = 140;

/** What is wrong after the storm of a seed, and what happened in it; the first flaw ends it. */
const play = (seed: number): Promise<Pick<Storm, 'flaws' | 'story' | 'counted'>> =>
  withChance(chanceOf(-seed), async () => {
    const storm = openStorm(seed);
    try {
      await idle();
      for (let step = 0; step < stepsMax && isSound(storm); step++) await playStep(storm);
      if (isSound(storm)) await calm(storm);
      if (isSound(storm)) await useAgain(storm);
    } catch (error) {
      storm.flaws.push((error as Error).stack ?? String(error));
    }
    await storm.world.close();
    storm.counted.push(...storm.world.rows.ends.map(({ job }) => endOf(job)));
    return storm;
  });

function openStorm(seed: number): Storm {
  const chance = chanceOf(seed);
  const world = openWorld(chance.between(1, serversMax + 1), {
    onArrival: (machine, prompt) => seeArrival(storm, machine, prompt),
    onObserved: observed => seeStep(storm, observed),
  });
  const storm: Storm = {
    ...{ world, chance, deck: deckOf(chance), story: [], flaws: [], counted: [] },
    ...{ restartedAt: noon, isRestarting: false },
  };
  return storm;
}

const isSound = ({ flaws }: Storm): boolean => flaws.length === 0;
const tell = ({ story, world }: Storm, line: string): void =>
  void story.push(`${((world.clock.now() - noon) / secondMs).toFixed(2)} s: ${line}`);
const named = (jobId: string): string => `job ${Number(jobId.slice(-12))}`;

async function playStep(storm: Storm): Promise<void> {
  const { world, chance } = storm;
  const machine = chance.pick(world.machines);
  await acts[chance.pick(storm.deck)].play(storm, machine);
  // What comes next may find it half done.
  await idle(chance.below(12));
  seeRows(storm);
}

type Operation =
  | 'order'
  | 'cancel'
  | 'succeed'
  | 'fail'
  | 'cut'
  | 'deafen'
  | 'refuse'
  | 'silence'
  | 'open'
  | 'forget'
  | 'loseAnswer'
  | 'loseSubmission'
  | 'makeUnstoppable'
  | 'makeStoppable'
  | 'failUploads'
  | 'takeUploads'
  | 'failViews'
  | 'giveViews'
  | 'slowSubmit'
  | 'slowLedger'
  | 'slowSave'
  | 'hurry'
  | 'restart'
  | 'kill'
  | 'pass'
  | 'passLong';

type Act = { weight: number; play(storm: Storm, machine: Machine): Promise<void> | void };

/** Something happens to a server, and the story says what. */
const befall = (weight: number, what: string, happen: (machine: Machine) => unknown): Act => ({
  weight,
  play(storm, machine) {
    tell(storm, `${machine.server} ${what}`);
    happen(machine);
  },
});

const acts: Record<Operation, Act> = {
  order: { weight: 3, play: order },
  cancel: { weight: 2, play: cancel },
  succeed: befall(4, 'ends its run well', machine => endRun(machine, 'success')),
  fail: befall(1, 'ends its run with an error', machine => endRun(machine, 'failed')),
  cut: befall(1, 'loses its connection', cutConnection),
  deafen: befall(1, 'tells nothing on its connection', machine => (machine.isDeaf = true)),
  refuse: befall(2, 'refuses connections', machine => closeDoor(machine, 'refusing')),
  silence: befall(1, 'answers nothing', machine => closeDoor(machine, 'silent')),
  open: befall(3, 'can be asked', machine => (machine.door = 'open')),
  forget: befall(1, 'is started anew and has forgotten everything', forgetPrompts),
  loseAnswer: befall(1, 'will lose the answer to a submission', machine => machine.fates.push('answerLost')),
  loseSubmission: befall(1, 'will lose a submission', machine => machine.fates.push('lost')),
  makeUnstoppable: befall(1, 'will be given a prompt that cannot be stopped', machine => machine.fates.push('unstoppable')),
  makeStoppable: befall(2, 'can stop its prompt', makeStoppable),
  failUploads: befall(1, 'has no space for photos', machine => (machine.uploadsFail = true)),
  takeUploads: befall(1, 'has space for photos', machine => (machine.uploadsFail = false)),
  failViews: befall(1, 'does not give its pictures', machine => (machine.viewsFail = true)),
  giveViews: befall(1, 'gives its pictures', machine => (machine.viewsFail = false)),
  slowSubmit: befall(1, 'is slow to take prompts', machine => (machine.submitMs = 600)),
  slowLedger: { weight: 2, play: storm => slow(storm, 'ledger') },
  slowSave: { weight: 2, play: storm => slow(storm, 'disk') },
  hurry: { weight: 2, play: hurry },
  restart: { weight: 1, play: restart },
  kill: { weight: 3, play: kill },
  pass: { weight: 3, play: ({ world, chance }) => world.pass(chance.between(500, 3_500), 250) },
  passLong: { weight: 1, play: ({ world, chance }) => world.pass(chance.between(5_000, 45_000), 500) },
};

/** What every storm has; of all else it has a part, so that some faults are seen without others that would hide them. */
const inAnyStorm: readonly Operation[] = [
  'order',
  'succeed',
  'open',
  'makeStoppable',
  'takeUploads',
  'giveViews',
  'hurry',
  'pass',
];

/** What may happen in a storm, each as often as it weighs. */
const deckOf = (chance: Chance): Operation[] =>
  (Object.keys(acts) as Operation[])
    .filter(operation => inAnyStorm.includes(operation) || chance.is(0.8))
    .flatMap(operation => Array<Operation>(acts[operation].weight).fill(operation));

function order(storm: Storm): void {
  const { world, chance } = storm;
  const [userId, deadlineMs] = [chance.below(4), chance.is(0.15) ? chance.between(30_000, 150_000) : hourMs];
  tell(storm, `${userId} orders ${named(world.order({ userId, deadlineMs }))}, to end within ${deadlineMs / secondMs} s`);
}

function cancel(storm: Storm): void {
  const open = openJobsIn(storm.world.rows);
  if (open.length === 0) return;
  const job = storm.chance.pick(open);
  tell(storm, `${job.userId} cancels ${named(job.id)}`);
  storm.world.cancel(job);
}

function slow(storm: Storm, what: 'ledger' | 'disk'): void {
  tell(storm, `the ${what} is slow`);
  Object.assign(storm.world.pace, what === 'ledger' ? { ledgerMs: 300 } : { saveMs: 400 });
}

function hurry(storm: Storm): void {
  tell(storm, 'nothing is slow any more');
  Object.assign(storm.world.pace, { ledgerMs: 0, saveMs: 0 });
  for (const machine of storm.world.machines) machine.submitMs = 0;
}

/** Actors that crash too often in a minute end the process. */
const restartPauseMs = 30_000;

function restart(storm: Storm): void {
  const now = storm.world.clock.now();
  if (now - storm.restartedAt < restartPauseMs) return;
  Object.assign(storm, { restartedAt: now, isRestarting: true });
  tell(storm, 'the actors begin anew');
  storm.world.restart();
  // People do not wait for that.
  for (let orders = storm.chance.below(3); orders > 0; orders--) order(storm);
}

function kill(storm: Storm): void {
  tell(storm, '† the house is killed, and opens');
  storm.counted.push('killed');
  storm.isRestarting = false;
  storm.world.kill();
}

// — after it —

const calmMax = 1_200;
const restMs = 60_000;
const jobsPerServer = 6;
const useMax = 300;

/** Nothing breaks any more, and servers end what they run: no job may be left open. */
async function calm(storm: Storm): Promise<void> {
  const { world } = storm;
  tell(storm, 'the storm is over');
  hurry(storm);
  for (const machine of world.machines) mendMachine(machine);
  // Whoever was about to begin anew has begun.
  await world.pass(secondMs, secondMs);
  await endAll(storm, calmMax, 1);
}

/** What comes now finds every server at work. */
async function useAgain(storm: Storm): Promise<void> {
  const { world } = storm;
  await world.pass(restMs, secondMs);
  const before = world.machines.map(({ prompts }) => prompts.length);
  tell(storm, 'orders come for all servers');
  for (let n = 0; n < jobsPerServer * world.machines.length; n++) world.order({ userId: 10 + n });
  await endAll(storm, useMax, 5);
  const unused = world.machines.filter(({ prompts }, n) => prompts.length === before[n]);
  for (const { server } of unused) storm.flaws.push(`${server} never works again`);
}

/** Every server ends what it runs each `everySecond`; what is not over after so many seconds is left open. */
async function endAll(storm: Storm, secondsMax: number, everySecond: number): Promise<void> {
  const { world, flaws } = storm;
  for (let second = 1; second <= secondsMax && openJobsIn(world.rows).length > 0; second++) {
    await world.pass(secondMs, secondMs);
    if (second % everySecond === 0) for (const machine of world.machines) endRun(machine, 'success');
    await idle(15);
  }
  seeRows(storm);
  for (const { id, state } of openJobsIn(world.rows)) flaws.push(`${named(id)} is left open: ${state}`);
  for (const userId of new Set([...world.rows.jobs.values()].map(job => job.userId)))
    if ((await world.openJobs(userId)) > 0) flaws.push(`${userId} is said to have open jobs`);
}

// — what must hold —

/** What is sent when its job has just ended may have been on its way to be sent. */
const farewellMs = 1_000;

function seeArrival(storm: Storm, machine: Machine, { jobId, promptId, sentAt }: Prompt): void {
  const { world, flaws, counted } = storm;
  const { rows, machines } = world;
  tell(storm, `${named(jobId)} goes into ${machine.server}`);
  counted.push('submitted');
  const complain = (what: string) => flaws.push(`${named(jobId)} goes into ${machine.server} ${what}`);
  for (const other of promptsInside(machine)) complain(`beside ${named(other.jobId)}`);
  for (const other of machines) if (other !== machine && isSoundIn(other, jobId)) complain(`while it runs in ${other.server}`);
  if (rows.results.has(jobId)) complain('although its picture is kept');
  if (rows.ends.some(({ job, at }) => job.id === jobId && sentAt - at > farewellMs)) complain('after its end');
  if (!rows.attempts.some(attempt => attempt.promptId === promptId && attempt.server === machine.server))
    complain('and no row says so');
}

/** It runs there, and the house could know that all the time, and stop it. */
const isSoundIn = (machine: Machine, jobId: string): boolean =>
  machine.door === 'open' &&
  promptsInside(machine).some(prompt => prompt.jobId === jobId && !prompt.isUnstoppable && !prompt.wasOutOfSight);

/** The actors take a step. They begin anew when they are told to; of their own accord they never crash. */
function seeStep(storm: Storm, { step, jobId, server, error }: Observed): void {
  tell(storm, ['  ', step, jobId && named(jobId), server, error?.message].filter(Boolean).join(' '));
  if (step === 'crash:jobs' && storm.isRestarting) {
    storm.counted.push('restarted');
    storm.isRestarting = false;
  } else if (step === 'fatal' || step === 'crash:jobs' || step === 'crash:gpu') storm.flaws.push(`${step}: ${error?.stack}`);
}

/** A job ends once, and none ends well without a picture. */
function seeRows({ world, flaws }: Storm): void {
  const { ends, results } = world.rows;
  const seen = new Set<string>();
  for (const { job } of ends) {
    if (seen.has(job.id)) flaws.push(`${named(job.id)} ends once more: ${endOf(job)}`);
    seen.add(job.id);
    if (job.state === 'completed' && !results.has(job.id)) flaws.push(`${named(job.id)} is completed without a picture`);
    if (job.reason === 'rejected') flaws.push(`${named(job.id)} is rejected, which no server did`);
  }
}

const endOf = ({ state, reason }: Job): string => (reason ? `${state} (${reason})` : state);
