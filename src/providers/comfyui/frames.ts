import { z } from 'zod';

/** What a connection tells. `progress` is the sampler's (or another long node's) own count. */
export type ComfyEvent =
  | { type: 'progress'; promptId: string; value: number; max: number }
  | { type: 'preview'; promptId: string; mime: 'image/jpeg' | 'image/png'; bytes: Buffer }
  /** ComfyUI began to execute the prompt (`execution_start`). */
  | { type: 'started'; promptId: string }
  /** The prompt is over, well or not, and its history entry can be read (`executing` with node null). */
  | { type: 'ended'; promptId: string }
  /** The socket is gone; nothing follows. */
  | { type: 'closed' };

/** `status` goes to every socket and is the first frame of each: it proves that the server has registered the connection. */
export type Frame = Exclude<ComfyEvent, { type: 'closed' }> | { type: 'status' };

const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status') }),
  z.object({ type: z.literal('execution_start'), data: z.object({ prompt_id: z.string() }) }),
  z.object({ type: z.literal('executing'), data: z.object({ node: z.null(), prompt_id: z.string() }) }),
  z.object({ type: z.literal('progress'), data: z.object({ prompt_id: z.string(), value: z.number(), max: z.number() }) }),
]);

/** A text frame; undefined for what we have no use for or cannot attribute (no prompt id), including nonsense. */
export const parseText = (text: string): Frame | undefined => {
  const parsed = message.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  switch (parsed.data.type) {
    case 'status':
      return { type: 'status' };
    case 'execution_start':
      return { type: 'started', promptId: parsed.data.data.prompt_id };
    case 'executing':
      return { type: 'ended', promptId: parsed.data.data.prompt_id };
    case 'progress': {
      const { prompt_id: promptId, value, max } = parsed.data.data;
      return { type: 'progress', promptId, value, max };
    }
  }
};

const previewWithMetadata = 4;
const metadata = z.object({ prompt_id: z.string(), image_type: z.enum(['image/jpeg', 'image/png']) });

/**
 * A binary frame: big-endian u32 kind, u32 length of the metadata, the metadata as JSON, the picture. Undefined for anything
 * else: frames of kind 1 (sent to clients that did not ask for metadata) do not say whose picture they carry.
 */
export const parseBinary = (frame: Buffer): Frame | undefined => {
  if (frame.length < 8 || frame.readUInt32BE(0) !== previewWithMetadata) return undefined;
  const end = 8 + frame.readUInt32BE(4);
  const parsed = metadata.safeParse(parseJson(frame.toString('utf8', 8, end)));
  if (!parsed.success || end >= frame.length) return undefined;
  return { type: 'preview', promptId: parsed.data.prompt_id, mime: parsed.data.image_type, bytes: frame.subarray(end) };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
