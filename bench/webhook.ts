import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Koa from 'koa';
import { startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { freePort } from '../src/sandbox/free-port.ts';
import { startTelegram } from '../src/sandbox/telegram/server.ts';
import { startHouseProcess } from './house-process.ts';
import { line, median, perSecond, print } from './report.ts';

const token = '123456:BENCH-TOKEN-not-real';
const secret = 'bench-secret';
const connections = 128;
const updates = 20_000;
const runs = 3;

/** Updates that are answered 200, and so are durable, per second; half of the people have been idle since before the start. */
export async function benchWebhook(): Promise<void> {
  const telegram = await startTelegram({ token, recordCalls: false });
  const comfy = await startComfyUI();
  const bare = await bareEdge();
  for (const people of [2_000, 20_000]) {
    const rates: number[] = [];
    const limits: number[] = [];
    for (let run = 0; run < runs; run++) {
      limits.push(await rate(bare.port, people));
      rates.push(await measure(telegram.url, comfy.url, people));
    }
    line(`durable updates/s through the webhook, ${people} people, half cold`, '/s', median(rates), {
      name: 'bare Koa answering 200',
      value: median(limits),
    });
  }
  print('  (client, house and Telegram share the cores of this machine)');
  bare.close();
  await Promise.all([telegram.close(), comfy.close()]);
}

async function measure(telegramUrl: string, comfyUrl: string, people: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-webhook-'));
  const port = await freePort();
  const env = {
    ...{
      BOT_TOKEN: token,
      TELEGRAM_API_URL: telegramUrl,
      COMFYUI_URL: comfyUrl,
      DATA_DIR: folder,
      DATABASE_URL: `sqlite:${folder}/bot.db`,
    },
    ...{
      PORT: String(port),
      WEBHOOK_URL: `http://127.0.0.1:${port}`,
      WEBHOOK_SECRET: secret,
      MAX_MESSAGES_PER_USER_PER_MINUTE: '1000000',
    },
  };
  const first = await startHouseProcess(env);
  await send(port, people, n => n, '/start');
  await first.stop();
  const second = await startHouseProcess(env);
  await send(port, people / 2, n => n, '💰 Баланс');
  const measured = await rate(port, people);
  await second.stop();
  rmSync(folder, { recursive: true, force: true });
  return measured;
}

async function rate(port: number, people: number): Promise<number> {
  const started = performance.now();
  await send(port, updates, n => (n * 7919) % people, '💰 Баланс');
  return perSecond(updates, performance.now() - started);
}

let updateId = 1_000_000;

async function send(port: number, count: number, person: (n: number) => number, text: string): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  let n = 0;
  const sender = async () => {
    for (let i = n++; i < count; i = n++) await post(agent, port, JSON.stringify(messageOf(10_000 + person(i), text)));
  };
  await Promise.all(Array.from({ length: connections }, sender));
  agent.destroy();
}

function messageOf(id: number, text: string): object {
  const from = { id, is_bot: false, first_name: 'Анна', language_code: 'ru' };
  return {
    update_id: updateId++,
    message: { message_id: 1, from, chat: { id, type: 'private', first_name: 'Анна' }, date: 1, text },
  };
}

const post = (agent: http.Agent, port: number, body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-telegram-bot-api-secret-token': secret,
    };
    const request = http.request(
      { host: '127.0.0.1', port, path: '/webhooks/telegram', method: 'POST', agent, headers },
      response => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });

/** The same requests against a Koa that reads the body and answers. */
async function bareEdge(): Promise<{ port: number; close(): void }> {
  const app = new Koa();
  app.use(async ctx => {
    const chunks: Buffer[] = [];
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
    JSON.parse(Buffer.concat(chunks).toString());
    ctx.body = {};
  });
  const server = http.createServer(app.callback());
  const port = await freePort();
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  return { port, close: () => void server.close() };
}
