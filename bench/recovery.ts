import { once } from 'node:events';
import type { SeenRequest } from '../src/sandbox/comfyui/server.ts';
import { line, median } from './report.ts';
import { openHouse, openStage, type Stage } from './stage.ts';

const openJobs = 20;
const runs = 3;

type Asked = (request: SeenRequest) => boolean;
const adoption: Asked = ({ path }) => path === '/queue';
const nextPrompt: Asked = ({ method, path }) => method === 'POST' && path === '/prompt';

/** From the start of the process after `kill -9` until it is at work again, beside the start of an empty studio. */
export async function benchRecovery(): Promise<void> {
  const [empty, adopted, again]: [number[], number[], number[]] = [[], [], []];
  for (let run = 0; run < runs; run++) {
    empty.push(await emptyStart());
    adopted.push(await recovered(adoption, async () => {}));
    again.push(await recovered(nextPrompt, ({ comfys: [comfy] }) => comfy!.restart()));
  }
  const limit = { name: 'start of an empty studio', value: median(empty) };
  line(`kill -9 with ${openJobs} open jobs → the running one is looked for`, 'ms', median(adopted), limit);
  line('  the server has forgotten it → next POST /prompt', 'ms', median(again), limit);
}

async function emptyStart(): Promise<number> {
  const stage = await openStage({ servers: 1, jobMs: 40 });
  const house = await openHouse(stage);
  await house.stop();
  await stage.close();
  return house.readyMs;
}

async function recovered(isSign: Asked, meanwhile: (stage: Stage) => Promise<void>): Promise<number> {
  const stage = await openStage({ servers: 1, jobMs: 40 });
  const [comfy] = stage.comfys;
  comfy!.faults.next('hold');
  const first = await openHouse(stage);
  await stage.order(Array.from({ length: openJobs }, (_, n) => 60_000 + n));
  await stage.queued(openJobs);
  await comfy!.waitFor('started', () => true);
  const dead = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await dead;
  await meanwhile(stage);
  const started = Date.now();
  const second = openHouse(stage);
  const sign = await comfy!.waitFor('request', request => request.at >= started && isSign(request), 30_000);
  const { child } = await second;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  await stage.close();
  return sign.at - started;
}
