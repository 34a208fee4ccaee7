import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { growingMs } from '../domain/growing-pause.ts';
import type { BotState } from './page/wire.ts';

export type BotProcessOptions = {
  readonly entry: string;
  readonly args: readonly string[];
  /** Asked at every start. */
  readonly environment: () => NodeJS.ProcessEnv;
  readonly onState: (state: BotState) => void;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** What befalls the process itself, for the log. */
  readonly onNews: (level: 'info' | 'warn' | 'error', text: string) => void;
  /** Its very first start ended with this one line: the configuration is wrong, and stays so. */
  readonly onRefused: (line: string) => void;
};

type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };
type Life = {
  readonly child: ChildProcess;
  readonly startedAt: number;
  readonly errors: string[];
  readonly ended: Promise<void>;
};

const restartPause = { minMs: 250, maxMs: 15_000 };
const crashesMax = 10;
/** Whoever ran as long as this does not crash in a row. */
const steadyMs = 10_000;
/** The bot itself gives up after less, and the whole sandbox shall have ended within 10 s. */
const stopMs = 9_100;

/**
 * The bot in a process of its own. One that ends by itself is started again after a growing pause; one that was stopped or killed
 * here is not.
 */
export class BotProcess {
  /** Resolves when it has become ready for the first time, or ended before that. */
  readonly tried: Promise<void>;
  readonly #options: BotProcessOptions;
  #state: BotState = 'stopped';
  #life: Life | undefined;
  #wanted = false;
  #wasReady = false;
  #starts = 0;
  #crashes = 0;
  #again: NodeJS.Timeout | undefined;
  #isRetired = false;
  #told!: () => void;

  constructor(options: BotProcessOptions) {
    this.#options = options;
    this.tried = new Promise(resolve => {
      this.#told = resolve;
    });
  }

  get state(): BotState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#life?.child.pid;
  }

  /** Nothing happens unless it is stopped. */
  start(): void {
    this.#crashes = 0;
    this.#begin();
  }

  /** SIGTERM; SIGKILL when that is not heeded. Resolves when the process is gone. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops it for good: a restart that is under way does not start it again. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  #begin(): void {
    clearTimeout(this.#again);
    if (this.#life || this.#isRetired) return;
    const { entry, args, environment, onLine } = this.#options;
    this.#wanted = true;
    this.#starts += 1;
    const child = fork(entry, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const errors: string[] = [];
    createInterface(child.stdout!).on('line', line => onLine(line, 'stdout'));
    createInterface(child.stderr!).on('line', line => {
      errors.push(line);
      onLine(line, 'stderr');
    });
    child.on('message', message => message === 'ready' && this.#ready());
    this.#life = { child, errors, startedAt: Date.now(), ended: this.#watch(child).finally(this.#told) };
    this.#turn('starting');
  }

  #ready(): void {
    this.#wasReady = true;
    this.#told();
    if (this.#state === 'starting') this.#turn('running');
  }

  /**
   * `close` comes after the last line that the process wrote; a process that could not even begin has no other end than `error`.
   */
  async #watch(child: ChildProcess): Promise<void> {
    const ending: Ending = await once(child, 'close').then(
      ([code, signal]) => ({ code, signal }),
      (error: Error) => {
        this.#options.onNews('error', `the bot cannot be started: ${error.message}`);
        return { code: null, signal: null };
      },
    );
    const life = this.#life!;
    this.#life = undefined;
    this.#turn('stopped');
    const how = ending.signal ?? `code ${ending.code}`;
    if (!this.#wanted) return this.#options.onNews('info', `the bot has ended (${how})`);
    const complaint = this.#complaint(life, ending);
    if (complaint) this.#options.onRefused(complaint);
    else this.#comeBack(life, how);
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    clearTimeout(this.#again);
    this.#wanted = false;
    const life = this.#life;
    if (!life) return;
    this.#turn('stopping');
    this.#options.onNews('info', `${signal} to the bot, process ${life.child.pid}`);
    life.child.kill(signal);
    const force = setTimeout(() => life.child.kill('SIGKILL'), stopMs);
    await life.ended;
    clearTimeout(force);
  }

  /** A trace has more lines than a complaint. */
  #complaint({ errors }: Life, { code }: Ending): string | undefined {
    const lines = errors.filter(line => line.trim() !== '');
    const refused = code === 1 && this.#starts === 1 && !this.#wasReady && lines.length === 1;
    return refused ? lines[0] : undefined;
  }

  #comeBack({ startedAt }: Life, how: string): void {
    this.#crashes = Date.now() - startedAt > steadyMs ? 1 : this.#crashes + 1;
    if (this.#crashes > crashesMax) {
      this.#options.onNews('error', `the bot has ended by itself (${how}) ${crashesMax} times in a row and stays stopped`);
      return;
    }
    const pauseMs = growingMs(this.#crashes, restartPause);
    this.#options.onNews('warn', `the bot has ended by itself (${how}); it is started again in ${pauseMs / 1000} s`);
    this.#again = setTimeout(() => this.#begin(), pauseMs);
  }

  #turn(state: BotState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
