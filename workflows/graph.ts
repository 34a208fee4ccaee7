/**
 * One node of a graph. An input is either a plain value or a link: `[id of the node it comes from, index of that node's output]`.
 */
export type GraphNode = { class_type: string; inputs: Record<string, unknown>; _meta?: { title: string } };

/** A ComfyUI graph in API format, node id → node: the `prompt` of `POST /prompt`. */
export type Graph = Record<string, GraphNode>;

/**
 * Whether an input's value is a link. ComfyUI takes every list for a link (`validate_inputs`), so a list is never a plain value.
 */
export const isLink = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** The graph without the node and without the inputs that were linked to it. Neither graph nor node is changed. */
export const withoutNode = (graph: Graph, id: string): Graph => {
  const kept = Object.entries(graph).filter(([nodeId]) => nodeId !== id);
  return Object.fromEntries(kept.map(([nodeId, node]) => [nodeId, { ...node, inputs: withoutLinksTo(id, node.inputs) }]));
};

const withoutLinksTo = (id: string, inputs: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(inputs).filter(([, value]) => !(isLink(value) && value[0] === id)));
