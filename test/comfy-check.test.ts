import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Writable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { pino } from 'pino';
import type { Observed } from '../actors/protocol.ts';
import { checkingServers, describeLack, workflowsInUse } from '../src/comfy-check.ts';
import type { Catalogue, Preset } from '../src/domain/catalogue.ts';
import { observeToLog } from '../src/log.ts';
import { createComfyUI } from '../src/providers/comfyui/client.ts';
import { type ComfyUIOptions, startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { type WorkflowName, wholeGraph, workflowNames } from '../workflows/index.ts';
import { openStudio, phonePhoto, type Studio } from './studio.ts';

type Info = Record<string, { input: { required: Record<string, unknown[]> } }>;
/** What becomes of the answer about one class of nodes; `never` answers nothing. */
type Change = (info: Info) => Info | 'never';

/** Stands before a ComfyUI of which something is missing: a file that was not copied, a node that an older one does not have. */
async function lackingDoor(t: ExecutionContext, options: ComfyUIOptions, change: { now: Change }): Promise<string> {
  const comfy = await startComfyUI(options);
  const server = createServer((req, res) => {
    const { method, headers } = req;
    const onward = request(comfy.url + req.url, { ...{ method, headers }, agent: false }, async answer => {
      if (!req.url?.startsWith('/object_info/')) {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
        return;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const changed = change.now(JSON.parse(Buffer.concat(chunks).toString()) as Info);
      if (changed !== 'never') res.setHeader('content-type', 'application/json').end(JSON.stringify(changed));
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  server.on('upgrade', ({ url, headers }, near, head) => {
    const far = connect(Number(new URL(comfy.url).port), '127.0.0.1', () => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
      far.write([`GET ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
      far.write(head);
      near.pipe(far).pipe(near);
    });
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    t.teardown(() => near.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    server.close();
    server.closeAllConnections();
    await comfy.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const all: Change = info => info;
const withoutNode =
  (name: string): Change =>
  info =>
    name in info ? {} : info;
const withoutFiles =
  (node: string, input: string): Change =>
  info => {
    const spec = info[node]?.input.required[input];
    if (spec) spec[0] = [];
    return info;
  };

/** What a server of these workflows is told to lack, and the step that ends the telling. */
async function check(
  server: string,
  names: readonly WorkflowName[],
): Promise<{ lines: string[]; end: string; seen: Observed[] }> {
  const seen: Observed[] = [];
  const end = await new Promise<string>(resolve => {
    const observe = checkingServers({
      servers: [createComfyUI({ server })],
      workflows: new Map(names.map(name => [name, wholeGraph(name)])),
      observe: one => {
        seen.push(one);
        if (/^comfy:(un)?checked$/.test(one.step)) resolve(one.step);
      },
    });
    observe({ step: 'gpu:ready', server });
  });
  const lacks = seen.filter(({ step }) => step === 'comfy:lacks');
  return { lines: lacks.map(({ error }) => error!.message), end, seen };
}

const lora2511 = 'models/loras/Qwen-Image-Edit-2511-Lightning-4steps-V1.0-bf16.safetensors';
const update = 'update ComfyUI (0.5.1 or newer)';
const method = `FluxKontextMultiReferenceLatentMethod to know reference_latents_method "index_timestep_zero": ${update}`;

test('of a current ComfyUI with all files nothing is told', async t => {
  const comfy = await startComfyUI();
  t.teardown(() => comfy.close());
  t.deepEqual(await check(comfy.url, workflowNames), {
    ...{ lines: [], end: 'comfy:checked' },
    seen: [
      { step: 'gpu:ready', server: comfy.url },
      { step: 'comfy:checked', server: comfy.url },
    ],
  });
});

test('a ComfyUI of 2025 lacks the reference method of 2511 and nothing of 2509', async t => {
  const comfy = await startComfyUI({ version: '0.3.64' });
  t.teardown(() => comfy.close());
  t.deepEqual((await check(comfy.url, ['qwen-edit-2511'])).lines, [`qwen-edit-2511 needs ${method}`]);
  t.deepEqual((await check(comfy.url, workflowNames)).lines, [`qwen-edit-2511, qwen-edit-2511-full need ${method}`]);
  t.deepEqual((await check(comfy.url, ['qwen-edit-2509', 'qwen-edit-2509-lightning'])).lines, []);
});

for (const version of ['0.33.0', '0.3.64'] as const) {
  const old = version === '0.3.64' ? [`qwen-edit-2511, qwen-edit-2511-full need ${method}`] : [];

  test(`a LoRA that lies on no ${version} is told once, with its folder and the workflows that want it`, async t => {
    const door = await lackingDoor(t, { version }, { now: withoutFiles('LoraLoaderModelOnly', 'lora_name') });
    const { lines } = await check(door, workflowNames);
    const lora2509 = lora2511.replace('2511', '2509');
    t.deepEqual(
      lines.toSorted(),
      [
        `qwen-edit-2509-lightning needs the file ${lora2509}: put it there`,
        `qwen-edit-2511 needs the file ${lora2511}: put it there`,
        ...old,
      ].toSorted(),
    );
    t.is(lines.length, 2 + old.length);
  });

  test(`a node that ${version} does not have is told once for all workflows`, async t => {
    const door = await lackingDoor(t, { version }, { now: withoutNode('TextEncodeQwenImageEditPlus') });
    const { lines } = await check(door, workflowNames);
    t.deepEqual(
      lines.toSorted(),
      [
        `${workflowNames.join(', ')} need the node TextEncodeQwenImageEditPlus: ${update}, or install the custom node`,
        ...old,
      ].toSorted(),
    );
  });
}

const folders: readonly [node: string, input: string, folder: string][] = [
  ['UNETLoader', 'unet_name', 'diffusion_models'],
  ['CLIPLoader', 'clip_name', 'text_encoders'],
  ['VAELoader', 'vae_name', 'vae'],
];
for (const [node, input, folder] of folders)
  test(`a missing file of ${node} is looked for in models/${folder}`, t => {
    const value = wholeGraph('qwen-edit-2511')[{ UNETLoader: '1', CLIPLoader: '2', VAELoader: '3' }[node]!]!.inputs[input];
    const workflows = new Map([['qwen-edit-2511', wholeGraph('qwen-edit-2511')]]);
    const line = describeLack({ kind: 'value', node, input, value }, workflows);
    t.is(line, `qwen-edit-2511 needs the file models/${folder}/${value}: put it there`);
  });

test('a server that cannot be asked is no error', async t => {
  const comfy = await startComfyUI();
  await comfy.close();
  const { lines, end, seen } = await check(comfy.url, workflowNames);
  t.deepEqual([lines, end], [[], 'comfy:unchecked']);
  t.true(seen.every(({ error }) => !error));
});

test('workflows in use are the house’s own and those that presets on offer name, each once', t => {
  const preset = (workflow: string | null) => ({ workflow }) as Preset;
  const catalogue: Catalogue = {
    categories: [],
    presets: ['qwen-edit-2509', null, 'qwen-edit-2511', 'qwen-edit-2509'].map(preset),
  };
  t.deepEqual([...workflowsInUse('qwen-edit-2511', catalogue).keys()], ['qwen-edit-2511', 'qwen-edit-2509']);
});

// --- in the log ---

/** The lines that an operator sees at the default level. */
function logged(seen: readonly Observed[]): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const observe = observeToLog(pino({ level: 'info', base: null }, sink));
  for (const one of seen) observe(one);
  return lines;
}

test('what a server lacks is one warning line each, with the server and no login; all else of the check is silent', async t => {
  const server = 'https://me:secret@gpu.example.com';
  const error = new Error('qwen-edit-2511 needs the file models/vae/x: put it there');
  const seen = ['comfy:lacks', 'comfy:checked', 'comfy:unchecked'].map(step => ({ step, server }));
  const lines = logged(seen.map(one => (one.step === 'comfy:lacks' ? { ...one, error } : one)));
  t.is(lines.length, 1);
  t.like(lines[0], { level: 40, msg: 'comfy:lacks', server: 'https://…@gpu.example.com' });
  t.regex(String(lines[0]?.['error']), /needs the file models\/vae\/x: put it there$/);
});

test('the longest words fit into a line of the log', async t => {
  const comfy = await lackingDoor(t, { version: '0.3.64' }, { now: () => ({}) });
  const { seen, lines } = await check(comfy, workflowNames);
  t.true(lines.length > 10);
  for (const [n, line] of logged(seen).entries()) t.true(String(line['error']).endsWith(lines[n]!), lines[n]!);
});

// --- in the house ---

const told = ({ observed }: Studio, step: string) => observed.filter(one => one.step === step);

test('a house tells at its start what its server lacks, works all the same, and tells it again when the server comes back', async t => {
  const studio = await openStudio(t, { comfy: { version: '0.3.64' } });
  await studio.step('comfy:checked');
  t.is(told(studio, 'comfy:lacks').length, 1);
  t.like(told(studio, 'comfy:lacks')[0], { server: studio.comfy.url });
  t.is(told(studio, 'comfy:lacks')[0]?.error?.message, `qwen-edit-2511 needs ${method}`);
  const person = studio.telegram.person(5001);
  await person.sendPhoto(await phonePhoto(), { caption: 'make it snow' });
  await person.waitFor(/Обработка завершена/);
  const from = studio.observed.length;
  await studio.comfy.restart();
  await studio.step('comfy:checked', from);
  t.is(told(studio, 'comfy:lacks').length, 2);
});

test('a preset on offer has its workflow looked at, too; one that is switched off does not', async t => {
  const studio = await openStudio(t);
  await studio.step('comfy:checked');
  t.deepEqual(told(studio, 'comfy:lacks'), []);
  const change: { now: Change } = { now: withoutFiles('LoraLoaderModelOnly', 'lora_name') };
  const env = { COMFYUI_URL: await lackingDoor(t, {}, change), WORKFLOW: 'qwen-edit-2509' };
  const other = await openStudio(t, { env });
  await other.step('comfy:checked');
  t.deepEqual(told(other, 'comfy:lacks'), []);
  await other.house.stop();
  await other.write("UPDATE presets SET workflow = 'qwen-edit-2511' WHERE id = 1");
  await other.write("UPDATE presets SET workflow = 'qwen-edit-2509-lightning', is_active = 0 WHERE id = 2");
  const from = other.observed.length;
  await other.reopen();
  await other.step('comfy:checked', from);
  t.deepEqual(
    told(other, 'comfy:lacks').map(({ error }) => error?.message),
    [`qwen-edit-2511 needs the file ${lora2511}: put it there`],
  );
});

test('a server that never answers the question still gets its jobs, and nobody waits', async t => {
  const env = { COMFYUI_URL: await lackingDoor(t, {}, { now: () => 'never' }) };
  const studio = await openStudio(t, { env });
  const person = studio.telegram.person(5003);
  await person.sendPhoto(await phonePhoto(), { caption: 'make it snow' });
  await person.waitFor(/Обработка завершена/);
  t.deepEqual(told(studio, 'comfy:checked'), []);
  t.deepEqual(told(studio, 'comfy:lacks'), []);
});

test('a server that has all asked for is not spoken of', async t => {
  const studio = await openStudio(t, { env: { COMFYUI_URL: await lackingDoor(t, {}, { now: all }) } });
  await studio.step('comfy:checked');
  t.deepEqual(told(studio, 'comfy:lacks'), []);
});
