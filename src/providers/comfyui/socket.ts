import { randomUUID } from 'node:crypto';
import { type RawData, WebSocket } from 'ws';
import type { ProviderError } from '../provider-error.ts';
import { brokenOff, comfyError } from './errors.ts';
import { type ComfyEvent, type Frame, parseBinary, parseText } from './frames.ts';

/** `close` may be called again and again. */
export type Connection = { clientId: string; close(): void };

/** `timeoutMs`: until the server has registered us. `pingMs`: between two pings, 20 s. */
export type SocketOptions = { server: string; timeoutMs: number; pingMs?: number };

/**
 * Opens a connection under a fresh client id and resolves when the server has registered it.
 *
 * The id is never used again: when a socket whose id was taken over finally closes, ComfyUI removes the newer one, and that
 * gets nothing more. The server sends no pings, so we do; a ping unanswered when the next is due terminates the socket.
 * `closed` comes exactly once and last, also after `close()`, and after `close()` nothing else is told.
 * Rejects with `unavailable` or `timedOut`, then without `closed`.
 */
export const openSocket = (options: SocketOptions, onEvent: (event: ComfyEvent) => void): Promise<Connection> => {
  const { server, timeoutMs, pingMs = 20_000 } = options;
  const what = `${new URL(server).host} WebSocket`;
  const clientId = randomUUID();
  const socket = new WebSocket(addressOf(server, clientId), { perMessageDeflate: false });
  askForMetadata(socket);

  return new Promise((resolve, reject) => {
    let phase: 'opening' | 'open' | 'closing' = 'opening';
    let failure: ProviderError | undefined;
    const timer = setTimeout(() => {
      failure ??= comfyError('timedOut', `${what}: not registered in ${timeoutMs} ms`);
      socket.terminate();
    }, timeoutMs);

    const close = () => {
      if (phase === 'open') closeSoon(socket);
      phase = 'closing';
    };
    const register = () => {
      clearTimeout(timer);
      phase = 'open';
      keepAsking(socket, pingMs);
      resolve({ clientId, close });
    };
    socket.on('message', (data, isBinary) => {
      const frame = parse(data, isBinary);
      if (frame?.type === 'status') {
        if (phase === 'opening') register();
      } else if (frame && phase === 'open') onEvent(frame);
    });
    socket.on('error', error => {
      failure ??= brokenOff(what, error); // `close` follows every error
    });
    socket.once('close', () => {
      clearTimeout(timer);
      if (phase === 'opening') reject(failure ?? comfyError('unavailable', `${what}: closed before it was registered`));
      else onEvent({ type: 'closed' });
    });
  });
};

const addressOf = (server: string, clientId: string): string =>
  `${server.replace(/^http/, 'ws').replace(/\/+$/, '')}/ws?clientId=${clientId}`;

/** Must be the first message; without it previews come without a prompt id. */
const askForMetadata = (socket: WebSocket): void => {
  socket.once('open', () => socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } })));
};

const parse = (data: RawData, isBinary: boolean): Frame | undefined => {
  if (!Buffer.isBuffer(data)) return undefined;
  return isBinary ? parseBinary(data) : parseText(data.toString('utf8'));
};

/** Pings for the socket's life. */
const keepAsking = (socket: WebSocket, pingMs: number): void => {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, pingMs);
  socket.once('close', () => clearInterval(timer));
};

/** Closes politely, and for certain after a second, in case the other side is dead. */
const closeSoon = (socket: WebSocket): void => {
  socket.close();
  const timer = setTimeout(() => socket.terminate(), 1000);
  socket.once('close', () => clearTimeout(timer));
};
