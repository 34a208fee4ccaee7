import { randomInt } from 'node:crypto';
import { closeServer, listening } from './listening.ts';

/** Systems give away what lies above, to connections as well as to whoever listens on any port. */
const [lowest, highest] = [20_000, 32_000];
const triesMax = 100;

/**
 * A port for somebody who will close it and come back to it, perhaps in another process: nobody listens on it, and the system
 * gives it to nobody else meanwhile.
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(lowest, highest);
    const server = await listening(host, port).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' || tries === triesMax) throw error;
    });
    if (!server) continue;
    await closeServer(server);
    return port;
  }
}
