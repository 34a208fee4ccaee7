import { withoutSecrets } from '../domain/secrets.ts';
import type { LogLine } from './page/wire.ts';

type Fields = Record<string, unknown>;

/** What a line may tell beside its words; anything else stays in the bot's own log. */
const facts: Record<string, (value: string) => string> = {
  job_id: id => `job ${id.slice(0, 8)}`,
  user_id: id => `person ${id}`,
  payment_id: id => `payment ${id.slice(0, 8)}`,
  server: address => address,
  error: error => error,
};

/** One line of the bot's log in plain words: its step or message, whom and what it is about, and the error if there was one. */
export function logLine(line: string, otherwise: LogLine['level'] = 'info'): LogLine {
  const fields = fieldsOf(line);
  if (!fields) return { at: seconds(Date.now()), level: otherwise, text: shown(line) };
  const told = Object.entries(facts).flatMap(([name, tell]) => (fields[name] === undefined ? [] : tell(String(fields[name]))));
  const words = String(fields['msg'] ?? fields['step'] ?? '');
  const at = Date.parse(String(fields['time']));
  return {
    at: seconds(Number.isNaN(at) ? Date.now() : at),
    level: levelOf(Number(fields['level'])),
    text: shown([words, ...told].join(' · ')),
  };
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

function fieldsOf(line: string): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Fields) : undefined;
  } catch {
    return undefined;
  }
}

const levelOf = (level: number): LogLine['level'] => (level >= 50 ? 'error' : level >= 40 ? 'warn' : 'info');

/** The bot cuts secrets out of what it logs; a trace of a crash comes as it is. */
const shown = (text: string): string => withoutSecrets(text, 500);

const linesMax = 200;

/** The last lines, for whoever comes later; each is told to `onLine` when it is written. */
export class BotLog {
  readonly #lines: LogLine[] = [];
  readonly #onLine: (line: LogLine) => void;

  constructor(onLine: (line: LogLine) => void) {
    this.#onLine = onLine;
  }

  get lines(): LogLine[] {
    return [...this.#lines];
  }

  add(line: LogLine): void {
    this.#lines.push(line);
    if (this.#lines.length > linesMax) this.#lines.shift();
    this.#onLine(line);
  }

  /** What the sandbox itself has to say. */
  readonly say = (level: LogLine['level'], text: string): void => this.add({ at: seconds(Date.now()), level, text });

  readonly error = ({ name, message }: Error): void => this.say('error', shown(`sandbox: ${name}: ${message}`));
}
