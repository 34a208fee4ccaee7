import { developing } from './comfyui/edits/developing.ts';
import { sandboxEdit } from './comfyui/edits/sandbox-edit.ts';
import type { ComfyFault, RunFault } from './comfyui/faults.ts';
import { type ComfyUIStandIn, startComfyUI } from './comfyui/server.ts';

/** The ComfyUI servers of the sandbox: one or two, at the same pace, with the same faults. */
export type ComfyUIFarm = {
  readonly servers: readonly ComfyUIStandIn[];
  /** The addresses by comma, as `COMFYUI_URL` holds them. */
  readonly addresses: string;
  /** Of one edit; takes effect with the next run. */
  secondsPerEdit: number;
  /** Every run fails, on every server, those that are added later included. */
  allRunsFail: boolean;
  /** Runs that begin from now on stand still half-way, on every server, until this is taken back. */
  allRunsWait: boolean;
  /** For the next run, whichever server takes it; several wait for one run each. */
  failNext(fault: RunFault): void;
  add(): Promise<ComfyUIStandIn>;
  /** Takes it off the list; the returned function ends it, when nobody needs it any more. */
  remove(server: ComfyUIStandIn): () => Promise<void>;
  /** Takes back what was asked for and has not happened yet, brings servers that are down up again. */
  mend(): Promise<void>;
  close(): Promise<void>;
};

const visibleSteps = 8;
const secondsPerEdit = 4;
export const anyFailure: RunFault = {
  kind: 'executionError',
  exceptionType: 'RuntimeError',
  message: 'made to fail in the sandbox',
};
const halfWay: ComfyFault = { kind: 'hold', halfWay: true };

/** Starts the first server. */
export async function startFarm(): Promise<ComfyUIFarm> {
  const servers: ComfyUIStandIn[] = [];
  const undoByServer = new Map<ComfyUIStandIn, (() => void)[]>();
  const standing = new Set<ComfyFault>();
  let waiting: RunFault[] = [];

  const refresh = (server: ComfyUIStandIn): void => {
    for (const undo of undoByServer.get(server) ?? []) undo();
    undoByServer.set(
      server,
      [...standing].map(fault => server.faults.always(fault)),
    );
  };
  const stand = (fault: ComfyFault, on: boolean): void => {
    if (on) standing.add(fault);
    else standing.delete(fault);
    servers.forEach(refresh);
  };
  const farm: ComfyUIFarm = {
    servers,
    secondsPerEdit,
    get addresses() {
      return servers.map(({ url }) => url).join(',');
    },
    get allRunsFail() {
      return standing.has(anyFailure);
    },
    set allRunsFail(on) {
      stand(anyFailure, on);
    },
    get allRunsWait() {
      return standing.has(halfWay);
    },
    set allRunsWait(on) {
      stand(halfWay, on);
      if (!on) for (const server of servers) server.release();
    },
    failNext: fault => void waiting.push(fault),
    async add() {
      const server = await startComfyUI({
        ...{ previews: true, edit: sandboxEdit, develop: developing },
        plan: () => ({ steps: visibleSteps, stepMs: (farm.secondsPerEdit * 1000) / visibleSteps }),
      });
      servers.push(server);
      refresh(server);
      server.on('accepted', () => {
        const fault = waiting.shift();
        if (fault) server.faults.next(fault);
      });
      return server;
    },
    remove(server) {
      servers.splice(servers.indexOf(server), 1);
      return server.close;
    },
    async mend() {
      waiting = [];
      farm.allRunsFail = false;
      farm.allRunsWait = false;
      for (const server of servers) server.faults.clear();
      await Promise.all(servers.map(server => server.up()));
    },
    close: async () => void (await Promise.all(servers.map(server => server.close()))),
  };
  await farm.add();
  return farm;
}
