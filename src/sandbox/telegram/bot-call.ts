import type { Params, Upload } from './params.ts';

export type CallAnswer = { readonly status: number; readonly body: unknown };

/** One call of the bot. A download is the call `file` with `file_path`. */
export type BotCall = {
  readonly method: string;
  readonly params: Params;
  readonly chatId: number | undefined;
  /** Arrival, Unix time in milliseconds. */
  readonly at: number;
  readonly files?: readonly Pick<Upload, 'field' | 'fileName' | 'bytes'>[];
  /** `waiting` until it is answered, for example during a long poll. */
  answered: CallAnswer | 'dropped' | 'waiting';
};
