import { z } from 'zod';

/** Where ComfyUI keeps a picture: the three belong together in `GET /view`. */
export type ResultImage = { filename: string; subfolder: string; type: string };

/**
 * How a prompt ended. A success may have no picture (an ExecutionBlocker, for one), so count them.
 * `exceptionType` is the name of the Python class, `unknown` if ComfyUI did not say.
 */
export type Settlement =
  | { kind: 'success'; images: ResultImage[] }
  | { kind: 'failed'; outOfMemory: boolean; exceptionType: string }
  | { kind: 'interrupted' };

/**
 * An entry of `/history/<id>`, as far as we read it. `status_str` is `error` also for an interrupted run. What nodes put out
 * is left open, as custom nodes put out anything.
 */
export const historyEntry = z.object({
  outputs: z.record(z.string(), z.unknown()),
  status: z.object({
    status_str: z.enum(['success', 'error']),
    messages: z.array(z.tuple([z.string()]).rest(z.unknown())),
  }),
});

export type HistoryEntry = z.infer<typeof historyEntry>;

const output = z.object({ images: z.array(z.unknown()) });
const savedImage = z.object({ filename: z.string().min(1), subfolder: z.string(), type: z.literal('output') });
const executionError = z.object({ exception_type: z.string(), exception_message: z.string().catch('') });

/** Pure: what a history entry says. Pictures are those saved as results; previews (`temp`) and inputs are not counted. */
export const settlementOf = ({ outputs, status }: HistoryEntry): Settlement => {
  if (status.status_str === 'success') return { kind: 'success', images: savedImages(outputs) };
  if (status.messages.some(([event]) => event === 'execution_interrupted')) return { kind: 'interrupted' };
  const data = status.messages.findLast(([event]) => event === 'execution_error')?.[1];
  const error = executionError.safeParse(data).data;
  if (!error) return { kind: 'failed', outOfMemory: false, exceptionType: 'unknown' };
  return { kind: 'failed', outOfMemory: isOutOfMemory(error), exceptionType: error.exception_type };
};

const savedImages = (outputs: HistoryEntry['outputs']): ResultImage[] =>
  Object.values(outputs)
    .flatMap(value => output.safeParse(value).data?.images ?? [])
    .flatMap(image => savedImage.safeParse(image).data ?? []);

/** The class is called differently from torch to torch; ComfyUI's own sentence about the GPU, or CUDA's, is in the message. */
const isOutOfMemory = (error: z.infer<typeof executionError>): boolean =>
  /OutOfMemory/.test(error.exception_type) || /out of memory/i.test(error.exception_message);
