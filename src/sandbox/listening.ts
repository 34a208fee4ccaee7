import { createServer, type RequestListener, type Server } from 'node:http';

/** A server that listens. Rejects with Node's own error when it cannot. */
export const listening = (host: string, port: number, listener?: RequestListener): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = listener ? createServer(listener) : createServer();
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });

/** Ends the connections that are open, too. */
export const closeServer = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
