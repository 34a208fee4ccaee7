import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { listening } from '../listening.ts';
import { Waits } from '../waits.ts';
import { errorAnswer, writeAnswer } from './answers.ts';
import { botApi, callInReply } from './bot-api.ts';
import type { BotCall } from './bot-call.ts';
import { CallRecord, type CallWait } from './calls.ts';
import { notFound } from './errors.ts';
import { Events, type TelegramEvents } from './events.ts';
import { TelegramFaults } from './faults.ts';
import type { StoredFile } from './files.ts';
import { TelegramNetwork } from './network.ts';
import { People } from './people.ts';
import type { Person, PersonProfile } from './person.ts';
import type { User } from './wire.ts';

export type { BotCall } from './bot-call.ts';
export type { CallWait } from './calls.ts';
export type { ChatMessage } from './chat-message.ts';
export type { CallbackAnswer, TelegramEvents } from './events.ts';
export type { CallFault, CallMatch, CountedFault, Fault, Hold, TelegramFaults, UpdateFault } from './faults.ts';
export type { StoredFile } from './files.ts';
export { CAPTION_LENGTH_MAX, TEXT_LENGTH_MAX } from './formatted.ts';
export type { PaymentOutcome } from './pay.ts';
export type { Person, PersonProfile, SentByPerson } from './person.ts';

export type TelegramStandInOptions = {
  readonly token: string;
  readonly host?: string;
  /** 0 or left out: any free port. */
  readonly port?: number;
  readonly botUsername?: string;
  /** The first delay before an update is sent to the webhook again; it doubles each time. */
  readonly resendDelayMs?: number;
  readonly nextUpdateId?: number;
  /** Of each chat; 1 when left out. */
  readonly firstMessageId?: number;
  /** `false` under load: calls are then seen by `on('call')` and `waitForCall` only while they happen. */
  readonly recordCalls?: boolean;
};

export type TelegramStandIn = {
  readonly url: string;
  readonly bot: User;
  readonly faults: TelegramFaults;
  readonly calls: readonly BotCall[];
  nextUpdateId: number;
  /** The same id is the same person; a profile given later is taken over. */
  person(id: number, profile?: PersonProfile): Person;
  people(): readonly Person[];
  /** Queues any object as an update, also one with an `update_id` of its own; returns the id. */
  pushUpdate(update: object): number;
  /** Updates that the bot has not confirmed yet. */
  pendingUpdates(): number;
  /** Anything that passed through this Telegram. */
  file(fileId: string): StoredFile | undefined;
  /** Answers the open long poll with nothing, as a broken line ends it. */
  endPoll(): void;
  on<K extends keyof TelegramEvents>(event: K, listener: (event: TelegramEvents[K]) => void): () => void;
  /** The first answered call that fits, past ones included; `from` leaves out earlier ones. */
  waitForCall(match: (call: BotCall) => boolean, options?: number | CallWait): Promise<BotCall>;
  close(): Promise<void>;
};

const RESEND_DELAY_MS = 1000;
const FIRST_UPDATE_ID = 1000;
const BOT_ID = 123456789;

/** Starts a Bot API server on loopback. */
export const startTelegram = async (options: TelegramStandInOptions): Promise<TelegramStandIn> => {
  const { token, host = '127.0.0.1', port = 0, recordCalls = true } = options;
  const [events, faults, waits] = [new Events(), new TelegramFaults(), new Waits()];
  const calls = new CallRecord(recordCalls, events, waits);
  const network: TelegramNetwork = new TelegramNetwork({
    bot: botOf(options),
    events,
    faults,
    resendDelayMs: options.resendDelayMs ?? RESEND_DELAY_MS,
    nextUpdateId: options.nextUpdateId ?? FIRST_UPDATE_ID,
    firstMessageId: options.firstMessageId ?? 1,
    onWebhookReply: body => void callInReply(api, body),
  });
  const api = { token, network, calls };
  const server = await listening(host, port, koaOf(botApi(api)).callback());
  return standIn({ network, calls, waits, server, host });
};

const botOf = ({ token, botUsername = 'test_bot' }: TelegramStandInOptions): User => ({
  id: Number(/^\d+/.exec(token)?.[0] ?? BOT_ID),
  is_bot: true,
  first_name: 'Bot',
  username: botUsername,
});

const koaOf = (middleware: Koa.Middleware): Koa => {
  const app = new Koa();
  app.silent = true;
  app.use(middleware);
  app.use(ctx => writeAnswer(ctx, errorAnswer(notFound())));
  return app;
};

type Parts = {
  readonly network: TelegramNetwork;
  readonly calls: CallRecord;
  readonly waits: Waits;
  readonly server: Server;
  readonly host: string;
};

const standIn = ({ network, calls, waits, server, host }: Parts): TelegramStandIn => {
  const people = new People(network, waits);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    bot: network.bot,
    faults: network.faults,
    calls: calls.list,
    get nextUpdateId() {
      return network.updates.nextId;
    },
    set nextUpdateId(id) {
      network.updates.nextId = id;
    },
    person: (id, profile) => people.person(id, profile),
    people: () => people.all,
    pushUpdate: update => network.updates.addRaw(update),
    pendingUpdates: () => network.updates.size,
    file: fileId => network.files.byId(fileId),
    endPoll: () => network.poll.close(),
    on: (event, listener) => network.events.on(event, listener),
    waitForCall: (match, o = {}) => calls.waitFor(match, typeof o === 'number' ? { timeoutMs: o } : o),
    close: () => close({ network, waits, server }),
  };
};

/** Ends at once: open waits are refused, open connections cut. */
const close = ({ network, waits, server }: Pick<Parts, 'network' | 'waits' | 'server'>): Promise<void> =>
  new Promise(resolve => {
    network.close();
    network.faults.clear();
    waits.close();
    server.close(() => resolve());
    server.closeAllConnections();
  });
