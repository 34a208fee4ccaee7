/** A line to PostgreSQL that can be stopped and cut at what the client says. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

export type Line = {
  url: string;
  /**
   * Resolves when the client has said `words`. From then on neither side hears anything of the other on the connections that
   * there are; `carriedOut`: the server has heard the words before, and answered them.
   */
  stopAt(words: string, how: { carriedOut: boolean }): Promise<void>;
  /** The same, and then all connections end, as `cut` ends them. */
  cutAt(words: string, how: { carriedOut: boolean; refuse?: boolean }): Promise<void>;
  /** Ends all connections. `refuse`: there are no new ones until `accept`. */
  cut(how: { refuse: boolean }): void;
  accept(): void;
  /** Goes on after a stop, with the words that were held back. */
  resume(): void;
};

type Stop = { words: string; carriedOut: boolean; isSaid: boolean; reached: () => void };

/** For as long as the test lasts. */
export async function openLine(t: ExecutionContext, to: string): Promise<Line> {
  const { hostname, port } = new URL(to);
  const open = new Set<Socket>();
  let stop: Stop | undefined;
  const stopped = new Set<Socket>();
  let refusing = false;
  let heldBack = () => {};

  const reach = (): void => {
    for (const socket of open) stopped.add(socket);
    stop?.reached();
    stop = undefined;
  };
  const fromClient = (said: Buffer, database: Socket): void => {
    if (stopped.has(database)) return;
    if (stop && said.includes(stop.words)) {
      heldBack = () => database.write(said);
      if (!stop.carriedOut) return reach();
      stop.isSaid = true;
    }
    database.write(said);
  };
  const fromDatabase = (answer: Buffer, client: Socket): void => {
    if (stop?.isSaid) reach();
    if (!stopped.has(client)) client.write(answer);
  };
  const server = createServer(client => {
    if (refusing) return void client.destroy();
    const database = connect(Number(port), hostname);
    for (const socket of [client, database]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => [client, database].map(one => one.destroy()));
    }
    client.on('data', said => fromClient(said, database));
    database.on('data', answer => fromDatabase(answer, client));
  });
  const cut: Line['cut'] = ({ refuse }) => {
    refusing = refuse;
    stop = undefined;
    for (const socket of open) socket.destroy();
  };
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    cut({ refuse: true });
    server.close();
  });
  const stopAt: Line['stopAt'] = (words, { carriedOut }) =>
    new Promise(resolve => (stop = { words, carriedOut, isSaid: false, reached: resolve }));
  return {
    url: Object.assign(new URL(to), { host: `127.0.0.1:${(server.address() as AddressInfo).port}` }).href,
    ...{ stopAt, cut },
    cutAt: (words, { carriedOut, refuse = false }) => stopAt(words, { carriedOut }).then(() => cut({ refuse })),
    accept() {
      refusing = false;
    },
    resume() {
      stopped.clear();
      heldBack();
    },
  };
}
