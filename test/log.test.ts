import test from 'ava';
import type { Logger } from '../src/log.ts';
import { observeToLog } from '../src/log.ts';

function linesOf(seen: Parameters<ReturnType<typeof observeToLog>>[0]): string {
  const lines: unknown[] = [];
  const note = (...line: unknown[]) => void lines.push(line);
  observeToLog({ info: note, warn: note, debug: note } as unknown as Logger)(seen);
  return JSON.stringify(lines);
}

test('no line holds a token or the login of a server', t => {
  const server = 'https://bot:hunter2@gpu.example.com';
  const error = new Error(`request to https://api.telegram.org/bot123456:AAE_secret-token/getMe by ${server}/queue failed`);
  const line = linesOf({ step: 'gpu:ready', server, jobId: 'job', error });
  t.regex(line, /gpu\.example\.com/);
  t.notRegex(line, /hunter2|secret-token/);
});
