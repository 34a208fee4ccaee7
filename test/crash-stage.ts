import { type ChildProcess, fork } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader } from '../db/database.ts';
import type { Execution } from '../src/sandbox/comfyui/record.ts';
import { type ComfyUIOptions, type ComfyUIStandIn, startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { type Person, startTelegram } from '../src/sandbox/telegram/server.ts';
import { project } from './project.ts';
import { environment, token } from './studio.ts';

/** A step as the house in the other process told it. */
export type Saw = { step: string; jobId?: string; userId?: number; server?: string; outboxId?: string; error?: string };
/** In which step the house ends itself: at the `left`-th one of this name (`null`: of any), of this person if one is named. */
export type Kill = { step: string | null; left: number; userId?: number };
/**
 * What a killed house left behind: messages whose arrival is in doubt, and jobs whose picture is on disk, with their executions
 * so far.
 */
export type Remains = { inDoubt: Set<string>; pictures: Map<string, number> };

type Row = Record<string, unknown>;
type Life = {
  process: ChildProcess;
  warm: Promise<void>;
  ended: Promise<void>;
  opened: boolean;
  dead: boolean;
  failed: boolean;
  errors: string;
};

export type StageOptions = { env?: Record<string, string>; comfy?: ComfyUIOptions; servers?: number };

/** Stand-ins in this process, and a house in another one that can die and open again on the same files. */
export type Stage = Awaited<ReturnType<typeof openStage>>;

const watchdogMs = 90_000;
const tickMs = 50;
const script = join(project, 'test/crash-child.mjs');

export async function openStage({ env = {}, comfy = {}, servers = 1 }: StageOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'crash-'));
  const telegram = await startTelegram({ token, resendDelayMs: 20 });
  const comfys = await Promise.all(Array.from({ length: servers }, () => startComfyUI(comfy)));
  const urls = comfys.map(({ url }) => url);
  const variables = { PATH: process.env['PATH'] ?? '', ...environment(folder, telegram.url, urls), ...env };
  const story: Saw[] = [];
  const remains: Remains[] = [];
  const people = new Map<number, { person: Person; files: readonly number[]; restarts: number }>();
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const wake of [...watchers]) wake();
  };
  /** The next step of the house, or a tick for what no step tells of. */
  const change = () =>
    new Promise<void>(resolve => {
      const wake = () => {
        clearTimeout(timer);
        watchers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, tickMs);
      watchers.add(wake);
    });

  function launch(): Life {
    // Without the loader of the tests: what runs is what production runs.
    const child = fork(script, [], { env: variables, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let warm = () => {};
    let end = () => {};
    const life: Life = {
      process: child,
      ...{ opened: false, dead: false, failed: false, errors: '' },
      warm: new Promise(resolve => (warm = resolve)),
      ended: new Promise(resolve => (end = resolve)),
    };
    child.stderr?.on('data', data => (life.errors += data));
    child.on('message', (message: { type: string; seen?: Saw }) => {
      if (message.type === 'warm') warm();
      if (message.type === 'open') life.opened = true;
      if (message.type === 'armed') child.emit('armed');
      if (message.seen) story.push(message.seen);
      if (message.seen) lastStepAt = Date.now();
      changed();
    });
    child.once('exit', (code, signal) => {
      life.dead = true;
      story.push({ step: `— the house ended: ${signal ?? code}` });
      life.failed = signal !== 'SIGKILL';
      end();
      changed();
    });
    return life;
  }

  let spare = launch();
  let life: Life | undefined;
  let lastStepAt = Date.now();

  /** What only a look at the files can tell; of a copy, so that the house itself has to mend the database. */
  async function lookAtRemains(): Promise<void> {
    const left: Remains = { inDoubt: new Set(), pictures: new Map() };
    const copy = join(folder, 'remains');
    mkdirSync(copy, { recursive: true });
    for (const suffix of ['', '-wal']) {
      rmSync(join(copy, `bot.db${suffix}`), { force: true });
      if (existsSync(join(folder, `bot.db${suffix}`))) cpSync(join(folder, `bot.db${suffix}`), join(copy, `bot.db${suffix}`));
    }
    if (existsSync(join(copy, 'bot.db'))) {
      const select = (sql: string) => readFrom(join(copy, 'bot.db'), sql).catch(() => []);
      for (const { id } of await select("SELECT id FROM outbox WHERE state = 'sending'")) left.inDoubt.add(String(id));
      for (const { id } of await select('SELECT id FROM jobs'))
        if (existsSync(join(folder, 'results', `${id}.jpg`))) left.pictures.set(String(id), executionsOf(comfys, String(id)));
    }
    rmSync(copy, { recursive: true, force: true });
    remains.push(left);
  }

  const stage = {
    ...{ telegram, comfy: comfys[0]!, comfys, folder, env: variables, story, remains, people },
    /** Opens the house, or opens it again after its death. Resolves when it takes updates, or has died on the way there. */
    async open(kill?: Kill): Promise<void> {
      if (life) {
        await life.ended;
        await lookAtRemains();
      }
      const next = (life = spare);
      await Promise.race([next.warm, next.ended]);
      if (!next.dead) next.process.send({ type: 'open', kill });
      await stage.until('the house is open', () => next.opened || next.dead);
      spare = launch();
    },
    isDead: () => life?.dead ?? true,
    /** For how long the house has taken no step. */
    silenceMs: () => Date.now() - lastStepAt,
    /** From now on the house dies in the step that is named. */
    async arm(kill: Kill): Promise<void> {
      if (!life || life.dead) return;
      const { process: child, ended } = life;
      const armed = new Promise<void>(resolve => child.once('armed', resolve));
      child.send({ type: 'kill', kill });
      await Promise.race([armed, ended]);
    },
    /** Ends the house where it stands. */
    kill(): void {
      life?.process.kill('SIGKILL');
    },
    death: () => stage.until('the house dies', () => stage.isDead()),
    /**
     * Somebody new, with as many photos in each job that they will order; `restarts` of ComfyUI are what their jobs have to bear.
     */
    newPerson(files: readonly number[] = [1], restarts = 0): Person {
      const id = 1000 + people.size;
      const person = telegram.person(id, { firstName: `Анна-${id}` });
      people.set(id, { person, files, restarts });
      return person;
    },
    read: <Found extends Row>(sql: string) => readFrom<Found>(join(folder, 'bot.db'), sql),
    /**
     * Waits for what steps of the house bring about; asks again after each. Fails with the whole story when it takes too long.
     */
    async until(what: string, check: () => boolean | Promise<boolean>, timeoutMs = watchdogMs): Promise<void> {
      const deadline = Date.now() + timeoutMs;
      while (!(await check())) {
        if (life?.failed) throw new Error(`the house failed: ${life.errors}\n${stage.describe()}`);
        if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms\n${stage.describe()}`);
        await change();
      }
    },
    /**
     * Waits until every job has ended and everything is said, and Telegram has its updates confirmed. Last edits of what was said
     * are paced behind everything else: `edits` waits for them too.
     */
    async quiet({ edits }: { edits: boolean }): Promise<void> {
      await stage.until('all is done', async () => {
        if (!life?.opened || life.dead || telegram.pendingUpdates() > 0) return false;
        const [open] = await stage.read<{ n: number }>(
          `SELECT (SELECT count(*) FROM jobs WHERE state IN ('received', 'queued', 'submitting'))
                + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending') AND rank <> '${edits ? '' : 'edit'}') + (SELECT count(*) FROM wakeups) AS n`,
        );
        return open?.n === 0;
      });
    },
    /** The story for the reader of a failed test: of the people and jobs that are named, or the end of it. */
    describe(...ids: (string | number)[]): string {
      const concerns = (seen: Saw) =>
        ids.some(id => [seen.userId, seen.jobId].includes(id as never) || seen.outboxId?.includes(`${id}`));
      const of = (one: { id: number }) => (ids.length > 0 ? ids.includes(one.id) : true);
      const first = Math.max(0, story.findIndex(concerns) - 20);
      const told = ids.length > 0 ? story.slice(first, story.findLastIndex(concerns) + 20) : story.slice(-150);
      const steps = told.slice(0, 400).map(({ step, ...about }) => [step, ...Object.values(about)].join(' '));
      const chats = [...people.values()]
        .map(({ person }) => person)
        .filter(of)
        .slice(-6);
      const runs = comfys.flatMap(({ executions }) =>
        executions.filter(({ graph }) => ids.length === 0 || ids.includes(jobOf(graph))).slice(-20),
      );
      return [
        ...['— steps', ...steps],
        ...chats.map(person => `— chat of ${person.id}\n${person.describe()}`),
        ...['— executions', ...runs.map(run => `${jobOf(run.graph)} ${run.promptId} ${run.outcome}`)],
      ].join('\n');
    },
    async close(): Promise<void> {
      for (const one of [life, spare]) one?.process.kill('SIGKILL');
      await Promise.all([life?.ended, spare.ended]);
      await Promise.all([telegram.close(), ...comfys.map(server => server.close())]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stage;
}

async function readFrom<Found extends Row>(path: string, sql: string): Promise<Found[]> {
  const database = await openReader(path);
  try {
    return await database.select<Found>(sql);
  } finally {
    await database.close();
  }
}

const jobsOfGraphs = new WeakMap<object, string>();

/** The job that a graph was made for; its id is in the name of the result. */
export function jobOf(graph: object): string {
  const known = jobsOfGraphs.get(graph);
  if (known) return known;
  const found = /studio\/([0-9a-f-]{36})/.exec(JSON.stringify(graph))?.[1] ?? 'of nobody';
  jobsOfGraphs.set(graph, found);
  return found;
}

export const runsOf = (comfys: readonly ComfyUIStandIn[], jobId: string): Execution[] =>
  comfys.flatMap(({ executions }) => executions.filter(({ graph }) => jobOf(graph) === jobId));

export const executionsOf = (comfys: readonly ComfyUIStandIn[], jobId: string): number => runsOf(comfys, jobId).length;
