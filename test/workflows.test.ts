import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'ava';
import sharp from 'sharp';
import { startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { isLink } from '../workflows/graph.ts';
import { buildGraph, type Edit, type Graph, type WorkflowName, wholeGraph, workflowNames } from '../workflows/index.ts';
import { workflow as qwenEdit2511 } from '../workflows/qwen-edit-2511.ts';
import { checkTemplate, fillTemplate, type Slots } from '../workflows/template.ts';
import { projectUrl } from './project.ts';

const names = ['a.png', 'b.png', 'c.png'];
const edit = (photos: number, changes: Partial<Edit> = {}): Edit => ({
  prompt: 'make it snow',
  seed: 123456789,
  photos: names.slice(0, photos),
  filenamePrefix: 'job-1',
  ...changes,
});

/** Graphs that a ComfyUI 0.3.64 and a 0.33.0 accepted, with the values of our edit put into them. */
const acceptedByComfyUI = (workflow: WorkflowName, photos: number): Graph => {
  const file = new URL(`test/fixtures/workflows/${workflow}-${photos}-photo${photos > 1 ? 's' : ''}.json`, projectUrl);
  const graph = JSON.parse(readFileSync(file, 'utf8')) as Graph;
  names.slice(0, photos).forEach((name, index) => {
    Object.assign(graph[String(10 + index)]!.inputs, { image: name });
  });
  Object.assign(graph['20']!.inputs, { prompt: 'make it snow' });
  Object.assign(graph['33']!.inputs, { filename_prefix: 'job-1' });
  return graph;
};

const untitled = (graph: Graph) =>
  Object.fromEntries(Object.entries(graph).map(([id, { class_type, inputs }]) => [id, { class_type, inputs }]));

/** The recorded graph of 2511 without a LoRA has 40 steps; ours has fewer, and is the same in all else. */
const recorded: readonly [workflow: WorkflowName, photos: number, sampler?: object][] = [
  ['qwen-edit-2511', 1],
  ['qwen-edit-2511', 2],
  ['qwen-edit-2511', 3],
  ['qwen-edit-2511-full', 1, { steps: 30 }],
  ['qwen-edit-2509', 1],
  ['qwen-edit-2509-lightning', 1],
  ['qwen-edit-2509-lightning', 2],
];

for (const [workflow, photos, sampler] of recorded)
  test(`the graph of ${workflow} for ${photos} photo(s) is the one ComfyUI accepted`, t => {
    const accepted = acceptedByComfyUI(workflow, photos);
    Object.assign(accepted['31']!.inputs, sampler);
    t.deepEqual(untitled(buildGraph(workflow, edit(photos))), untitled(accepted));
  });

for (const workflow of workflowNames)
  for (const photos of [1, 2, 3])
    test(`the graph of ${workflow} for ${photos} photo(s) has as many references and no link to a missing node`, t => {
      const graph = buildGraph(workflow, edit(photos));
      t.is(Object.values(graph).filter(node => node.class_type === 'LoadImage').length, photos);
      for (const { class_type, inputs } of Object.values(graph))
        if (class_type === 'TextEncodeQwenImageEditPlus')
          t.is(Object.keys(inputs).filter(name => name.startsWith('image')).length, photos);
      const sources = Object.values(graph).flatMap(node => Object.values(node.inputs).filter(isLink).map(String));
      for (const source of sources) t.true(source.split(',')[0]! in graph, source);
    });

for (const version of ['0.3.64', '0.33.0'] as const)
  test(`every workflow is accepted by a ComfyUI ${version} for 1, 2 and 3 photos, and runs to its end`, async t => {
    const comfy = await startComfyUI({ version });
    t.teardown(() => comfy.close());
    const photo = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    for (const name of names) comfy.files.write('input', name, photo);
    for (const workflow of workflowNames) {
      for (const photos of [1, 2, 3]) {
        const promptId = randomUUID();
        const body = JSON.stringify({ prompt: buildGraph(workflow, edit(photos)), prompt_id: promptId });
        const answer = await fetch(`${comfy.url}/prompt`, { method: 'POST', body });
        t.like(await answer.json(), { prompt_id: promptId, node_errors: {} });
        t.is((await comfy.waitFor('ended', run => run.promptId === promptId)).outcome, 'success');
      }
    }
  });

test('every workflow of the list builds a graph with the prompt, the seed and the prefix of the edit', t => {
  for (const name of workflowNames) {
    const inputs = Object.values(buildGraph(name, edit(2))).flatMap(node => Object.values(node.inputs));
    for (const value of ['make it snow', 123456789, 'job-1', 'a.png', 'b.png'])
      t.true(inputs.includes(value), `${name} ${value}`);
  }
});

const settings: readonly [
  workflow: WorkflowName,
  sampler: { steps: number; cfg: number },
  shift: number,
  lora: string | undefined,
  method: string | undefined,
][] = [
  [
    ...(['qwen-edit-2511', { steps: 4, cfg: 1 }, 3.1] as const),
    ...(['Qwen-Image-Edit-2511-Lightning-4steps-V1.0-bf16.safetensors', 'index_timestep_zero'] as const),
  ],
  ['qwen-edit-2511-full', { steps: 30, cfg: 4 }, 3.1, undefined, 'index_timestep_zero'],
  ['qwen-edit-2509', { steps: 20, cfg: 4 }, 3, undefined, undefined],
  [
    ...(['qwen-edit-2509-lightning', { steps: 4, cfg: 1 }, 3] as const),
    ...(['Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors', undefined] as const),
  ],
];

for (const [workflow, sampler, shift, lora, method] of settings)
  test(`${workflow} runs ${sampler.steps} steps with cfg ${sampler.cfg}, shift ${shift}, ${lora ? 'its' : 'no'} LoRA, ${method ?? 'no'} reference method`, t => {
    const graph = buildGraph(workflow, edit(1));
    const inputsOf = (type: string) =>
      Object.values(graph)
        .filter(node => node.class_type === type)
        .map(node => node.inputs);
    t.like(inputsOf('KSampler')[0], { ...sampler, sampler_name: 'euler', scheduler: 'simple', denoise: 1 });
    t.like(inputsOf('ModelSamplingAuraFlow'), [{ shift }]);
    t.deepEqual(
      inputsOf('LoraLoaderModelOnly').map(({ lora_name }) => lora_name),
      lora ? [lora] : [],
    );
    t.deepEqual(
      inputsOf('FluxKontextMultiReferenceLatentMethod').map(({ reference_latents_method }) => reference_latents_method),
      method ? [method, method] : [],
    );
    const [model] = inputsOf('UNETLoader');
    t.true(String(model?.['unet_name']).startsWith(`qwen_image_edit_${workflow.split('-')[2]}_`));
  });

test("the whole graph of a workflow is a copy with all its photos and nobody's words", t => {
  for (const workflow of workflowNames) {
    const whole = wholeGraph(workflow);
    t.is(Object.values(whole).filter(node => node.class_type === 'LoadImage').length, 3);
    t.is(whole['20']?.inputs['prompt'], '');
    whole['20']!.inputs = {};
    t.not(Object.keys(wholeGraph(workflow)['20']!.inputs).length, 0);
  }
});

test('graphs share nothing: changing one changes neither the next nor the template', t => {
  const untouched = structuredClone(qwenEdit2511.graph);
  const first = buildGraph('qwen-edit-2511', edit(1));
  for (const node of Object.values(first)) {
    for (const value of Object.values(node.inputs)) if (Array.isArray(value)) value[0] = 'spoiled';
    node.inputs = {};
  }
  t.deepEqual(qwenEdit2511.graph, untouched);
  t.deepEqual(untitled(buildGraph('qwen-edit-2511', edit(1))), untitled(acceptedByComfyUI('qwen-edit-2511', 1)));
});

test('the same edit gives an equal graph', t => {
  t.deepEqual(buildGraph('qwen-edit-2511', edit(3)), buildGraph('qwen-edit-2511', edit(3)));
});

test('a number of photos the workflow cannot take is a RangeError', t => {
  for (const photos of [[], [...names, 'd.png']]) {
    t.throws(() => buildGraph('qwen-edit-2511', edit(0, { photos })), { instanceOf: RangeError, message: /photos: 1 to 3/ });
  }
});

test('a seed is an integer from 0 to 2^53-1, everything else a RangeError', t => {
  for (const seed of [0, 2 ** 53 - 1]) t.like(buildGraph('qwen-edit-2511', edit(1, { seed }))['31']?.inputs, { seed });
  for (const seed of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => buildGraph('qwen-edit-2511', edit(1, { seed })), { instanceOf: RangeError, message: /seed/ }, String(seed));
  }
});

const slots: Slots = {
  prompt: { node: '2', input: 'text' },
  seed: { node: '2', input: 'seed' },
  filenamePrefix: { node: '3', input: 'prefix' },
  photos: [{ node: '1', input: 'image' }],
};
const smallGraph = (): Graph => ({
  '1': { class_type: 'LoadImage', inputs: { image: '' } },
  '2': { class_type: 'Edit', inputs: { text: '', seed: 0, photo: ['1', 0] } },
  '3': { class_type: 'SaveImage', inputs: { images: ['2', 0], prefix: '' } },
});

test('a template whose slots and links all lead somewhere is taken as it is', t => {
  const template = checkTemplate(smallGraph(), slots);
  t.like(fillTemplate(template, edit(1))['2']?.inputs, { text: 'make it snow', seed: 123456789, photo: ['1', 0] });
});

const broken: readonly [why: string, spoil: (graph: Graph) => unknown, slots: Slots, message: RegExp][] = [
  ['is not an object', () => [], slots, /not an object/],
  ['has a node without inputs', g => ({ ...g, '2': { class_type: 'Edit' } }), slots, /node 2 has no class_type or no inputs/],
  ['has a node without class', g => ({ ...g, '2': { inputs: {} } }), slots, /node 2 has no class_type or no inputs/],
  ['is linked to a missing node', ({ '1': _, ...rest }) => rest, slots, /node 2 \(Edit\), input photo is linked to node 1/],
  [
    'has a numeric link',
    g => ({ ...g, '9': { class_type: 'X', inputs: { in: [1, 0] } } }),
    slots,
    /node 9 \(X\), input in is not a link/,
  ],
  ['has a long link', g => ({ ...g, '9': { class_type: 'X', inputs: { in: ['1', 0, 0] } } }), slots, /node 9 .* is not a link/],
  ['has a slot in a missing node', g => g, { ...slots, seed: { node: '7', input: 'seed' } }, /slot seed names node 7/],
  [
    'has a slot at a missing input',
    g => g,
    { ...slots, seed: { node: '2', input: 'sed' } },
    /input sed of node 2 \(Edit\), which does not/,
  ],
  [
    'has a slot at a linked input',
    g => g,
    { ...slots, seed: { node: '2', input: 'photo' } },
    /input photo of node 2 \(Edit\), which is linked/,
  ],
  [
    'has a photo slot in a missing node',
    g => g,
    { ...slots, photos: [{ node: '8', input: 'image' }] },
    /slot photos\[0\] names node 8/,
  ],
];

for (const [why, spoil, itsSlots, message] of broken) {
  test(`a template that ${why} is refused with the node named`, t => {
    t.throws(() => checkTemplate(spoil(smallGraph()), itsSlots), { instanceOf: Error, message });
  });
}
