import { type Context, type Parent, type Ref, spawn, tell } from '../nact.ts';
import type { GpuMessage } from '../protocol.ts';
import { spawnSession } from './comfy-session.ts';
import { emptyGpu, type Gpu, type GpuDeps, type GpuHouse } from './gpu-slots.ts';
import { advance, onRelease, onSilent, onSubmittable, onUploaded, onUploadFailed, prepare } from './prepared-job.ts';
import { adopt, drop, onDown, onEnded, onEnding, onProgress, onRunning, settleOld, tellEnded } from './running-job.ts';

export type { GpuDeps } from './gpu-slots.ts';

const reopenMs = 15_000;

/**
 * One ComfyUI server, and its mailbox is the order: at most one prompt of ours is in it, the next is prepared while it runs and
 * submitted when it ends. What becomes of a result is not waited for.
 */
export const spawnGpu = (parent: Parent, name: string, deps: GpuDeps): Ref<GpuMessage> => {
  const gpu: Ref<GpuMessage> = spawn(parent, name, receiveWith(deps), {
    initialState: emptyGpu,
    onCrash: () => 'escalate',
    onChildStopped: error => {
      deps.observe({ step: 'gpu:given-up', server: deps.comfy.server, error });
      deps.clock.after(reopenMs, () => tell(gpu, { type: 'reopen' }));
    },
  });
  tell(gpu, { type: 'reopen' });
  return gpu;
};

const receiveWith =
  (deps: GpuDeps) =>
  (gpu: Gpu, msg: GpuMessage, ctx: Context<GpuMessage>): Gpu => {
    const house: GpuHouse = { deps, gpu, self: ctx.self };
    if (isSignOfLife(msg)) gpu.heardAt = deps.clock.now();
    switch (msg.type) {
      case 'reopen':
        // A timer of an earlier life of this actor may come late.
        if (!ctx.children.has('comfy-session')) gpu.session = spawnSession(ctx.self as never, { ...deps, gpu: ctx.self });
        break;
      case 'run':
        prepare(house, msg);
        break;
      case 'adopt':
        adopt(house, msg);
        break;
      case 'uploaded':
        onUploaded(house, msg);
        break;
      case 'uploadFailed':
        onUploadFailed(house, msg);
        break;
      case 'release':
        onRelease(house, msg);
        break;
      case 'silent':
        onSilent(house, msg);
        break;
      case 'submittable':
        onSubmittable(house, msg);
        break;
      case 'drop':
        drop(house, msg.jobId);
        break;
      case 'sessionReady':
        gpu.healthy = true;
        deps.observe({ step: 'gpu:ready', server: deps.comfy.server });
        settleOld(house);
        advance(house);
        break;
      case 'sessionDown':
        onDown(house, msg.refused);
        break;
      case 'sessionRunning':
        onRunning(house, msg.promptId);
        break;
      case 'sessionProgress':
        onProgress(house, msg);
        break;
      case 'sessionEnding':
        onEnding(house, msg.promptId);
        break;
      case 'sessionEnded':
        onEnded(house, msg);
        break;
      default:
        msg satisfies never;
    }
    tellEnded(house);
    return gpu;
  };

const isSignOfLife = ({ type }: GpuMessage): boolean =>
  (['uploaded', 'sessionReady', 'sessionRunning', 'sessionProgress', 'sessionEnding'] as const).some(sign => sign === type);
