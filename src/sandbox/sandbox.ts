import { botEnvironment } from './bot-environment.ts';
import { BotLog, logLine } from './bot-log.ts';
import { BotProcess } from './bot-process.ts';
import { freePort } from './free-port.ts';
import { type Front, openDoors, openFront } from './front.ts';
import { closeServer } from './listening.ts';
import { Audience } from './page/audience.ts';
import { admin, Chats } from './page/chats.ts';
import { botParts } from './page/controls/bot.ts';
import { comfyuiParts } from './page/controls/comfyui.ts';
import { Panel } from './page/controls/panel.ts';
import { telegramParts } from './page/controls/telegram.ts';
import { yookassaParts } from './page/controls/yookassa.ts';
import { createPage } from './page/page.ts';
import type { Snapshot } from './page/wire.ts';
import { type StandInName, type StandIns, startStandIns } from './stand-ins.ts';
import type { TelegramStandIn } from './telegram/server.ts';

export type SandboxOptions = {
  /** Always holds `telegram`. */
  readonly missing: readonly StandInName[];
  /** Of this process, `.env` already read; passed on to the bot, completed. */
  readonly environment: NodeJS.ProcessEnv;
  /** Of the front: loopback only; port 0 is any free one. */
  readonly host: string;
  readonly port: number;
  /** The compiled main.js. */
  readonly botEntry: string;
  /** Holds index.html and the compiled modules of the page. */
  readonly webFolder: string;
  /** Each line of the bot's stdout. */
  readonly onBotLine?: (line: string) => void;
  /** The very first start ended with code 1 and this one line, a complaint about the configuration; the bot stays stopped. */
  readonly onBotRefused?: (line: string) => void;
};

export type Sandbox = {
  /** http://127.0.0.1:8000/sandbox */
  readonly url: string;
  /** Resolves when the bot runs, or has ended without coming so far; then `onBotRefused` has been called, if it will be. */
  readonly tried: Promise<void>;
  /** SIGTERM to the bot, waits for its end, closes everything. */
  stop(): Promise<void>;
};

const defaultBotName = 'QwenEditBot';

/** Resolves when the page answers; the bot may still be starting. Rejects with Node's own error when the port is taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const front = await openFront(options.host, options.port);
  try {
    const standIns = await startStandIns(options.missing, { shopName: botNameOf(options) });
    return await assemble(options, front, standIns);
  } catch (error) {
    await closeServer(front.server);
    throw error;
  }
}

type Parts = { readonly options: SandboxOptions; readonly origin: string; readonly standIns: StandIns; readonly botPort: number };

async function assemble(options: SandboxOptions, front: Front, standIns: StandIns): Promise<Sandbox> {
  const { telegram } = standIns;
  if (!telegram) throw new Error('the sandbox is a chat with a Telegram stand-in');
  const botPort = await freePort();
  const parts: Parts = { options, origin: front.origin, standIns, botPort };
  const audience = new Audience();
  const chats = new Chats(telegram, audience);
  const log = new BotLog(line => audience.tell('log', line));
  const bot = createBot(parts, audience, log);
  openShop(parts, log);
  const page = createPage({
    ...{ webFolder: options.webFolder, telegram, chats, audience },
    ...shown(parts, { audience, chats, log, bot, telegram }),
    checkout: standIns.yookassa?.checkout,
    onError: log.error,
  });
  openDoors(front, page.callback(), botPort);
  bot.start();
  return {
    url: `${front.origin}/sandbox`,
    tried: bot.tried,
    async stop() {
      await bot.retire();
      chats.close();
      audience.close();
      await Promise.all([closeServer(front.server), standIns.close()]);
    },
  };
}

function createBot({ options, origin, standIns, botPort }: Parts, audience: Audience, log: BotLog): BotProcess {
  const { environment, missing, botEntry, onBotLine, onBotRefused } = options;
  return new BotProcess({
    entry: botEntry,
    args: [`--stand-ins=${missing.join(',')}`],
    environment: () => botEnvironment({ environment, added: standIns.environment, origin, botPort, adminId: admin.id }),
    onState: state => audience.tell('bot', state),
    onLine: (line, stream) => {
      log.add(logLine(line, stream === 'stdout' ? 'info' : 'error'));
      if (stream === 'stdout') onBotLine?.(line);
    },
    onNews: log.say,
    onRefused: line => onBotRefused?.(line),
  });
}

/** The bot is told of payments, the payer sees the page here, and the log shows every notification on its way. */
function openShop({ standIns: { yookassa }, origin, botPort }: Parts, log: BotLog): void {
  if (!yookassa) return;
  yookassa.notifyUrl = `http://127.0.0.1:${botPort}/api/webhooks/yukassa`;
  yookassa.checkoutUrl = `${origin}/sandbox`;
  yookassa.on('notification', ({ event, objectId, attempt, outcome }) => {
    const said = outcome === 'lost' || outcome === 'unreachable' ? outcome : `answered ${outcome}`;
    log.say(outcome === 200 ? 'info' : 'warn', `yookassa · ${event} · ${objectId.slice(0, 8)} · attempt ${attempt} · ${said}`);
  });
}

const botNameOf = ({ environment }: SandboxOptions): string => environment['BOT_NAME']?.trim() || defaultBotName;

type Shown = {
  readonly audience: Audience;
  readonly chats: Chats;
  readonly log: BotLog;
  readonly bot: BotProcess;
  readonly telegram: TelegramStandIn;
};

/** The panel, and everything at once for a tab that has just been opened. */
function shown(
  { options, standIns }: Parts,
  { audience, chats, log, bot, telegram }: Shown,
): { panel: Panel; snapshot: () => Snapshot } {
  const parts = [
    ...(standIns.farm ? comfyuiParts(standIns.farm, bot, log.error) : []),
    ...telegramParts(telegram),
    ...(standIns.yookassa ? yookassaParts(standIns.yookassa) : []),
    ...botParts(bot, log.error),
  ];
  const panel = new Panel(parts, controls => audience.tell('controls', controls));
  const snapshot = (): Snapshot => ({
    botName: botNameOf(options),
    bot: bot.state,
    ...{ people: chats.cards, messages: chats.messages },
    ...{ controls: panel.controls, log: log.lines },
    standIns: { comfyui: standIns.farm !== undefined, yookassa: standIns.yookassa !== undefined },
  });
  return { panel, snapshot };
}
