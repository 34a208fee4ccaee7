import type { IncomingMessage } from 'node:http';
import { HttpRefusal } from './refusal.ts';

/** Reads a JSON object of at most `bytesMax`; refuses anything else with 400 or 413. */
export const readJson = async (request: IncomingMessage, bytesMax: number): Promise<Record<string, unknown>> =>
  parseJson(await readBody(request, bytesMax));

/** The bytes of a body as they came, at most `bytesMax`; 413 for more. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new HttpRefusal(413, 'body_too_large', `The body may have ${bytesMax} bytes at most.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The JSON object in a body; 400 for anything else. */
export function parseJson(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, in words for the caller.
  }
  throw new HttpRefusal(400, 'invalid_body', 'The body must be a JSON object.');
}
