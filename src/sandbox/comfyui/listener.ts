import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../free-port.ts';
import { closeServer } from '../listening.ts';
import type { ComfyRecord } from './record.ts';

export type ListenerParts = {
  readonly record: ComfyRecord;
  readonly answer: RequestListener;
  readonly refusesWebSocket: () => boolean;
  readonly opened: (socket: WebSocket, clientId: string) => void;
};

/** The listening socket, which comes and goes while the port stays. */
export type Listener = {
  open(): Promise<void>;
  /** Cuts all connections but WebSockets, which belong to the lifetime of the server. */
  close(): Promise<void>;
  port(): number;
};

const noteRequest = (record: ComfyRecord, request: IncomingMessage, response: ServerResponse): void => {
  const at = Date.now();
  const { method = '', url = '' } = request;
  response.once('close', () => {
    const status = response.writableFinished ? response.statusCode : 'dropped';
    record.add('request', { method, path: url, at, status });
  });
};

const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });

const refusal = 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

export const createListener = (host: string, wantedPort: number, parts: ListenerParts): Listener => {
  const { record, answer, refusesWebSocket, opened } = parts;
  const sockets = new WebSocketServer({ noServer: true });
  let server: Server | undefined;
  let port = wantedPort;

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://comfyui');
    if (!['/ws', '/api/ws'].includes(pathname) || refusesWebSocket()) {
      socket.end(refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, open => opened(open, searchParams.get('clientId') ?? ''));
  };
  return {
    port: () => port,
    open: async () => {
      if (server) return;
      server = createServer((request, response) => {
        noteRequest(record, request, response);
        answer(request, response);
      });
      server.on('upgrade', upgrade);
      port = await listen(server, port || (await freePort(host)), host);
    },
    close: async () => {
      const closing = server;
      server = undefined;
      if (closing) await closeServer(closing);
    },
  };
};
