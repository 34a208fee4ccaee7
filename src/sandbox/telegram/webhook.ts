import http from 'node:http';
import https from 'node:https';
import { growingMs } from '../../domain/growing-pause.ts';
import type { TelegramFaults } from './faults.ts';
import { isObject } from './params.ts';
import type { QueuedUpdate, UpdateQueue } from './update-queue.ts';
import type { Update } from './wire.ts';

export type WebhookTarget = { readonly url: string; readonly secretToken: string | undefined; readonly maxConnections: number };

export type WebhookOptions = {
  readonly target: WebhookTarget;
  readonly queue: UpdateQueue;
  readonly faults: TelegramFaults;
  readonly resendDelayMs: number;
  /** A 2xx answer may hold a method call. */
  readonly onReply: (body: string) => void;
};

export type WebhookFailure = { readonly at: number; readonly message: string };

/** Updates of one chat, sent one after the other. */
type Lane = { readonly key: string; readonly waiting: QueuedUpdate[]; attempt: number; timer?: NodeJS.Timeout };

type Answer = { readonly status: number; readonly body: string; readonly retryAfterMs: number | undefined };

const RESEND_DELAY_MS_MAX = 60_000;
const RETRY_AFTER_SECONDS_MAX = 3600;

/** One webhook as it was set; a new `setWebhook` makes a new one. */
export class Webhook {
  readonly target: WebhookTarget;
  readonly #options: WebhookOptions;
  readonly #agent: http.Agent;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready = new Set<Lane>();
  #sending = 0;
  #stopped = false;
  lastFailure: WebhookFailure | undefined;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.target = options.target;
    const { Agent } = this.target.url.startsWith('https:') ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: this.target.maxConnections });
    for (const entry of options.queue.entries) this.offer(entry);
  }

  offer(entry: QueuedUpdate): void {
    const key = laneKey(entry.update);
    const lane = this.#lanes.get(key);
    if (lane) {
      lane.waiting.push(entry);
      return;
    }
    const opened: Lane = { key, waiting: [entry], attempt: 0 };
    this.#lanes.set(key, opened);
    this.#ready.add(opened);
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer);
    this.#agent.destroy();
  }

  #pump(): void {
    for (const lane of this.#ready) {
      if (this.#stopped || this.#sending >= this.target.maxConnections) return;
      this.#ready.delete(lane);
      this.#sending += 1;
      void this.#send(lane);
    }
  }

  async #send(lane: Lane): Promise<void> {
    const entry = lane.waiting[0];
    if (!entry) return;
    const answer = await this.#deliver(entry.update);
    if (this.#stopped) return;
    this.#sending -= 1;
    if (answer.status >= 200 && answer.status < 300) this.#confirm(lane, entry, answer.body);
    else this.#resendLater(lane, answer);
    this.#pump();
  }

  #confirm(lane: Lane, entry: QueuedUpdate, reply: string): void {
    this.#options.queue.confirm(entry);
    lane.waiting.shift();
    lane.attempt = 0;
    if (lane.waiting.length > 0) this.#ready.add(lane);
    else this.#lanes.delete(lane.key);
    if (reply.startsWith('{')) this.#options.onReply(reply);
  }

  #resendLater(lane: Lane, answer: Answer): void {
    this.lastFailure = { at: Math.floor(Date.now() / 1000), message: failureText(answer) };
    lane.attempt += 1;
    const pause = { minMs: this.#options.resendDelayMs, maxMs: RESEND_DELAY_MS_MAX };
    const delayMs = answer.retryAfterMs ?? growingMs(lane.attempt, pause);
    lane.timer = setTimeout(() => {
      this.#ready.add(lane);
      this.#pump();
    }, delayMs);
  }

  async #deliver(update: Update): Promise<Answer> {
    const answer = await this.#post(JSON.stringify(update)).catch(
      (): Answer => ({ status: 0, body: '', retryAfterMs: undefined }),
    );
    const lost = !this.#stopped && this.#options.faults.meetsUpdate('lostAnswer', update);
    return lost ? { status: 0, body: '', retryAfterMs: undefined } : answer;
  }

  #post(body: string): Promise<Answer> {
    const { url, secretToken } = this.target;
    const headers: http.OutgoingHttpHeaders = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    if (secretToken !== undefined) headers['X-Telegram-Bot-Api-Secret-Token'] = secretToken;
    const { request } = url.startsWith('https:') ? https : http;
    return new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', headers, agent: this.#agent }, response => {
        readAnswer(response).then(resolve, reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

const readAnswer = async (response: http.IncomingMessage): Promise<Answer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const seconds = Number(response.headers['retry-after']);
  const retryAfterMs = seconds > 0 ? Math.min(seconds, RETRY_AFTER_SECONDS_MAX) * 1000 : undefined;
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), retryAfterMs };
};

const failureText = ({ status }: Answer): string =>
  status === 0 ? 'Connection failed' : `Wrong response from the webhook: ${status} ${http.STATUS_CODES[status] ?? ''}`.trim();

/** Order is kept per chat, or per person where there is no chat. */
const laneKey = (update: Update): string => {
  for (const part of Object.values(update)) {
    if (!isObject(part)) continue;
    const message = isObject(part['message']) ? part['message'] : part;
    for (const owner of [message['chat'], part['from'], part['user']]) if (isObject(owner)) return String(owner['id']);
  }
  return '';
};
