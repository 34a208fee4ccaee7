import type { Observed } from '../actors/protocol.ts';
import { type Logger, observeToLog } from '../src/log.ts';

/** What is logged of a step: the fields and the words. */
export function linesOf(seen: Observed): string {
  const lines: unknown[] = [];
  const note = (...line: unknown[]) => void lines.push(line);
  observeToLog({ info: note, warn: note, debug: note } as unknown as Logger)(seen);
  return JSON.stringify(lines);
}
