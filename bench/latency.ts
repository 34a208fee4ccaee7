import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { preparePhoto } from '../src/images/photo.ts';
import { forChat, openResult } from '../src/images/result.ts';
import { turnColours } from '../src/sandbox/comfyui/pictures.ts';
import { type ComfyUIStandIn, startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { startTelegram, type TelegramStandIn } from '../src/sandbox/telegram/server.ts';
import { startHouseProcess } from './house-process.ts';
import { line, median } from './report.ts';

const token = '123456:BENCH-TOKEN-not-real';
const rounds = 30;

/** One photo of 1280×960 at a time, stand-ins answering at once: how long the house itself takes, beside the image work in it. */
export async function benchLatency(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-latency-'));
  const telegram = await startTelegram({ token });
  const comfy = await startComfyUI({ stepMs: 0 });
  const env = {
    ...{
      BOT_TOKEN: token,
      TELEGRAM_API_URL: telegram.url,
      COMFYUI_URL: comfy.url,
      PORT: '0',
      DATA_DIR: folder,
      LOG_LEVEL: 'fatal',
    },
    ...{ DATABASE_URL: `sqlite:${folder}/bot.db`, UNLIMITED_PROCESSING: 'true' },
  };
  const house = await startHouseProcess(env);
  const seen: Round[] = [];
  for (let n = 0; n < rounds; n++) {
    const photo = await phonePhoto(n);
    seen.push({ ...(await oneEdit(telegram, comfy, n, photo)), ...(await imageWork(photo, n)) });
  }
  await house.stop();
  await Promise.all([telegram.close(), comfy.close()]);
  rmSync(folder, { recursive: true, force: true });
  const middle = (of: (round: Round) => number) => median(seen.map(of));
  const [prepare, finish] = [middle(round => round.prepare), middle(round => round.finish)];
  const alone = 'image work in it alone';
  const toPrompt = middle(round => round.toPrompt);
  line('photo received → POST /prompt, p50', 'ms', toPrompt, { name: alone, value: prepare });
  const toDelivery = middle(round => round.toDelivery);
  line('execution ended → delivery begun, p50', 'ms', toDelivery, { name: alone, value: finish });
  const beside = middle(round => round.toDelivery - round.finish);
  line('  the same without the image work in it, p50', 'ms', beside);
}

/** Milliseconds. The image work is timed alone right after its edit, while the house has nothing to do. */
type Round = { toPrompt: number; toDelivery: number; prepare: number; finish: number };

async function oneEdit(telegram: TelegramStandIn, comfy: ComfyUIStandIn, n: number, photo: Buffer) {
  const person = telegram.person(20_000 + n, { firstName: 'Анна' });
  const accepted = comfy.accepted.length;
  const asked = telegram.calls.length;
  await person.sendPhoto(photo, { caption: `make it number ${n}` });
  const received = Date.now();
  const prompt = await comfy
    .waitFor('accepted', () => comfy.accepted.length > accepted, 20_000)
    .then(() => comfy.accepted.at(-1)!);
  const delivery = await telegram.waitForCall(call => call.method === 'sendPhoto' && call.chatId === person.id, {
    from: asked,
    timeoutMs: 20_000,
  });
  const execution = comfy.executions.find(({ promptId }) => promptId === prompt.promptId);
  return { toPrompt: prompt.at - received, toDelivery: delivery.at - (execution?.endedAt ?? Number.NaN) };
}

/** What must be done whoever does it: the photo made ready and put on its canvas, the result of it made ready for the chat. */
async function imageWork(photo: Buffer, seed: number): Promise<{ prepare: number; finish: number }> {
  const prepare = async () => {
    const prepared = await preparePhoto(photo, { goesOnCanvas: true });
    return { ...prepared, canvas: (await prepared.canvas)! };
  };
  const prepared = await prepare();
  // What the stand-in sends back, and what the house then does with it.
  const result = await turnColours([prepared.canvas], { prompt: '', seed, steps: 1 });
  return {
    prepare: await timed(prepare),
    finish: await timed(() => openResult(result, prepared).then(forChat)),
  };
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
