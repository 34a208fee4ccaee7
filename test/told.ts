import type { TelegramStandIn } from '../src/sandbox/telegram/server.ts';

/**
 * What no person is ever to read: paths and files of a machine, nodes and classes of a graph, traces, addresses, the words of a
 * disk or a database, and wishes. Ids of jobs are shown on purpose; those of prompts are not, see `told`.
 */
export const neverSaid = new RegExp(
  [
    ...[/Traceback|Exception|Error\b|\bat \w+ \(|line \d+, in/, /\/(opt|usr|home|root|tmp|work|var|data)\//, /[A-Z]:\\/],
    ...[
      /\.(py|ts|js|json|safetensors|gguf|db)\b/,
      /(K|Basic)Sampler|LoadImage|SaveImage|Loader|VAE|UNET|TextEncode|class_type|node/,
    ],
    ...[/torch|cuda|allocation|comfy|telegram api/, /https?:|127\.0\.0\.1|localhost|ECONN|ENO\w+|EACCES|EEXIST|SQLITE/],
    ...[/в акварель|secret|boom|filename_prefix|undefined|\[object|NaN/],
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** Everything the bot has written in this Telegram, buttons and bubbles included. */
export const told = ({ calls }: TelegramStandIn): string[] =>
  calls
    .filter(({ method }) => /^(send|edit|answerCallback)/.test(method))
    .flatMap(({ params }) => [params['text'], params['caption'], params['media'], params['reply_markup']])
    .filter(text => text !== undefined)
    .map(text => (typeof text === 'string' ? text : JSON.stringify(text)));
