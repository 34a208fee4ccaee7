import type { TelegramNetwork } from '../network.ts';
import type { Params, Upload } from '../params.ts';

export type MethodInput = {
  readonly params: Params;
  readonly uploads: readonly Upload[];
  readonly onGone: (listener: () => void) => void;
};

/** One method of the Bot API: returns its `result` or throws a `BotApiError`. */
export type Method = (network: TelegramNetwork, input: MethodInput) => unknown;
