import type { NodeResult } from './cache.ts';
import { type Files, findPhoto, saveName } from './files.ts';
import { type Graph, sourcesOf } from './graph.ts';
import { blank, inverted, isPicture, pngWithTexts } from './pictures.ts';

/** An exception out of a node: it ends the run with execution_error. */
export class NodeError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

export type NodeTools = {
  readonly files: Files;
  /** Refuses LoadImage values that lead out of the input folder, as 0.33.0 does. */
  readonly strictPaths: boolean;
  readonly extraData: Record<string, unknown>;
  /** The picture a sampler makes. */
  readonly sample: (samplerId: string) => Promise<Buffer>;
  /** What output nodes do: save, leave the file out, or show nothing at all. */
  readonly saving: 'whole' | 'withoutFile' | 'nothing';
};
type Values = ReadonlyMap<string, NodeResult>;

const load = async (name: string, { files, strictPaths }: NodeTools): Promise<NodeResult> => {
  const image = findPhoto(files, name, strictPaths);
  const path = `/opt/comfyui/input/${name}`;
  if (!image) throw new NodeError('FileNotFoundError', `[Errno 2] No such file or directory: '${path}'\n`);
  if (await isPicture(image)) return { image };
  throw new NodeError('PIL.UnidentifiedImageError', `cannot identify image file '${path}'\n`);
};

const outsideFolder =
  '**** ERROR: Saving image outside the output folder is not allowed.\n full_output_folder: /opt\n         output_dir: /opt/comfyui/output\n';

const save = async (
  graph: Graph,
  folder: 'output' | 'temp',
  prefix: string,
  image: Buffer,
  tools: NodeTools,
): Promise<NodeResult> => {
  if (tools.saving === 'nothing') return { image };
  const { extra_pnginfo } = tools.extraData;
  const png = await pngWithTexts(image, { prompt: graph, ...(extra_pnginfo as Record<string, unknown> | undefined) });
  const ref = saveName(tools.files, folder, prefix);
  if (!ref) throw new NodeError('Exception', outsideFolder);
  const path = `${ref.subfolder}/${ref.filename}`.replace(/^\//, '');
  if (tools.saving === 'whole') tools.files.write(folder, path, png);
  return { image, shown: { images: [ref] } };
};

const firstImage = (graph: Graph, id: string, values: Values): Buffer | undefined =>
  sourcesOf(graph[id]!)
    .map(source => values.get(source)?.image)
    .find(image => image !== undefined);

/** Does one node's work on the results of the nodes before it; what it does not know it passes through. */
export const computeNode = async (graph: Graph, id: string, values: Values, tools: NodeTools): Promise<NodeResult> => {
  const { class_type, inputs } = graph[id]!;
  const { width, height, color, image: name, filename_prefix } = inputs;
  const image = firstImage(graph, id, values);
  switch (class_type) {
    case 'LoadImage':
      return load(String(name), tools);
    case 'EmptyImage':
      return { image: await blank(Number(width), Number(height), Number(color)) };
    case 'ImageInvert':
      return image ? { image: await inverted(image) } : {};
    case 'KSampler':
      return { image: await tools.sample(id) };
    case 'SaveImage':
      return save(graph, 'output', String(filename_prefix), image ?? (await blank(64, 64, 0)), tools);
    case 'PreviewImage':
      return save(graph, 'temp', 'ComfyUI_temp_sandb', image ?? (await blank(64, 64, 0)), tools);
    default:
      return image ? { image } : {};
  }
};
