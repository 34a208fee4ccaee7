import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { WebSocket } from 'ws';
import { objectInfo } from '../src/sandbox/comfyui/object-info.ts';
import { createPace } from '../src/sandbox/comfyui/pace.ts';
import { type ComfyUIOptions, type ComfyUIStandIn, type Graph, startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { projectUrl } from './project.ts';

type FrameData = Record<string, unknown> & { node?: string | null; value?: number; max?: number };
type TextFrame = { type: string; data: FrameData };
type Frame = TextFrame | { binary: number; metadata?: unknown; image_type?: number };
type Answer = { status: number; body: unknown };
type Recorded = { body: { prompt: Graph }; frames: Frame[]; history: Record<string, unknown> | null };
type RunName =
  | 'plain'
  | 'sampled'
  | 'cached'
  | 'savedElsewhere'
  | 'withoutClient'
  | 'notAnImage'
  | 'outOfMemory'
  | 'interrupted'
  | 'previewLegacy'
  | 'previewMetadata';
type Asked = { about: string; body: unknown; status: number; answer: unknown };

const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`test/fixtures/comfyui/${name}.json`, projectUrl), 'utf8')) as T;

const runs = fixture<Record<RunName, Recorded>>('runs');
const qwen = fixture<{ about: string; graph: Graph; status: number; answer: unknown }[]>('qwen-graphs');

const start = async (t: ExecutionContext, options: ComfyUIOptions = {}): Promise<ComfyUIStandIn> => {
  const comfy = await startComfyUI(options);
  t.teardown(comfy.close);
  comfy.files.write('input', 'rig_a.png', await photo());
  comfy.files.write('input', 'rig_b.png', await photo('blue'));
  return comfy;
};

const photo = (background = 'red', width = 64): Promise<Buffer> =>
  sharp({ create: { width, height: 48, channels: 3, background } })
    .png()
    .toBuffer();

const call = async (comfy: ComfyUIStandIn, method: string, path: string, body?: unknown): Promise<Answer> => {
  // Kept-alive connections would die with a restart, and the next request on them.
  const headers = { connection: 'close' };
  const response = await fetch(comfy.url + path, { method, headers, ...(body !== undefined && { body: asBody(body) }) });
  const text = await response.text();
  const json = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, body: json ? JSON.parse(text) : text };
};

const asBody = (body: unknown): string | FormData =>
  body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body);

const get = (comfy: ComfyUIStandIn, path: string) => call(comfy, 'GET', path);
const post = (comfy: ComfyUIStandIn, path: string, body?: unknown) => call(comfy, 'POST', path, body);

/** Posts a graph and gives the prompt's id. */
const queue = async (comfy: ComfyUIStandIn, prompt: Graph, more: Record<string, unknown> = {}): Promise<string> => {
  const { body } = await post(comfy, '/prompt', { prompt, ...more });
  return (body as { prompt_id: string }).prompt_id;
};

const ended = (comfy: ComfyUIStandIn, promptId: string) => comfy.waitFor('ended', run => run.promptId === promptId);

const historyOf = async (comfy: ComfyUIStandIn, promptId: string) =>
  ((await get(comfy, `/history/${promptId}`)).body as Record<string, HistoryEntry>)[promptId];
type HistoryEntry = {
  outputs: Record<string, { images: { filename: string; subfolder: string; type: string }[] }>;
  status: { status_str: string; completed: boolean; messages: [string, Record<string, unknown> & { nodes?: string[] }][] };
};

const binaryFrame = (data: Buffer): Frame => {
  const binary = data.readUInt32BE(0);
  if (binary === 1) return { binary, image_type: data.readUInt32BE(4) };
  return { binary, metadata: JSON.parse(data.subarray(8, 8 + data.readUInt32BE(4)).toString()) };
};

type Client = {
  socket: WebSocket;
  frames: Frame[];
  until(wanted: (frame: Frame) => boolean): Promise<void>;
  settled(): Promise<void>;
};

const connect = async (comfy: ComfyUIStandIn, clientId: string): Promise<Client> => {
  const socket = new WebSocket(`${comfy.url.replace('http', 'ws')}/ws?clientId=${clientId}`);
  const frames: Frame[] = [];
  socket.on('message', (data, isBinary) =>
    frames.push(isBinary ? binaryFrame(data as Buffer) : (JSON.parse(String(data)) as Frame)),
  );
  const until = async (wanted: (frame: Frame) => boolean) => {
    while (!frames.some(wanted)) await once(socket, 'message');
  };
  await until(isA('status'));
  frames.shift();
  // A pong comes after every frame sent before it.
  const settled = async () => {
    const pong = once(socket, 'pong');
    socket.ping();
    await pong;
  };
  return { socket, frames, until, settled };
};

const isA =
  (type: string) =>
  (frame: Frame): frame is TextFrame =>
    'type' in frame && frame.type === type;

const isNull = (frame: Frame): boolean => isA('executing')(frame) && frame.data.node === null;

const volatile = new Set(['timestamp', 'create_time', 'prompt_id', 'number', 'client_id', 'sid', 'filename']);

/** Takes out what differs from run to run, and the order of errors, which is a Python set's. */
const plain = (value: unknown, key = ''): unknown => {
  if (volatile.has(key)) return '*';
  if (key === 'traceback' || key === 'current_inputs' || key === 'current_outputs') return '*';
  if (key === 'errors' && Array.isArray(value)) {
    return value.map(one => plain(one)).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }
  if (Array.isArray(value)) return value.map(item => plain(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, name)]));
};

const typesOf = (frames: readonly Frame[]) => frames.map(frame => ('type' in frame ? frame.type : frame.binary));

/** EmptyImage → ImageInvert → SaveImage, the graph most transcripts use; `color` makes it new to the cache. */
const simple = (color: number, prefix = 'rig/out'): Graph => ({
  '1': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color } },
  '2': { class_type: 'ImageInvert', inputs: { image: ['1', 0] } },
  '9': { class_type: 'SaveImage', inputs: { images: ['2', 0], filename_prefix: prefix } },
});

const isColor = ({ '1': node }: Graph, wanted: number): boolean => {
  const { color } = node?.inputs ?? {};
  return color === wanted;
};

const edit = (seed = 1, prompt = 'make it look like a watercolor'): Graph => {
  const graph = structuredClone(qwen.find(({ about }) => about === 'lightning_2511')!.graph);
  Object.assign(graph['31']!.inputs, { seed });
  Object.assign(graph['20']!.inputs, { prompt });
  return graph;
};

type NodeStates = Record<string, { value: number; max: number; state: string }>;

/** What the frames say of one node, with its own progress only. */
const storyOf = (frames: readonly Frame[], node: string): string[] =>
  frames.flatMap(frame => {
    if ('binary' in frame) return `preview ${frame.binary}`;
    const { nodes, node: about, value, max } = frame.data as FrameData & { nodes?: NodeStates };
    if (!nodes || Array.isArray(nodes)) return about === node ? `${frame.type} ${value}/${max}` : [];
    const [latest, state] = Object.entries(nodes).at(-1) ?? [];
    return latest === node && state ? `${frame.type} ${state.value}/${state.max} ${state.state}` : [];
  });

test('a run sends the recorded frames in the recorded order', async t => {
  const comfy = await start(t);
  const { socket, frames, until } = await connect(comfy, 'c');
  await queue(comfy, runs.plain.body.prompt, { client_id: 'c' });
  await until(isNull);
  t.deepEqual(plain(frames), plain(runs.plain.frames));
  socket.close();
});

test('a sampler reports every step as recorded', async t => {
  const comfy = await start(t, { steps: 3 });
  const { frames, until } = await connect(comfy, 'c');
  await queue(comfy, edit(), { client_id: 'c' });
  await until(isNull);
  t.deepEqual(storyOf(frames, '31'), storyOf(runs.sampled.frames, '2'));
});

for (const [name, flags] of [
  ['previewLegacy', false],
  ['previewMetadata', true],
] as const) {
  test(`previews come where the recorded ones do: ${name}`, async t => {
    const comfy = await start(t, { steps: 2, previews: true });
    const { socket, frames, until } = await connect(comfy, 'c');
    if (flags) {
      socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }));
      await until(isA('feature_flags'));
    }
    const promptId = await queue(comfy, edit(), { client_id: 'c' });
    await until(isNull);
    t.deepEqual(storyOf(frames, '31'), storyOf(runs[name].frames, '2'));
    const [preview] = frames.filter(frame => 'binary' in frame);

    const node = { node_id: '31', display_node_id: '31', parent_node_id: null, real_node_id: '31' };
    const metadata = { ...node, prompt_id: promptId, image_type: 'image/jpeg' };
    t.deepEqual(preview, flags ? { binary: 4, metadata } : { binary: 1, image_type: 1 });
  });
}

test('the same graph again comes from the cache, with the same file', async t => {
  const comfy = await start(t);
  const { frames, until } = await connect(comfy, 'c');
  const first = await queue(comfy, simple(5), { client_id: 'c' });
  await until(isNull);
  frames.length = 0;
  const second = await queue(comfy, simple(5), { client_id: 'c' });
  await until(isNull);
  t.deepEqual(plain(frames), plain(runs.cached.frames));
  t.deepEqual((await historyOf(comfy, second))?.outputs, (await historyOf(comfy, first))?.outputs);
});

test('another filename prefix saves again what the cache holds', async t => {
  const comfy = await start(t);
  const { frames, until } = await connect(comfy, 'c');
  await queue(comfy, simple(5), { client_id: 'c' });
  await until(isNull);
  frames.length = 0;
  await queue(comfy, simple(5, 'rig/other'), { client_id: 'c' });
  await until(isNull);
  t.deepEqual(plain(frames), plain(runs.savedElsewhere.frames));
});

test('the cache holds the latest prompt only, and nothing after /free', async t => {
  const comfy = await start(t);
  const cachedNodes = async (color: number) => {
    const id = await queue(comfy, simple(color));
    await ended(comfy, id);
    return (await historyOf(comfy, id))?.status.messages[1]?.[1].nodes;
  };
  t.deepEqual(await cachedNodes(1), []);
  t.deepEqual(await cachedNodes(1), ['1', '2', '9']);
  t.deepEqual(await cachedNodes(2), []);
  t.deepEqual(await cachedNodes(1), []);
  await post(comfy, '/free', { unload_models: true, free_memory: false });
  t.deepEqual(await cachedNodes(1), ['1', '2', '9']);
  await post(comfy, '/free', { free_memory: true });
  t.deepEqual(await cachedNodes(1), []);
  t.is((await post(comfy, '/free')).status, 500);
});

test('a run that is held half-way has told of half its steps, and goes on when it is released', async t => {
  const comfy = await start(t, { steps: 4, stepMs: 0 });
  const { frames, until, settled } = await connect(comfy, 'c');
  const steps = () => frames.filter(isA('progress')).map(({ data }) => data['value']);
  comfy.faults.next({ kind: 'hold', halfWay: true });
  await queue(comfy, edit(), { client_id: 'c' });
  await until(frame => isA('progress')(frame) && frame.data['value'] === 2);
  await settled();
  t.deepEqual(steps(), [1, 2]);
  t.is(comfy.executions[0]?.outcome, 'running');
  comfy.release();
  await until(isNull);
  t.deepEqual(steps(), [1, 2, 3, 4]);
});

test('a prompt without client_id tells every socket of its progress and nobody of its end', async t => {
  const comfy = await start(t);
  const { frames, settled } = await connect(comfy, 'bystander');
  await ended(comfy, await queue(comfy, simple(7)));
  await settled();
  const steps = new Set(['progress']);
  t.deepEqual(
    typesOf(frames),
    typesOf(runs.withoutClient.frames).filter((type, at, all) => !steps.has(String(type)) && !steps.has(String(all[at + 1]))),
  );
});

test('the events of a prompt go to its own client only', async t => {
  const comfy = await start(t);
  const mine = await connect(comfy, 'mine');
  const other = await connect(comfy, 'other');
  await queue(comfy, simple(7), { client_id: 'mine' });
  await mine.until(isNull);
  await other.settled();
  t.deepEqual(typesOf(other.frames), ['status', 'status', 'status']);
});

test('history entries have the recorded shape', async t => {
  const comfy = await start(t);
  const first = await queue(comfy, edit(), { client_id: 'c' });
  await ended(comfy, first);
  t.deepEqual(Object.keys((await historyOf(comfy, first)) ?? {}), Object.keys(runs.sampled.history ?? {}));
  const id = await queue(comfy, simple(5), { client_id: 'c' });
  await ended(comfy, id);
  const other = await queue(comfy, simple(5, 'rig/other'), { client_id: 'c' });
  await ended(comfy, other);
  const recorded = structuredClone(runs.savedElsewhere.history!) as { prompt: unknown[] };
  recorded.prompt[2] = simple(5, 'rig/other');
  const { prompt, ...rest } = (await historyOf(comfy, other)) as unknown as { prompt: unknown[] };
  t.deepEqual(plain({ ...rest, prompt: prompt.slice(2) }), plain({ ...recorded, prompt: recorded.prompt.slice(2) }));
  t.is(prompt[1], other);
});

test('history knows nothing of unknown, pending and running prompts', async t => {
  const comfy = await start(t);
  comfy.faults.next('hold');
  const running = await queue(comfy, simple(1));
  const pending = await queue(comfy, simple(2));
  await comfy.waitFor('started', run => run.promptId === running);
  for (const id of [running, pending, crypto.randomUUID()]) t.deepEqual((await get(comfy, `/history/${id}`)).body, {});
  comfy.release();
  await ended(comfy, pending);
  t.is((await historyOf(comfy, running))?.status.status_str, 'success');
  const both = (await get(comfy, '/history')).body as object;
  t.deepEqual(Object.keys(both), [running, pending]);
  t.deepEqual(Object.keys((await get(comfy, '/history?max_items=1')).body as object), [pending]);
  t.deepEqual(Object.keys((await get(comfy, '/history?max_items=1&offset=0')).body as object), [running]);
  t.is((await get(comfy, '/history?max_items=abc')).status, 500);
  await post(comfy, '/history', { delete: [running, 'unknown'] });
  t.deepEqual(Object.keys((await get(comfy, '/history')).body as object), [pending]);
});

test('the history entry is not there yet at execution_success, and is at the null frame', async t => {
  const entryAt = async (comfy: ComfyUIStandIn, wanted: (frame: Frame) => boolean) => {
    const { until } = await connect(comfy, 'c');
    const id = await queue(comfy, simple(1), { client_id: 'c' });
    await until(wanted);
    return historyOf(comfy, id);
  };
  t.is(await entryAt(await start(t, { settleMs: 60_000 }), isA('execution_success')), undefined);
  t.truthy(await entryAt(await start(t, { settleMs: 5 }), isNull));
});

for (const [version, name] of [
  ['0.33.0', 'prompt-answers'],
  ['0.3.64', 'prompt-answers-older'],
] as const) {
  test(`POST /prompt answers as ${version} was recorded to`, async t => {
    const comfy = await start(t, { version });
    comfy.files.write('input', 'example.png', await photo());
    for (const { about, body, status, answer } of fixture<Asked[]>(name)) {
      const got = await post(comfy, '/prompt', body);
      t.deepEqual({ status: got.status, body: plain(got.body) }, { status, body: plain(answer) }, about);
    }
  });
}

test('every recorded Qwen graph is accepted or refused as recorded', async t => {
  const comfy = await start(t);
  for (const name of ['tg/123/rig_s.png', 'rig_g.jpg']) comfy.files.write('input', name, await photo());
  for (const { about, graph, status, answer } of qwen) {
    const got = await post(comfy, '/prompt', { prompt: graph });
    t.deepEqual({ status: got.status, body: plain(got.body) }, { status, body: plain(answer) }, about);
  }
});

test('numbers are spent on rejected prompts too, and the same id twice runs twice', async t => {
  const comfy = await start(t);
  const prompt_id = crypto.randomUUID();
  t.like(await post(comfy, '/prompt', { prompt: simple(1), prompt_id }), { body: { number: 0, prompt_id } });
  t.is((await post(comfy, '/prompt', { prompt: {} })).status, 400);
  t.like(await post(comfy, '/prompt', { prompt: simple(2), prompt_id }), { body: { number: 2, prompt_id } });
  await comfy.waitFor('ended', run => isColor(run.graph, 2));
  t.deepEqual(
    comfy.executions.map(run => run.promptId),
    [prompt_id, prompt_id],
  );
});

test('the queue shows heap order, and deletes pending prompts only', async t => {
  type Step = { post?: object; id?: string; number?: number; delete?: string[]; running?: string[]; pending?: unknown[] };
  const comfy = await start(t);
  const steps = fixture<Step[]>('queue');
  comfy.faults.next('hold');
  for (let n = 0; n < steps[0]!.number!; n += 1) await post(comfy, '/prompt', { prompt: {} });
  for (const step of steps) {
    if (step.post) {
      const { body } = await post(comfy, '/prompt', { prompt: simple(1), prompt_id: step.id, ...step.post });
      t.like(body as object, { number: step.number });
      await comfy.waitFor('started', () => true);
    } else if (step.delete) {
      t.is((await post(comfy, '/queue', { delete: step.delete })).status, 200);
    } else {
      const { body } = await get(comfy, '/queue');
      const { queue_running, queue_pending } = body as Record<'queue_running' | 'queue_pending', unknown[][]>;
      t.deepEqual(
        { running: queue_running.map(item => item[1]), pending: queue_pending.map(item => item.slice(0, 2)) },
        { running: step.running, pending: step.pending },
      );
    }
  }
});

test('uploads are named and refused as recorded', async t => {
  type Upload = { about: string; file: { field: string; filename: string; bytes: number } | null; fields: object } & Omit<
    Asked,
    'body'
  >;
  const comfy = await startComfyUI();
  t.teardown(comfy.close);
  // The recorded files differ in size only where they differ; two of the same size are told apart by what is said of them.
  const bytes = ({ about, file }: Upload) => Buffer.alloc(file!.bytes, /DIFFERENT|again the different/.test(about) ? 2 : 1);
  for (const upload of fixture<Upload[]>('uploads')) {
    const form = new FormData();
    const { file, fields, about, status, answer } = upload;
    if (file) form.set(file.field, new Blob([bytes(upload)], { type: 'image/png' }), file.filename);
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    t.deepEqual(await post(comfy, '/upload/image', form), { status, body: answer }, about);
  }
  t.is((await post(comfy, '/upload/image', '{"a":1}')).status, 400);
});

test('a page of another origin is turned away', async t => {
  const comfy = await start(t);
  const response = await fetch(`${comfy.url}/queue`, { headers: { origin: 'http://evil.example' } });
  t.is(response.status, 403);
});

test('files are shown and refused as recorded', async t => {
  type View = { about: string; path: string; status: number; type: string; disposition: string | null };
  const comfy = await start(t);
  comfy.files.write('output', 'rigview/sub/img_00002_.png', await photo());
  comfy.files.write('input', 'example.png', await photo());
  comfy.files.write('input', 'tg/123/rig_s.png', await photo());
  comfy.files.write('input', 'rig_text.png', Buffer.from('not a picture'));
  for (const { about, path, status, type, disposition } of fixture<View[]>('views')) {
    const { headers, ...response } = await fetch(comfy.url + path).then(async answer => ({
      headers: answer.headers,
      status: answer.status,
      bytes: (await answer.arrayBuffer()).byteLength,
    }));
    t.deepEqual(
      { status: response.status, type: headers.get('content-type'), disposition: headers.get('content-disposition') },
      { status, type, disposition },
      about,
    );
    if (status === 200) t.true(response.bytes > 0, about);
  }
});

test('an edit gets the photos in the order of the encoder, the words, the seed and the steps', async t => {
  const asked: unknown[] = [];
  const comfy = await start(t, {
    edit: async (photos, what) => {
      asked.push([await Promise.all(photos.map(async one => (await sharp(one).stats()).dominant.r > 128)), what]);
      return photo('green');
    },
  });
  comfy.files.write('input', 'tg/123/rig_s.png', await photo('blue'));
  const { graph } = qwen.find(one => one.status === 200 && Object.values(one.graph).filter(isLoad).length === 2)!;
  const files = Object.values(graph)
    .filter(isLoad)
    .map(({ inputs: { image } }) => image);
  t.is((await ended(comfy, await queue(comfy, graph))).outcome, 'success');
  const { prompt } = graph['20']!.inputs;
  const { seed, steps } = graph['31']!.inputs;
  t.deepEqual(asked, [[files.map(name => name === 'rig_a.png'), { prompt, seed, steps }]]);
});

const isLoad = (node: Graph[string]): boolean => node.class_type === 'LoadImage';

test('the saved PNG carries the prompt, and loses it when it is asked for again by channel', async t => {
  const comfy = await start(t);
  const id = await queue(comfy, edit(1, 'сделай акварелью'), {
    extra_data: { extra_pnginfo: { workflow: { secret: 'hello' } } },
  });
  await ended(comfy, id);
  const { filename, subfolder } = (await historyOf(comfy, id))!.outputs['33']!.images[0]!;
  const path = `${comfy.url}/view?filename=${filename}&subfolder=${subfolder}&type=output`;
  const [whole, stripped] = await Promise.all(
    [path, `${path}&channel=rgb`].map(async url => Buffer.from(await (await fetch(url)).arrayBuffer())),
  );
  const words = JSON.stringify('сделай')
    .replace(/[^\x20-\x7e]/g, char => `\\u0${char.charCodeAt(0).toString(16)}`)
    .slice(1, -1);
  t.true(whole!.includes('tEXtprompt\0') && whole!.includes(words) && whole!.includes('tEXtworkflow\0{"secret":"hello"}'));
  t.false(stripped!.includes('tEXt'));
  t.like(await sharp(whole).metadata(), { format: 'png', width: 64, height: 48 });
});

test('the default edit differs by seed and by words, and repeats itself', async t => {
  const comfy = await start(t);
  const pixels = async (graph: Graph) => {
    const id = await queue(comfy, graph);
    await ended(comfy, id);
    const { filename } = (await historyOf(comfy, id))!.outputs['33']!.images[0]!;
    return sharp(comfy.files.read('output', `qwen_edit/${filename}`))
      .raw()
      .toBuffer();
  };
  const first = await pixels(edit(1));
  t.false(first.equals(await pixels(edit(2))));
  t.false(first.equals(await pixels(edit(1, 'as a pencil drawing'))));
  t.true(first.equals(await pixels(edit(1))));
});

test('a photo that is no picture fails the run as recorded', async t => {
  const comfy = await start(t);
  comfy.files.write('input', 'rig_text.png', Buffer.from('not a picture'));
  const { frames, until } = await connect(comfy, 'c');
  const id = await queue(comfy, runs.notAnImage.body.prompt, { client_id: 'c' });
  await until(isNull);
  t.deepEqual(plain(frames), plain(runs.notAnImage.frames));
  const withoutIds = (entry: unknown) =>
    plain({ ...(entry as object), prompt: (entry as { prompt: unknown[] }).prompt.slice(2) });
  t.deepEqual(withoutIds(await historyOf(comfy, id)), withoutIds(runs.notAnImage.history));
});

test('running out of memory reads as recorded', async t => {
  const comfy = await start(t);
  comfy.faults.next('outOfMemory');
  const { frames, until } = await connect(comfy, 'c');
  const run = await ended(comfy, await queue(comfy, edit(), { client_id: 'c' }));
  await until(isNull);
  t.is(run.outcome, 'error');
  const errorIn = (all: readonly Frame[]) => all.find(isA('execution_error'));
  const recorded = errorIn(runs.outOfMemory.frames)!.data;
  const { exception_type, exception_message } = recorded;
  t.like(errorIn(frames)?.data, { exception_type, exception_message, node_id: '31', node_type: 'KSampler' });
  t.deepEqual(Object.keys(errorIn(frames)?.data as object).sort(), Object.keys(recorded).sort());
});

test('an interrupt with the id of the running prompt ends it as recorded, at the next step', async t => {
  const comfy = await start(t, { steps: 1000, stepMs: 20 });
  const { frames, until } = await connect(comfy, 'c');
  const id = await queue(comfy, edit(), { client_id: 'c' });
  await until(isA('progress'));
  t.deepEqual(await post(comfy, '/interrupt', { prompt_id: id }), { status: 200, body: '' });
  await until(isNull);
  t.is((await ended(comfy, id)).outcome, 'interrupted');
  const { frames: recorded, history } = runs.interrupted;
  t.deepEqual(typesOf(frames.slice(-3)), typesOf(recorded.slice(-3)));
  const last = (entry: unknown) => (entry as HistoryEntry).status.messages.at(-1)!;
  t.deepEqual(Object.keys(last(await historyOf(comfy, id))[1]).sort(), Object.keys(last(history)[1]).sort());
  t.like(await historyOf(comfy, id), { status: { status_str: 'error', completed: false }, outputs: {} });
});

test('an interrupt spares pending prompts, other ids and the next run', async t => {
  const comfy = await start(t);
  await post(comfy, '/interrupt');
  comfy.faults.next('hold');
  const running = await queue(comfy, simple(1));
  const pending = await queue(comfy, simple(2));
  await post(comfy, '/interrupt', { prompt_id: pending });
  await post(comfy, '/interrupt', { prompt_id: 'someone-else' });
  comfy.release();
  await ended(comfy, pending);
  t.deepEqual(
    comfy.executions.map(run => [run.promptId, run.outcome]),
    [running, pending].map(id => [id, 'success']),
  );
});

test('a deleted or cleared prompt leaves no event and no history', async t => {
  const comfy = await start(t);
  comfy.faults.next('hold');
  const { frames, settled } = await connect(comfy, 'c');
  const running = await queue(comfy, simple(1), { client_id: 'c' });
  const deleted = await queue(comfy, simple(2), { client_id: 'c' });
  const cleared = await queue(comfy, simple(3), { client_id: 'c' });
  await post(comfy, '/queue', { delete: [deleted, running] });
  await post(comfy, '/queue', { clear: true });
  t.deepEqual((await get(comfy, '/prompt')).body, { exec_info: { queue_remaining: 1 } });
  await post(comfy, '/interrupt');
  t.is((await ended(comfy, running)).outcome, 'interrupted');
  await settled();
  const text = JSON.stringify(frames);
  t.false(text.includes(deleted) || text.includes(cleared));
  t.deepEqual(Object.keys((await get(comfy, '/history')).body as object), [running]);
  t.is((await post(comfy, '/queue', '')).status, 500);
});

test('0.33.0 cancels a pending or running job in one step, 0.3.64 does not know jobs', async t => {
  const comfy = await start(t);
  comfy.faults.next('hold');
  const [running, pending] = [await queue(comfy, simple(1)), await queue(comfy, simple(2))];
  const cancel = async (id: string) => (await post(comfy, `/api/jobs/${id}/cancel`)).body;
  t.like(await get(comfy, `/api/jobs/${pending}`), { status: 200, body: { status: 'pending' } });
  t.deepEqual(await cancel(pending), { cancelled: true });
  t.deepEqual(await get(comfy, `/api/jobs/${pending}`), { status: 404, body: { error: 'Job not found' } });
  t.like(await get(comfy, `/api/jobs/${running}`), { body: { status: 'in_progress' } });
  t.deepEqual(await cancel(running), { cancelled: true });
  t.is((await ended(comfy, running)).outcome, 'interrupted');
  t.like(await get(comfy, `/api/jobs/${running}`), { body: { status: 'cancelled' } });
  t.deepEqual(await cancel(running), { cancelled: false });
  t.is((await get(comfy, `/jobs/${running}`)).status, 404);
  const older = await start(t, { version: '0.3.64' });
  t.is((await post(older, `/api/jobs/${running}/cancel`)).status, 404);
});

test('every route answers under /api too', async t => {
  const comfy = await start(t);
  for (const path of ['/queue', '/prompt', '/history', '/system_stats', '/object_info/KSampler', '/models/vae']) {
    t.deepEqual(await get(comfy, `/api${path}`), await get(comfy, path));
  }
  t.deepEqual(await get(comfy, '/nope'), { status: 404, body: '404: Not Found' });
});

test('object_info lists uploads and what each version knows', async t => {
  const comfy = await start(t);
  const older = await start(t, { version: '0.3.64' });
  t.like((await get(comfy, '/object_info/LoadImage')).body, {
    LoadImage: { input: { required: { image: [['rig_a.png', 'rig_b.png']] } } },
  });
  const method = async (one: ComfyUIStandIn) =>
    JSON.stringify((await get(one, '/object_info/FluxKontextMultiReferenceLatentMethod')).body);
  t.true((await method(comfy)).includes('index_timestep_zero'));
  t.false((await method(older)).includes('index_timestep_zero'));
  t.deepEqual((await get(comfy, '/object_info/NoSuchNode')).body, {});
  t.is((await get(comfy, '/models/nope')).status, 404);
});

test('nodes are described once for each version; only the list of uploads is asked for each time', t => {
  for (const version of ['0.33.0', '0.3.64'] as const) {
    const [one, other] = [objectInfo(version, ['a.png']), objectInfo(version, ['b.png'])];
    t.deepEqual(Object.keys(one), Object.keys(other));
    for (const [name, node] of Object.entries(one)) t.is(node === other[name], name !== 'LoadImage', name);
    t.deepEqual(
      [one, other].map(info => info['LoadImage']!.input.required['image']![0]),
      [['a.png'], ['b.png']],
    );
  }
});

test('a client that comes back hears where its run is and nothing of what it missed', async t => {
  const comfy = await start(t);
  comfy.faults.next('hold');
  const first = await connect(comfy, 'c');
  const id = await queue(comfy, edit(), { client_id: 'c' });
  await first.until(frame => isA('executing')(frame) && frame.data.node === '31');
  first.socket.close();
  await once(first.socket, 'close');
  const second = await connect(comfy, 'c');
  comfy.release();
  await second.until(isNull);
  t.deepEqual(
    second.frames.find(frame => 'type' in frame && frame.type !== 'status'),
    { type: 'executing', data: { node: '31' } },
  );
  t.false(typesOf(second.frames).includes('execution_start'));
  second.socket.close();
  await once(second.socket, 'close');
  const late = await connect(comfy, 'c');
  await late.settled();
  t.deepEqual(late.frames, []);
  t.is((await ended(comfy, id)).outcome, 'success');
});

test('a second socket with the same id silences the first, and falls silent when the first closes', async t => {
  const comfy = await start(t);
  const old = await connect(comfy, 'c');
  const taker = await connect(comfy, 'c');
  await ended(comfy, await queue(comfy, simple(1), { client_id: 'c' }));
  await taker.until(isNull);
  await old.settled();
  t.deepEqual(old.frames, []);
  old.socket.close();
  await once(old.socket, 'close');
  taker.frames.length = 0;
  await ended(comfy, await queue(comfy, simple(2), { client_id: 'c' }));
  await taker.settled();
  t.deepEqual(taker.frames, []);
  t.is(taker.socket.readyState, WebSocket.OPEN);
});

test('a restart loses queue, history, cache, sockets and temp files, and keeps input, output and port', async t => {
  const comfy = await start(t);
  const done = await queue(comfy, simple(1));
  await ended(comfy, done);
  comfy.files.write('temp', 'preview.png', await photo());
  comfy.faults.next('hold');
  const { socket } = await connect(comfy, 'c');
  const closed = once(socket, 'close');
  const [running, pending] = [await queue(comfy, simple(2)), await queue(comfy, simple(3))];
  await comfy.waitFor('started', run => run.promptId === running);
  await comfy.restart();
  t.is((await closed)[0], 1006);
  t.deepEqual((await get(comfy, '/queue')).body, { queue_running: [], queue_pending: [] });
  for (const id of [done, running, pending]) t.deepEqual((await get(comfy, `/history/${id}`)).body, {});
  t.deepEqual([comfy.files.list('output'), comfy.files.list('temp')], [['rig/out_00001_.png'], []]);
  const again = await queue(comfy, simple(1));
  await ended(comfy, again);
  t.is((await historyOf(comfy, again))?.outputs['9']?.images[0]?.filename, 'out_00002_.png');
  t.deepEqual(
    comfy.executions.map(run => run.outcome),
    ['success', 'lost', 'success'],
  );
});

test('connections are refused between down and up', async t => {
  const comfy = await start(t);
  await comfy.down();
  const refused = await t.throwsAsync(get(comfy, '/queue'));
  t.like(refused?.cause, { code: 'ECONNREFUSED' });
  await comfy.up();
  t.is((await get(comfy, '/queue')).status, 200);
});

test('faults of POST /prompt: rejected, partly rejected, dropped before and after, 500, html, slow', async t => {
  const comfy = await start(t);
  const { faults } = comfy;
  const ask = () => post(comfy, '/prompt', { prompt: simple(1) });
  faults.next('rejectPrompt');
  t.like(await ask(), { status: 400, body: { error: { type: 'prompt_outputs_failed_validation' } } });
  faults.next('partlyRejected');
  const partly = await ask();
  t.is(partly.status, 200);
  t.notDeepEqual((partly.body as { node_errors: object }).node_errors, {});
  faults.next('error500');
  t.is((await ask()).status, 500);
  faults.next('html');
  t.regex(String((await ask()).body), /^<!doctype html>/);
  t.is(comfy.accepted.length, 1);
  faults.next('dropBeforeAccept');
  await t.throwsAsync(ask());
  t.is(comfy.accepted.length, 1);
  faults.next('dropAfterAccept');
  await t.throwsAsync(ask());
  t.is((await ended(comfy, comfy.accepted[1]!.promptId)).outcome, 'success');
  const since = Date.now();
  faults.next({ kind: 'slow', ms: 50 });
  t.is((await ask()).status, 200);
  t.true(Date.now() - since >= 49);
  const statuses = comfy.requests.filter(one => one.method === 'POST').map(one => one.status);
  t.deepEqual(statuses, [400, 200, 500, 200, 'dropped', 'dropped', 200]);
});

test('faults of a run: error, empty success, missing file, silence', async t => {
  const comfy = await start(t);
  const { faults } = comfy;
  const run = async (color: number) => {
    const id = await queue(comfy, simple(color), { client_id: 'c' });
    await ended(comfy, id);
    return (await historyOf(comfy, id))!;
  };
  faults.next({ kind: 'executionError', exceptionType: 'RuntimeError', message: 'boom' });
  const failed = await run(1);
  t.like(failed.status.messages.at(-1)?.[1], { exception_type: 'RuntimeError', exception_message: 'boom\n' });
  faults.next('emptySuccess');
  t.like(await run(2), { outputs: {}, status: { status_str: 'success', completed: true } });
  faults.next('missingFile');
  const missing = (await run(3)).outputs['9']!.images[0]!;
  t.is((await get(comfy, `/view?filename=${missing.filename}&subfolder=${missing.subfolder}`)).status, 404);
  const { frames, settled } = await connect(comfy, 'c');
  faults.next('silentWebSocket');
  t.is((await run(4)).status.status_str, 'success');
  await settled();
  t.deepEqual(typesOf(frames), ['status', 'status']);
});

test('a hanging run heeds no interrupt, unless it is said to', async t => {
  const comfy = await start(t);
  comfy.faults.next('hang');
  const stuck = await queue(comfy, edit());
  await post(comfy, '/interrupt', { prompt_id: stuck });
  await t.throwsAsync(
    comfy.waitFor('ended', () => true, 60),
    { message: /no "ended"/ },
  );
  await comfy.restart();
  t.is((await ended(comfy, stuck)).outcome, 'lost');
  comfy.faults.next({ kind: 'hang', interruptible: true });
  const stopped = await queue(comfy, edit());
  await comfy.waitFor('started', run => run.promptId === stopped);
  await post(comfy, '/interrupt', { prompt_id: stopped });
  t.is((await ended(comfy, stopped)).outcome, 'interrupted');
});

test('a crash takes the server down under the run and brings it back', async t => {
  const comfy = await start(t);
  const { socket } = await connect(comfy, 'c');
  const closed = once(socket, 'close');
  comfy.faults.next('crash');
  const id = await queue(comfy, edit(), { client_id: 'c' });
  t.is((await ended(comfy, id)).outcome, 'lost');
  t.is((await closed)[0], 1006);
  comfy.faults.next({ kind: 'crash', staysDown: true });
  const listening = async () => {
    for (;;) if (await get(comfy, '/queue').catch(() => undefined)) return;
  };
  await listening();
  const second = await queue(comfy, edit());
  t.is((await ended(comfy, second)).outcome, 'lost');
  await t.throwsAsync(get(comfy, '/queue'));
  await comfy.up();
  t.is((await ended(comfy, await queue(comfy, edit()))).outcome, 'success');
});

test('faults of uploads, views and sockets', async t => {
  const comfy = await start(t);
  const { faults } = comfy;
  const form = () => {
    const made = new FormData();
    made.set('image', new Blob(['x']), 'x.png');
    return made;
  };
  faults.next('uploadFails');
  t.is((await post(comfy, '/upload/image', form())).status, 500);
  faults.next({ kind: 'uploadSlow', ms: 1 });
  t.is((await post(comfy, '/upload/image', form())).status, 200);
  const view = '/view?filename=rig_a.png&type=input';
  faults.next('viewFails');
  t.is((await get(comfy, view)).status, 500);
  faults.next({ kind: 'viewSlow', ms: 1 });
  t.is((await get(comfy, view)).status, 200);
  faults.next('refuseWebSocket');
  const refused = new WebSocket(`${comfy.url.replace('http', 'ws')}/ws?clientId=c`);
  t.regex(String((await once(refused, 'error'))[0]), /503/);
  const { socket } = await connect(comfy, 'c');
  const closed = once(socket, 'close');
  faults.closeWebSockets();
  t.is((await closed)[0], 1006);
});

test('a standing fault stays until it is removed or cleared, one-shot faults go first and one per run', async t => {
  const comfy = await start(t);
  const ask = async () => (await post(comfy, '/prompt', { prompt: simple(1) })).status;
  const remove = comfy.faults.always('error500');
  comfy.faults.next('rejectPrompt');
  t.deepEqual([await ask(), await ask(), await ask()], [400, 500, 500]);
  remove();
  t.is(await ask(), 200);
  comfy.faults.always('error500');
  comfy.faults.next('rejectPrompt');
  comfy.faults.clear();
  t.is(await ask(), 200);
});

test('timing can be scripted run by run', async t => {
  const seen: unknown[] = [];
  const comfy = await start(t, {
    plan: ({ promptId, graph, n }) => {
      seen.push([promptId, Object.keys(graph).length, n]);
      return { steps: 2, stepMs: n === 1 ? 40 : 0 };
    },
  });
  const slow = await ended(comfy, await queue(comfy, simple(1)));
  const fast = await ended(comfy, await queue(comfy, simple(2)));
  t.true(slow.endedAt! - slow.startedAt >= 78);
  t.deepEqual(
    seen,
    [slow, fast].map((run, n) => [run.promptId, 3, n + 1]),
  );
});

/** A time whose timers are off by so many milliseconds, each. */
const timeOffBy = (ms: number) => {
  const time = { at: 5_000, now: () => time.at, wait: async (asked: number) => void (time.at += asked + ms) };
  return time;
};

test('a step whose timer comes late makes no later one late, and none comes early', async t => {
  for (const off of [0, 7, 249, -0.6]) {
    const time = timeOffBy(off);
    const pace = createPace(new AbortController().signal, time);
    for (const step of [1, 2, 3, 4]) {
      await pace.reach(step * 250);
      const late = time.at - 5_000 - step * 250;
      t.true(late >= 0 && late <= Math.max(off, 1), `timers off by ${off} ms, step ${step} by ${late}`);
    }
  }
});

test('a run that has fallen behind waits no more until it has caught up', async t => {
  const time = timeOffBy(0);
  const pace = createPace(new AbortController().signal, time);
  time.at += 600;
  await pace.reach(250);
  await pace.reach(500);
  t.is(time.at, 5_600);
  await pace.reach(750);
  t.is(time.at, 5_750);
});

test('a run that was held takes as long after that as any other', async t => {
  const time = timeOffBy(0);
  const pace = createPace(new AbortController().signal, time);
  const held = pace.held();
  time.at += 60_000;
  pace.release();
  await held;
  await pace.reach(250);
  t.is(time.at, 65_250);
});

test('a scripted run never takes less time than it was told to', async t => {
  const comfy = await start(t, { plan: () => ({ steps: 7, stepMs: 3.5 }) });
  for (const seed of [1, 2, 3]) {
    const { startedAt, endedAt } = await ended(comfy, await queue(comfy, edit(seed)));
    t.true(endedAt! - startedAt >= 24);
  }
});

test('it runs one prompt at a time and remembers how many were outstanding at once', async t => {
  const comfy = await start(t);
  t.is(comfy.maxOutstanding(), 0);
  for (const color of [1, 2, 3]) await ended(comfy, await queue(comfy, simple(color)));
  t.is(comfy.maxOutstanding(), 1);
  comfy.faults.next('hold');
  const ids = [await queue(comfy, simple(4)), await queue(comfy, simple(5)), await queue(comfy, simple(6))];
  comfy.release();
  await ended(comfy, ids[2]!);
  t.is(comfy.maxOutstanding(), 3);
  const spans = comfy.executions.map(run => [run.startedAt, run.endedAt!] as const);
  for (const [n, [startedAt]] of spans.entries()) t.true(n === 0 || startedAt >= spans[n - 1]![1]);
});

test('listeners hear of prompts and requests until they stop', async t => {
  const comfy = await start(t);
  const heard: string[] = [];
  const stops = [
    comfy.on('accepted', ({ promptId }) => heard.push(`accepted ${promptId}`)),
    comfy.on('started', ({ promptId }) => heard.push(`started ${promptId}`)),
    comfy.on('ended', ({ promptId, outcome }) => heard.push(`${outcome} ${promptId}`)),
  ];
  const id = await queue(comfy, simple(1));
  await ended(comfy, id);
  for (const stop of stops) stop();
  await ended(comfy, await queue(comfy, simple(2)));
  t.deepEqual(heard, [`accepted ${id}`, `started ${id}`, `success ${id}`]);
  t.like(await comfy.waitFor('request', ({ path }) => path === '/prompt'), { method: 'POST', status: 200 });
});

test('close ends at once, whatever is under way', async t => {
  const comfy = await start(t, { stepMs: 60_000 });
  comfy.faults.next({ kind: 'slow', ms: 60_000 });
  const asked = t.throwsAsync(post(comfy, '/prompt', { prompt: simple(1) }));
  await comfy.waitFor('started', () => true);
  const since = Date.now();
  await comfy.close();
  await asked;
  t.true(Date.now() - since < 30_000);
  t.is(comfy.executions[0]?.outcome, 'lost');
});
