import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { readConfig } from '../src/config.ts';
import { startHouse } from '../src/house.ts';
import { putOnCanvas, sizeOf } from '../src/images/canvas.ts';
import { preparePhoto } from '../src/images/photo.ts';
import { finishResult } from '../src/images/result.ts';
import { turnColours } from '../src/sandbox/comfyui/pictures.ts';
import { startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { startTelegram } from '../src/sandbox/telegram/server.ts';
import { line, median } from './report.ts';

const token = '123456:BENCH-TOKEN-not-real';
const rounds = 30;

/** One photo of 1280×960 at a time, stand-ins answering at once: how long the house itself takes, beside the image work in it. */
export async function benchLatency(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-latency-'));
  const telegram = await startTelegram({ token });
  const comfy = await startComfyUI({ stepMs: 0 });
  const env = {
    ...{ BOT_TOKEN: token, TELEGRAM_API_URL: telegram.url, COMFYUI_URL: comfy.url, PORT: '0', DATA_DIR: folder },
    ...{ DATABASE_URL: `sqlite:${folder}/bot.db`, UNLIMITED_PROCESSING: 'true' },
  };
  const house = await startHouse(readConfig(env), { observe: () => {} });
  const toPrompt: number[] = [];
  const toDelivery: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const person = telegram.person(20_000 + n, { firstName: 'Анна' });
    const photo = await phonePhoto(n);
    const accepted = comfy.accepted.length;
    const asked = telegram.calls.length;
    const sent = await person.sendPhoto(photo, { caption: `make it number ${n}` });
    const received = Date.now();
    void sent;
    const prompt = await comfy
      .waitFor('accepted', () => comfy.accepted.length > accepted, 20_000)
      .then(() => comfy.accepted.at(-1)!);
    const delivery = await telegram.waitForCall(call => call.method === 'sendPhoto' && call.chatId === person.id, {
      from: asked,
      timeoutMs: 20_000,
    });
    const execution = comfy.executions.find(({ promptId }) => promptId === prompt.promptId);
    toPrompt.push(prompt.at - received);
    toDelivery.push(delivery.at - (execution?.endedAt ?? Number.NaN));
  }
  await house.stop();
  await Promise.all([telegram.close(), comfy.close()]);
  rmSync(folder, { recursive: true, force: true });
  const [prepare, finish] = await imageWork();
  line('photo received → POST /prompt, p50', 'ms', median(toPrompt), { name: 'image work in it alone', value: prepare });
  line('execution ended → delivery begun, p50', 'ms', median(toDelivery), { name: 'image work in it alone', value: finish });
}

async function imageWork(): Promise<[number, number]> {
  const prepare: number[] = [];
  const finish: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const photo = await phonePhoto(n);
    const prepared = (await preparePhoto(photo)).bytes;
    const canvas = await putOnCanvas(prepared);
    // What the stand-in sends back, and what the house then does with it.
    const result = await turnColours([canvas], { prompt: '', seed: n, steps: 1 });
    const size = await sizeOf(prepared);
    prepare.push(await timed(async () => putOnCanvas((await preparePhoto(photo)).bytes)));
    finish.push(await timed(() => finishResult(result, size)));
  }
  return [median(prepare), median(finish)];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Noise over a gradient: as much work for the codecs as a real photo. */
const phonePhoto = (seed: number): Promise<Buffer> =>
  sharp({
    create: {
      width: 1280,
      height: 960,
      channels: 3,
      background: { r: seed * 8, g: 120, b: 200 },
      noise: { type: 'gaussian', mean: 128, sigma: 30 },
    },
  })
    .jpeg()
    .toBuffer();
