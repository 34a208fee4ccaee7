import type { Observe } from '../actors/protocol.ts';
import { type Graph, type WorkflowName, wholeGraph } from '../workflows/index.ts';
import type { Catalogue } from './domain/catalogue.ts';
import type { ComfyUI, Lack } from './providers/comfyui/client.ts';

/** What a server lacks, in words for the operator. */
export class MissingInComfyUI extends Error {
  override readonly name = 'MissingInComfyUI';
}

/** The graphs of all workflows that a person can come by now: the house's own, and those that presets on offer name. */
export const workflowsInUse = (own: string, { presets }: Catalogue): ReadonlyMap<string, Graph> => {
  const names = new Set([own, ...presets.flatMap(({ workflow }) => workflow ?? [])]);
  return new Map([...names].map(name => [name, wholeGraph(name as WorkflowName)]));
};

type Check = { servers: readonly Pick<ComfyUI, 'server' | 'missing'>[]; workflows: ReadonlyMap<string, Graph>; observe: Observe };

/**
 * An `observe` that passes on all it is told and, whenever a server is there (`gpu:ready`: at the start, and each time it comes
 * back), asks it whether it has all that the workflows need. Each thing it lacks is told as `comfy:lacks`, with words, and the
 * end as `comfy:checked`; a server that cannot be asked is `comfy:unchecked`, which is no error: it is asked again when it is
 * back. Nobody waits for the answer.
 */
export const checkingServers =
  ({ servers, workflows, observe }: Check): Observe =>
  seen => {
    observe(seen);
    const comfy = seen.step === 'gpu:ready' && servers.find(({ server }) => server === seen.server);
    if (!comfy) return;
    const { server } = comfy;
    comfy.missing(merged(workflows)).then(
      lacks => {
        for (const lack of lacks)
          observe({ step: 'comfy:lacks', server, error: new MissingInComfyUI(describeLack(lack, workflows)) });
        observe({ step: 'comfy:checked', server });
      },
      () => observe({ step: 'comfy:unchecked', server }),
    );
  };

/** One graph that uses all that any of them does: so the server is asked about each class of nodes once. */
const merged = (workflows: ReadonlyMap<string, Graph>): Graph =>
  Object.fromEntries(
    [...workflows].flatMap(([name, graph]) => Object.entries(graph).map(([id, node]) => [`${name} ${id}`, node] as const)),
  );

/** One line: which workflows cannot run as they should, what they lack, and what to do. */
export const describeLack = (lack: Lack, workflows: ReadonlyMap<string, Graph>): string => {
  const names = [...workflows].filter(([, graph]) => Object.values(graph).some(node => uses(node, lack))).map(([name]) => name);
  return `${names.join(', ')} ${names.length === 1 ? 'needs' : 'need'} ${neededAndWhatToDo(lack)}`;
};

const uses = ({ class_type, inputs }: Graph[string], lack: Lack): boolean =>
  class_type === lack.node && (lack.kind === 'node' || inputs[lack.input] === lack.value);

const neededAndWhatToDo = (lack: Lack): string => {
  if (lack.kind === 'node') return `the node ${lack.node}: update ComfyUI (0.5.1 or newer), or install the custom node`;
  const folder = foldersOfFiles[lack.input];
  if (folder) return `the file models/${folder}/${lack.value}: put it there`;
  return `${lack.node} to know ${lack.input} ${JSON.stringify(lack.value)}: update ComfyUI (0.5.1 or newer)`;
};

/** Where ComfyUI looks for the files that an input names. */
const foldersOfFiles: Readonly<Record<string, string>> = {
  unet_name: 'diffusion_models',
  clip_name: 'text_encoders',
  vae_name: 'vae',
  lora_name: 'loras',
};
