import { type Graph, type GraphNode, isLink, withoutNode } from './graph.ts';

/** The place of one value in a template. */
export type Slot = { readonly node: string; readonly input: string };

/** The places a template leaves to an edit; `photos` in the order of the photos, as many as the workflow can take. */
export type Slots = {
  readonly prompt: Slot;
  readonly seed: Slot;
  readonly filenamePrefix: Slot;
  readonly photos: readonly Slot[];
};

/** A graph that takes the largest number of photos, and its slots. */
export type Template = { readonly graph: Graph; readonly slots: Slots };

/**
 * What one execution needs. `photos`: names for LoadImage, the first gives the size of the result. `seed`: 0..2^53-1, because
 * JSON in JavaScript rounds larger ones. `filenamePrefix` should be new for each execution: ComfyUI answers an unchanged graph
 * from its cache, with the old file.
 */
export type Edit = { prompt: string; seed: number; photos: readonly string[]; filenamePrefix: string };

/**
 * The template, if every node is one, every link leads to a node and every slot names a plain input of a node.
 * Otherwise throws an Error that names the node: a broken template must be seen at start, not with a person's first photo.
 */
export const checkTemplate = (graph: unknown, slots: Slots): Template => {
  if (!isRecord(graph)) throw new Error('workflow: the template is not an object of nodes');
  for (const [id, node] of Object.entries(graph)) checkNode(id, node, graph);
  const checked = graph as Graph;
  for (const [name, slot] of namedSlots(slots)) checkSlot(name, slot, checked);
  return { graph: checked, slots };
};

/**
 * The graph of one edit: a fresh copy with only as many references as there are photos. Throws RangeError for an edit out of
 * bounds.
 */
export const fillTemplate = ({ graph, slots }: Template, edit: Edit): Graph => {
  checkEdit(edit, slots.photos.length);
  const unused = slots.photos.slice(edit.photos.length);
  const filled = unused.reduce((rest, slot) => withoutNode(rest, slot.node), structuredClone(graph));
  put(filled, slots.prompt, edit.prompt);
  put(filled, slots.seed, edit.seed);
  put(filled, slots.filenamePrefix, edit.filenamePrefix);
  edit.photos.forEach((name, index) => {
    put(filled, slots.photos[index]!, name);
  });
  return filled;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNode = (value: unknown): value is GraphNode => {
  const { class_type, inputs }: { class_type?: unknown; inputs?: unknown } = isRecord(value) ? value : {};
  return typeof class_type === 'string' && isRecord(inputs);
};

const checkNode = (id: string, node: unknown, graph: Record<string, unknown>): void => {
  if (!isNode(node)) throw new Error(`workflow: node ${id} has no class_type or no inputs`);
  for (const [input, value] of Object.entries(node.inputs)) {
    if (isLink(value)) checkLink(`node ${id} (${node.class_type}), input ${input}`, value, graph);
  }
};

const checkLink = (where: string, link: readonly unknown[], graph: Record<string, unknown>): void => {
  const [source, output] = link;
  if (link.length !== 2 || typeof source !== 'string' || !Number.isInteger(output))
    throw new Error(`workflow: ${where} is not a link`);
  if (!Object.hasOwn(graph, source)) throw new Error(`workflow: ${where} is linked to node ${source}, which does not exist`);
};

const namedSlots = ({ photos, ...single }: Slots): [string, Slot][] => [
  ...Object.entries(single),
  ...photos.map((slot, index): [string, Slot] => [`photos[${index}]`, slot]),
];

const checkSlot = (name: string, { node: id, input }: Slot, graph: Graph): void => {
  const node = Object.hasOwn(graph, id) ? graph[id] : undefined;
  if (!node) throw new Error(`workflow: slot ${name} names node ${id}, which does not exist`);
  const where = `slot ${name} names input ${input} of node ${id} (${node.class_type})`;
  if (!Object.hasOwn(node.inputs, input)) throw new Error(`workflow: ${where}, which does not exist`);
  if (isLink(node.inputs[input])) throw new Error(`workflow: ${where}, which is linked`);
};

const checkEdit = ({ photos, seed }: Edit, most: number): void => {
  if (photos.length < 1 || photos.length > most) throw new RangeError(`photos: 1 to ${most} expected, got ${photos.length}`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed: an integer from 0 to 2^53-1 expected, got ${seed}`);
};

const put = (graph: Graph, { node, input }: Slot, value: unknown): void => {
  graph[node]!.inputs[input] = value;
};
