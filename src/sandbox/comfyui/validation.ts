import { type ApiError, apiError } from './api-error.ts';
import type { Graph, GraphNode } from './graph.ts';
import { isObject } from './graph.ts';
import { checkOutput, type InputContext } from './inputs.ts';
import type { ObjectInfo, Version } from './object-info.ts';

export type NodeErrors = Record<string, { errors: ApiError[]; dependent_outputs: string[]; class_type: string }>;
/** `outputs` are the valid output nodes: with some invalid ones the others run all the same. */
export type Verdict =
  | { readonly ok: true; readonly graph: Graph; readonly outputs: string[]; readonly nodeErrors: NodeErrors }
  | { readonly ok: false; readonly error: ApiError; readonly nodeErrors: NodeErrors }
  /** The real server trips over it and answers 500. */
  | { readonly ok: 'trips' };

const refused = (error: ApiError, nodeErrors: NodeErrors = {}): Verdict => ({ ok: false, error, nodeErrors });

const titleOf = ({ _meta, class_type }: Partial<GraphNode>): string | null => _meta?.title ?? class_type ?? null;

/** An unknown class or a node without one condemns the whole prompt; the two versions say it differently. */
const classError = (id: string, node: Partial<GraphNode>, version: Version): ApiError => {
  const { class_type } = node;
  const details = `Node ID '#${id}'`;
  if (version === '0.3.64') {
    const message =
      class_type === undefined
        ? 'Cannot execute because a node is missing the class_type property.'
        : `Cannot execute because node ${class_type} does not exist.`;
    return apiError('invalid_prompt', message, details);
  }
  const message =
    class_type === undefined
      ? `Node 'ID #${id}' has no class_type. The workflow may be corrupted or a custom node is missing.`
      : `Node '${titleOf(node)}' not found. The custom node may not be installed.`;
  const extra = { node_id: id, class_type: class_type ?? null, node_title: titleOf(node) };
  return apiError('missing_node_type', message, details, extra);
};

const firstClassError = (graph: Graph, info: ObjectInfo, version: Version): ApiError | undefined => {
  for (const [id, node] of Object.entries(graph)) {
    const { class_type }: Partial<GraphNode> = node;
    if (class_type === undefined || !info[class_type]) return classError(id, node, version);
  }
  return undefined;
};

const outputsOf = (graph: Graph, info: ObjectInfo, targets: readonly string[] | undefined): string[] =>
  Object.keys(graph).filter(id => info[graph[id]!.class_type]!.output_node && (!targets || targets.includes(id)));

const collect = (graph: Graph, outputs: readonly string[], context: InputContext): { good: string[]; found: NodeErrors } => {
  const found: NodeErrors = {};
  const good = outputs.filter(output => {
    const checked = new Map<string, ApiError[]>();
    const valid = checkOutput(output, checked, context);
    for (const [id, errors] of checked) {
      if (errors.length === 0) continue;
      found[id] ??= { errors, dependent_outputs: [], class_type: graph[id]!.class_type };
      found[id].dependent_outputs.push(output);
    }
    return valid;
  });
  return { good, found };
};

const failed = (outputs: readonly string[], found: NodeErrors): Verdict => {
  const own = outputs.flatMap(id => found[id]?.errors ?? []);
  const details = own.map(error => `${error.message}: ${error.details}`).join('\n');
  return refused(apiError('prompt_outputs_failed_validation', 'Prompt outputs failed validation', details), found);
};

export type ValidationContext = {
  readonly info: ObjectInfo;
  readonly version: Version;
  /** Whether a LoadImage value means a file that is there. */
  readonly photoExists: (value: string) => boolean;
};

/** Judges a graph as ComfyUI does before queueing it. */
export const validatePrompt = (
  prompt: unknown,
  { info, version, photoExists }: ValidationContext,
  targets?: readonly string[],
): Verdict => {
  const older = version === '0.3.64';
  if (!older && (!isObject(prompt) || !Object.values(prompt).every(isObject))) return { ok: 'trips' };
  const graph = (isObject(prompt) ? prompt : {}) as Graph;
  const wrongClass = firstClassError(graph, info, version);
  if (wrongClass) return refused(wrongClass);
  const outputs = outputsOf(graph, info, targets);
  if (outputs.length === 0) return refused(apiError('prompt_no_outputs', 'Prompt has no outputs', ''));
  const { good, found } = collect(graph, outputs, { graph, info, version, photoExists });
  return good.length > 0 ? { ok: true, graph, outputs: good, nodeErrors: found } : failed(outputs, found);
};
