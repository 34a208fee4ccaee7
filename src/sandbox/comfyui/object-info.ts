import type { InputSpec, InputSpecs, NodeSketch } from './node-sketch.ts';
import { imageNodes } from './nodes-image.ts';
import { modelNodes } from './nodes-model.ts';

export type NodeInfo = {
  readonly input: { readonly required: InputSpecs; readonly optional?: InputSpecs; readonly hidden?: Record<string, string> };
  readonly input_order: Readonly<Record<string, readonly string[]>>;
  readonly is_input_list: boolean;
  readonly output: readonly string[];
  readonly output_is_list: readonly boolean[];
  readonly output_name: readonly string[];
  readonly name: string;
  readonly display_name: string | null;
  readonly description: string;
  readonly python_module: string;
  readonly category: string;
  readonly output_node: boolean;
};
export type ObjectInfo = Readonly<Record<string, NodeInfo>>;

export type Version = '0.33.0' | '0.3.64';

const hidden = { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' };

const inputsOf = ({ required, optional, saves }: NodeSketch): NodeInfo['input'] => ({
  required,
  ...(optional && { optional }),
  ...(saves && { hidden }),
});

const orderOf = (input: NodeInfo['input']): NodeInfo['input_order'] =>
  Object.fromEntries(Object.entries(input).map(([group, specs]) => [group, Object.keys(specs)]));

const describe = (name: string, sketch: NodeSketch): NodeInfo => {
  const input = inputsOf(sketch);
  return {
    input,
    input_order: orderOf(input),
    is_input_list: false,
    output: sketch.output,
    output_is_list: sketch.output.map(() => false),
    output_name: sketch.outputNames ?? sketch.output,
    name,
    display_name: sketch.title ?? null,
    description: '',
    python_module: sketch.module ?? 'nodes',
    category: sketch.category,
    output_node: sketch.saves ?? false,
  };
};

const withoutInput = (sketch: NodeSketch, input: string): NodeSketch => {
  const { [input]: _dropped, ...required } = sketch.required;
  return { ...sketch, required };
};

const referenceMethods = (options: readonly string[]): InputSpec => ['COMBO', { advanced: true, multiselect: false, options }];

/** 0.3.64 knows neither `resolution_steps` nor the `index_timestep_zero` reference method. */
const olderSketches = (sketches: Record<string, NodeSketch>): Record<string, NodeSketch> => {
  const { ImageScaleToTotalPixels: scale, FluxKontextMultiReferenceLatentMethod: reference } = sketches;
  if (!scale || !reference) return sketches;
  const methods = referenceMethods(['offset', 'index', 'uxo/uno']);
  return {
    ...sketches,
    ImageScaleToTotalPixels: withoutInput(scale, 'resolution_steps'),
    FluxKontextMultiReferenceLatentMethod: {
      ...reference,
      required: { ...reference.required, reference_latents_method: methods },
    },
  };
};

const describeAll = (sketches: Record<string, NodeSketch>): ObjectInfo =>
  Object.fromEntries(Object.entries(sketches).map(([name, sketch]) => [name, describe(name, sketch)]));

const newest = { ...imageNodes, ...modelNodes };

/** All but the list of uploads is the same for every question. */
const known: Record<Version, ObjectInfo> = { '0.33.0': describeAll(newest), '0.3.64': describeAll(olderSketches(newest)) };

/** The nodes of the Qwen edit graphs, as `version` describes them; LoadImage lists `inputs`, the files uploaded so far. */
export const objectInfo = (version: Version, inputs: readonly string[]): ObjectInfo => {
  const load: NodeSketch = { ...newest.LoadImage, required: { image: [inputs, { image_upload: true }] } };
  return { ...known[version], LoadImage: describe('LoadImage', load) };
};
