import type { IncomingMessage } from 'node:http';
import { HttpRefusal } from './refusal.ts';

/** Reads a JSON object of at most `bytesMax`; refuses anything else with 400 or 413. */
export async function readJson(request: IncomingMessage, bytesMax: number): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new HttpRefusal(413, 'body_too_large', `The body may have ${bytesMax} bytes at most.`);
    chunks.push(chunk);
  }
  return parse(Buffer.concat(chunks).toString('utf8'));
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, in words for the caller.
  }
  throw new HttpRefusal(400, 'invalid_body', 'The body must be a JSON object.');
}
