import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type RequestListener, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopback } from '../domain/loopback.ts';
import { listening } from './listening.ts';

export type Front = { readonly server: Server; readonly origin: string };

/**
 * Takes the port, of loopback only: what other machines can reach would let them end processes here. Everything is answered 503
 * until there are listeners. Rejects with Node's own error when the port is taken.
 */
export async function openFront(host: string, port: number): Promise<Front> {
  if (!isLoopback(host)) throw new Error(`the sandbox listens on loopback only, not on ${host}`);
  const bare = host.replace(/^\[|\]$/g, '');
  const server = await listening(bare, port);
  server.on('request', notYet);
  return { server, origin: `http://${bare.includes(':') ? `[${bare}]` : bare}:${(server.address() as AddressInfo).port}` };
}

/** From now on `page` answers for what lies below /sandbox and for the root, the bot for everything else. */
export function openDoors({ server }: Front, page: RequestListener, botPort: number): void {
  server.off('request', notYet);
  server.on('request', (asked: IncomingMessage, answer: ServerResponse) =>
    isOfPage(asked.url ?? '/') ? page(asked, answer) : forward(asked, answer, botPort),
  );
}

const isOfPage = (url: string): boolean => /^\/(sandbox([/?#].*)?)?$|^\/[?#]/.test(url);

function forward(asked: IncomingMessage, answer: ServerResponse, botPort: number): void {
  const { connection: _, ...headers } = asked.headers;
  const client = [asked.headers['x-forwarded-for'], asked.socket.remoteAddress].flat().filter(Boolean).join(', ');
  // A connection of its own each time: a bot that was killed leaves none behind that only seems open.
  const to = { host: '127.0.0.1', port: botPort, method: asked.method, path: asked.url, agent: false };
  const passed = request({ ...to, headers: { ...headers, 'x-forwarded-for': client } }, given => {
    answer.writeHead(given.statusCode ?? 502, given.statusMessage, lasting(given.rawHeaders));
    given.pipe(answer);
    given.on('error', () => answer.destroy());
  });
  passed.on('error', () => {
    asked.resume();
    if (answer.headersSent) answer.destroy();
    else unavailable(answer);
  });
  answer.on('close', () => passed.destroy());
  asked.pipe(passed);
}

/** Names and values in turn, as they came, without what is about the connection to the bot. */
const lasting = (headers: readonly string[]): string[] =>
  headers.filter((_, at) => !/^(connection|keep-alive)$/i.test(headers[at - (at % 2)]!));

const notYet: RequestListener = (_, answer) => unavailable(answer);

function unavailable(answer: ServerResponse): void {
  const error = { code: 'unavailable', message: 'The bot is not running.', requestId: randomUUID() };
  answer.writeHead(503, { 'Content-Type': 'application/json', 'Retry-After': '1' }).end(JSON.stringify({ error }));
}
