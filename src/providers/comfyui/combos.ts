import { z } from 'zod';
import type { Graph } from './graph.ts';

const inputs = z.record(z.string(), z.unknown());

/** `GET /object_info/<class>`: class → definition, or `{}` (with 200) for a class the server does not have. */
export const objectInfo = z.record(
  z.string(),
  z.object({ input: z.object({ required: inputs.optional(), optional: inputs.optional() }) }),
);

export type ObjectInfo = z.infer<typeof objectInfo>;

/** Something that a graph uses and a server does not have: a class of nodes, or a value that an input of one does not offer. */
export type Lack = { kind: 'node'; node: string } | { kind: 'value'; node: string; input: string; value: unknown };

/**
 * Pure: what the graph uses and the server lacks, each thing once. Needed because some servers accept a value that is not in the
 * list of an input and then ignore it without a word.
 */
export const lacking = (graph: Graph, info: ObjectInfo): Lack[] => {
  const lacks = Object.values(graph).flatMap(({ class_type: node, inputs: values }): Lack[] => {
    const definition = Object.hasOwn(info, node) ? info[node]?.input : undefined;
    if (!definition) return [{ kind: 'node', node }];
    const specs = { ...definition.optional, ...definition.required };
    return Object.entries(values)
      .filter(([name, value]) => !Array.isArray(value) && Object.hasOwn(specs, name) && !isOffered(value, specs[name]))
      .map(([input, value]) => ({ kind: 'value', node, input, value }));
  });
  return [...new Map(lacks.map(lack => [JSON.stringify(lack), lack])).values()];
};

const isOffered = (value: unknown, spec: unknown): boolean => optionsOf(spec)?.includes(value) ?? true;

/**
 * The values an input can take, undefined if it is not a closed list. Two encodings: `[[...options], {...}]` of older nodes and
 * `["COMBO", {options: [...]}]` of newer ones. Lists of uploaded files are open: what is asked for is yet to be uploaded.
 */
export const optionsOf = (spec: unknown): readonly unknown[] | undefined => {
  if (!Array.isArray(spec)) return undefined;
  const [kind, settings] = spec as [unknown, { image_upload?: unknown; options?: unknown }?];
  if (settings?.image_upload === true) return undefined;
  const options = kind === 'COMBO' ? settings?.options : kind;
  return Array.isArray(options) ? options : undefined;
};
