import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { isObject } from './graph.ts';

export type Frame = { readonly type: string; readonly data: Record<string, unknown> };
export type Preview = {
  readonly jpeg: Buffer;
  readonly metadata: Record<string, unknown>;
};

/** The open sockets by client id, and what is sent to them. */
export type Frames = {
  open(socket: WebSocket, clientId: string): void;
  /** To that client's socket; without one, to every socket, as the real server does. */
  send(clientId: string | undefined, frame: Frame): void;
  /** Legacy frame or one with metadata, as the client's feature flags say; `kind` tells which ones to send now. */
  preview(clientId: string | undefined, preview: Preview, kind: 'legacy' | 'metadata'): void;
  silence(on: boolean): void;
  closeAll(): void;
};

type Seat = { socket: WebSocket; previewMetadata: boolean };

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const legacyPreview = ({ jpeg }: Preview): Buffer => Buffer.concat([uint32(1), uint32(1), jpeg]);

const previewWithMetadata = ({ jpeg, metadata }: Preview): Buffer => {
  const json = Buffer.from(JSON.stringify({ ...metadata, image_type: 'image/jpeg' }));
  return Buffer.concat([uint32(4), uint32(json.length), json, jpeg]);
};

const featureFlags = (text: string): Record<string, unknown> | undefined => {
  try {
    const message: unknown = JSON.parse(text);
    if (!isObject(message)) return undefined;
    const { type, data } = message;
    return type === 'feature_flags' && isObject(data) ? data : undefined;
  } catch {
    return undefined;
  }
};

/** `greeting` gives the frames a newly opened socket gets, `features` what the server answers to feature flags. */
export const createFrames = (greeting: (clientId: string) => Frame[], features: Record<string, unknown>): Frames => {
  const seats = new Map<string, Seat>();
  const everySocket = new Set<WebSocket>();
  let silent = false;

  const put = (socket: WebSocket, payload: string | Buffer): void => {
    if (!silent && socket.readyState === WebSocket.OPEN) socket.send(payload);
  };
  const seatsFor = (clientId: string | undefined): Seat[] => {
    if (clientId === undefined) return [...seats.values()];
    const seat = seats.get(clientId);
    return seat ? [seat] : [];
  };
  const introduce = (seat: Seat, text: string): void => {
    const flags = featureFlags(text);
    if (!flags) return;
    const { supports_preview_metadata: metadata } = flags;
    seat.previewMetadata = metadata === true;
    put(seat.socket, JSON.stringify({ type: 'feature_flags', data: features }));
  };

  return {
    open: (socket, wanted) => {
      const clientId = wanted || randomUUID().replaceAll('-', '');
      const seat = { socket, previewMetadata: false };
      seats.set(clientId, seat);
      everySocket.add(socket);
      socket.once('message', data => introduce(seat, String(data)));
      // The real server's bug, kept: a closing socket takes away whichever socket holds its id by now.
      socket.once('close', () => {
        seats.delete(clientId);
        everySocket.delete(socket);
      });
      socket.on('error', () => socket.terminate());
      for (const frame of greeting(clientId)) put(socket, JSON.stringify(frame));
    },
    send: (clientId, frame) => {
      const text = JSON.stringify(frame);
      for (const { socket } of seatsFor(clientId)) put(socket, text);
    },
    preview: (clientId, preview, kind) => {
      const payload = kind === 'metadata' ? previewWithMetadata(preview) : legacyPreview(preview);
      for (const { socket, previewMetadata } of seatsFor(clientId))
        if (previewMetadata === (kind === 'metadata')) put(socket, payload);
    },
    silence: on => {
      silent = on;
    },
    closeAll: () => {
      for (const socket of everySocket) socket.terminate();
    },
  };
};
