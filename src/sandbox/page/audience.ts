import type { ServerResponse } from 'node:http';
import type { Events } from './wire.ts';

const heartbeatMs = 15_000;
/** A tab that does not read is cut off; it comes back and gets a new snapshot. */
const unreadBytesMax = 16 << 20;

/** Everybody who watches: one stream of server-sent events per open tab. */
export class Audience {
  readonly #streams = new Set<ServerResponse>();
  readonly #heart = setInterval(() => this.#write(':\n\n'), heartbeatMs).unref();

  /** The snapshot first, then all that follows it. */
  join(stream: ServerResponse, snapshot: Events['snapshot']): void {
    stream.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    stream.write(`retry: 1000\n${block('snapshot', snapshot)}`);
    this.#streams.add(stream);
    stream.on('close', () => this.#streams.delete(stream));
  }

  tell<K extends keyof Events>(name: K, data: Events[K]): void {
    if (this.#streams.size > 0) this.#write(block(name, data));
  }

  close(): void {
    clearInterval(this.#heart);
    for (const stream of this.#streams) stream.end();
  }

  #write(text: string): void {
    for (const stream of this.#streams) {
      stream.write(text);
      if (stream.writableLength > unreadBytesMax) stream.destroy();
    }
  }
}

/** JSON has no line breaks of its own, so that one `data` line is enough. */
const block = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
