/**
 * The ComfyUI servers of a storm: what is in them, what ails them, and what they answer to one life of the house after another.
 */
import type { Clock, Comfy, ComfyEvent, ResultImage, Settlement, Whereabouts } from '../actors/protocol.ts';

/** `refusing` takes no connections; `silent` takes them, and answers nothing until whoever asked has lost patience. */
export type Door = 'open' | 'refusing' | 'silent';
/** What becomes of a submission: the answer to it is lost, it is lost itself, or its prompt cannot be stopped. */
export type Fate = 'answerLost' | 'lost' | 'unstoppable';

export type Prompt = {
  promptId: string;
  jobId: string;
  /** When the house sent it. */
  sentAt: number;
  /** Null as long as it is in the server. */
  settlement: Settlement | null;
  isUnstoppable: boolean;
  /** The server could not be asked while it was in there: the house may have given its job to another. */
  wasOutOfSight: boolean;
};

export type Machine = {
  readonly server: string;
  readonly clock: Clock;
  /** Told of a prompt that is about to go in. */
  readonly onArrival: (machine: Machine, prompt: Prompt) => void;
  prompts: Prompt[];
  door: Door;
  /** Fates of the next submissions, in order. */
  fates: Fate[];
  /** How long a submission is on its way. */
  submitMs: number;
  /** The house holds a connection on which it is told nothing: somebody else has taken its place. */
  isDeaf: boolean;
  uploadsFail: boolean;
  viewsFail: boolean;
  /** Who holds the connection. */
  listener: ((event: ComfyEvent) => void) | null;
};

const patienceMs = 30_000;
const askPatienceMs = 5_000;
const picture: ResultImage = { filename: 'edit.png', subfolder: 'studio', type: 'output' };
const settlements: Record<Settlement['kind'], Settlement> = {
  success: { kind: 'success', images: [picture] },
  failed: { kind: 'failed', outOfMemory: false, exceptionType: 'RuntimeError' },
  interrupted: { kind: 'interrupted' },
};

export const newMachine = ({ server, clock, onArrival }: Pick<Machine, 'server' | 'clock' | 'onArrival'>): Machine => ({
  ...{ server, clock, onArrival, prompts: [], door: 'open', fates: [], submitMs: 0, listener: null },
  ...{ isDeaf: false, uploadsFail: false, viewsFail: false },
});

export const promptsInside = ({ prompts }: Machine): Prompt[] => prompts.filter(({ settlement }) => settlement === null);

// — what happens to a server —

/** The run that is in there ends. */
export function endRun(machine: Machine, kind: 'success' | 'failed'): void {
  const [prompt] = promptsInside(machine);
  if (prompt) settlePrompt(machine, prompt, kind);
}

function settlePrompt({ door, isDeaf, listener }: Machine, prompt: Prompt, kind: Settlement['kind']): void {
  prompt.settlement = settlements[kind];
  if (door === 'open' && !isDeaf) listener?.({ type: 'ended', promptId: prompt.promptId });
}

export function cutConnection(machine: Machine): void {
  const { listener } = machine;
  machine.listener = null;
  listener?.({ type: 'closed' });
}

export function closeDoor(machine: Machine, door: Exclude<Door, 'open'>): void {
  machine.door = door;
  for (const prompt of promptsInside(machine)) prompt.wasOutOfSight = true;
  if (door === 'refusing') cutConnection(machine);
}

/** It was started anew, and knows neither what was in it nor what it made. */
export function forgetPrompts(machine: Machine): void {
  machine.prompts = [];
  cutConnection(machine);
}

export function makeStoppable({ prompts }: Machine): void {
  for (const prompt of prompts) prompt.isUnstoppable = false;
}

/** Nothing ails it any more; only what it does not tell of is to be found out by the house itself. */
export function mendMachine(machine: Machine): void {
  Object.assign(machine, { door: 'open', fates: [], submitMs: 0, uploadsFail: false, viewsFail: false });
  makeStoppable(machine);
}

// — what it answers —

type Failure = 'failed' | 'unavailable' | 'timedOut';
const failure = (kind: Failure, mayHaveArrived?: boolean): Error => Object.assign(new Error(kind), { kind, mayHaveArrived });

export const passed = (clock: Clock, ms: number): Promise<void> =>
  ms > 0 ? new Promise(resolve => void clock.after(ms, resolve)) : Promise.resolve();

/** A server as one life of the house knows it: when that is over nothing is asked, and no answer is heard. */
export function comfyOf(machine: Machine, isAlive: () => boolean): Comfy {
  const asked = <Answer>(answer: () => Answer | Promise<Answer>, patience = patienceMs) =>
    new Promise<Answer>((resolve, reject) => {
      if (!isAlive()) return;
      const failed = (error: Error) => isAlive() && reject(error);
      knock(machine, patience)
        .then(answer)
        .then(found => isAlive() && resolve(found), failed);
    });
  return {
    server: machine.server,
    connect: onEvent => asked(() => connect(machine, event => isAlive() && onEvent(event))),
    upload: name => asked(() => unless(machine.uploadsFail, failure('failed'), name)),
    submit({ promptId, graph }) {
      const prompt = newPrompt(promptId, graph, machine.clock.now());
      return asked(() => takeIn(machine, prompt, isAlive));
    },
    locate: promptId => asked(() => whereaboutsOf(machine, promptId)),
    remove: promptId => asked(() => stopRun(machine, promptId)),
    view: () => asked(() => unless(machine.viewsFail, failure('unavailable', true), Buffer.alloc(1))),
    free: () => asked(() => {}),
    ask: () => asked(() => {}, askPatienceMs),
  };
}

async function knock({ door, clock }: Machine, patience: number): Promise<void> {
  if (door === 'refusing') throw failure('unavailable', false);
  if (door === 'open') return;
  await passed(clock, patience);
  throw failure('timedOut', true);
}

function unless<Given>(fails: boolean, error: Error, given: Given): Given {
  if (fails) throw error;
  return given;
}

function connect(machine: Machine, listener: (event: ComfyEvent) => void) {
  machine.listener = listener;
  machine.isDeaf = false;
  const close = () => {
    if (machine.listener === listener) machine.listener = null;
  };
  return { clientId: 'studio', close };
}

/** The graph names the job in the picture that it saves. */
const newPrompt = (promptId: string, graph: object, sentAt: number): Prompt => ({
  ...{ promptId, jobId: /studio\/([0-9a-f-]{36})/.exec(JSON.stringify(graph))?.[1] ?? 'of nobody' },
  ...{ sentAt, settlement: null, isUnstoppable: false, wasOutOfSight: false },
});

async function takeIn(machine: Machine, prompt: Prompt, isAlive: () => boolean): Promise<void> {
  await passed(machine.clock, machine.submitMs);
  // What had not left the house goes down with it.
  if (!isAlive()) return;
  const fate = machine.fates.shift();
  if (fate === 'lost') throw failure('unavailable', true);
  prompt.isUnstoppable = fate === 'unstoppable';
  machine.onArrival(machine, prompt);
  machine.prompts.push(prompt);
  if (fate === 'answerLost') throw failure('unavailable', true);
}

const promptOf = ({ prompts }: Machine, id: string): Prompt | undefined => prompts.find(({ promptId }) => promptId === id);

function whereaboutsOf(machine: Machine, promptId: string): Whereabouts {
  const prompt = promptOf(machine, promptId);
  if (!prompt) return { at: 'absent' };
  return prompt.settlement ? { at: 'settled', settlement: prompt.settlement } : { at: 'running' };
}

function stopRun(machine: Machine, promptId: string): void {
  const prompt = promptOf(machine, promptId);
  if (prompt && !prompt.settlement && !prompt.isUnstoppable) settlePrompt(machine, prompt, 'interrupted');
}
