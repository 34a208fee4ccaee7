/** A workflow in API format: what goes into `POST /prompt {"prompt": graph}`. */
export type GraphNode = {
  readonly class_type: string;
  readonly inputs: Record<string, unknown>;
  readonly _meta?: { readonly title?: string };
};
export type Graph = Record<string, GraphNode>;
export type Link = readonly [nodeId: string, slot: number];

export type ImageRef = { readonly filename: string; readonly subfolder: string; readonly type: 'output' | 'temp' | 'input' };

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isLink = (value: unknown): value is Link => Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';

/** Ids of the nodes whose outputs `node` takes in. */
export const sourcesOf = (node: GraphNode): string[] =>
  Object.values(node.inputs)
    .filter(isLink)
    .map(([id]) => id);

/** `outputs` and everything they depend on, in the order of the graph. */
export const reachable = (graph: Graph, outputs: readonly string[]): string[] => {
  const seen = new Set<string>();
  const visit = (id: string): void => {
    const node = graph[id];
    if (!node || seen.has(id)) return;
    seen.add(id);
    sourcesOf(node).forEach(visit);
  };
  outputs.forEach(visit);
  return Object.keys(graph).filter(id => seen.has(id));
};

/** The next node to run: one whose sources are done, output nodes first, as ComfyUI picks them. */
export const nextNode = (
  graph: Graph,
  waiting: readonly string[],
  done: ReadonlySet<string>,
  outputs: readonly string[],
): string | undefined => {
  const ready = waiting.filter(id => sourcesOf(graph[id]!).every(source => done.has(source)));
  return ready.find(id => outputs.includes(id)) ?? ready[0];
};

/** The nearest node that is `wanted`, the linked one first. */
const upstream = (graph: Graph, value: unknown, wanted: (node: GraphNode) => boolean): string | undefined => {
  if (!isLink(value)) return undefined;
  const [id] = value;
  const node = graph[id];
  if (!node) return undefined;
  if (wanted(node)) return id;
  for (const input of Object.values(node.inputs)) {
    const found = upstream(graph, input, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
};

const isPhoto = (node: GraphNode): boolean => node.class_type === 'LoadImage';

const isEncoder = (node: GraphNode): boolean => node.class_type.startsWith('TextEncode');

export const isSampler = (node: GraphNode): boolean => node.class_type === 'KSampler';

const photosOf = (graph: Graph, images: readonly unknown[]): string[] =>
  images.flatMap(image => upstream(graph, image, isPhoto) ?? []);

/** What a sampler was asked for: the LoadImage nodes in the order of the encoder's inputs, the words, the seed. */
export const readEdit = (graph: Graph, samplerId: string): { photos: string[]; prompt: string; seed: number } => {
  const { positive, latent_image, seed } = graph[samplerId]!.inputs;
  const encoder = upstream(graph, positive, isEncoder);
  const { prompt, image, image1, image2, image3 } = (encoder !== undefined && graph[encoder]?.inputs) || {};
  const photos = photosOf(graph, [image, image1, image2, image3]);
  return {
    photos: photos.length > 0 ? photos : photosOf(graph, [latent_image]),
    prompt: typeof prompt === 'string' ? prompt : '',
    seed: Number(seed ?? 0),
  };
};
