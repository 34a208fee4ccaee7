import { type ComfyFaults, createFaults } from './faults.ts';
import { createFiles, type Files } from './files.ts';
import type { Ground, Plan } from './ground.ts';
import { beginLife, type Life } from './life.ts';
import { createListener } from './listener.ts';
import type { Version } from './object-info.ts';
import { type Develop, type Edit, showFirstPhoto, turnColours } from './pictures.ts';
import { type ComfyRecord, createRecord } from './record.ts';
import { createApp } from './routes.ts';

export type { ComfyFault, ComfyFaults } from './faults.ts';
export type { Graph } from './graph.ts';
export type { Plan } from './ground.ts';
export type { Develop, Edit } from './pictures.ts';
export type { Accepted, ComfyEvent, ComfyEvents, Execution, Outcome, SeenRequest } from './record.ts';

export type ComfyUIOptions = {
  readonly host?: string;
  /** 0, the default, is any free port. */
  readonly port?: number;
  readonly version?: Version;
  /** Sampler steps of every run; otherwise what the graph's KSampler says. */
  readonly steps?: number;
  /** Time of a step; 0, the default, is one turn of the event loop. */
  readonly stepMs?: number;
  /** Between execution_success and the history entry; 0, the default, is one turn of the event loop. */
  readonly settleMs?: number;
  /** Sends a preview with every step, as a server started with --preview-method does. */
  readonly previews?: boolean;
  readonly edit?: Edit;
  /** What the previews show; the first photo, unless given. */
  readonly develop?: Develop;
  /** Timing run by run, `n` counted from 1; goes before `steps` and `stepMs`. */
  readonly plan?: Plan;
};

/** A ComfyUI that behaves on the wire as the real one does, and can be made to fail. */
export type ComfyUIStandIn = Pick<ComfyRecord, 'executions' | 'accepted' | 'requests' | 'maxOutstanding' | 'on' | 'waitFor'> & {
  readonly url: string;
  readonly faults: ComfyFaults;
  /** The input, output and temp folders. */
  readonly files: Files;
  /** Queue, history, cache, temp files and sockets (1006) are lost, input and output files stay; same port. */
  restart(): Promise<void>;
  /** As restart, but connections are refused until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Lets a run held by the `hold` fault go on. */
  release(): void;
  close(): Promise<void>;
};

const groundOf = (options: ComfyUIOptions, made: Pick<Ground, 'files' | 'faults' | 'record' | 'crash'>): Ground => ({
  ...made,
  version: options.version ?? '0.33.0',
  edit: options.edit ?? turnColours,
  develop: options.develop ?? showFirstPhoto,
  previews: options.previews ?? false,
  steps: options.steps,
  stepMs: options.stepMs ?? 0,
  settleMs: options.settleMs ?? 0,
  plan: options.plan,
});

export const startComfyUI = async (options: ComfyUIOptions = {}): Promise<ComfyUIStandIn> => {
  const { host = '127.0.0.1', port = 0 } = options;
  const record = createRecord();
  const files = createFiles();
  const faults = createFaults(() => life.frames.closeAll());
  const crash = (staysDown: boolean): void => {
    void (staysDown ? down() : restart());
  };
  const ground = groundOf(options, { record, files, faults, crash });
  let life: Life = beginLife(ground);

  const listener = createListener(host, port, {
    record,
    answer: createApp({ ...ground, life: () => life }).callback(),
    refusesWebSocket: () => faults.take('refuseWebSocket') !== undefined,
    opened: (socket, clientId) => life.frames.open(socket, clientId),
  });
  const down = (): Promise<void> => {
    life.end();
    files.wipe('temp');
    life = beginLife(ground);
    return listener.close();
  };
  const restart = async (): Promise<void> => {
    await down();
    await listener.open();
  };

  await listener.open();
  const { executions, accepted, requests, maxOutstanding, on, waitFor } = record;
  const seen = { executions, accepted, requests, maxOutstanding, on, waitFor };
  const url = `http://${host}:${listener.port()}`;
  return { ...seen, url, faults, files, restart, down, up: listener.open, release: () => life.release(), close: down };
};
