import type { Graph } from './graph.ts';
import { qwenEdit2509 } from './qwen-edit-2509.ts';
import { qwenEdit2509Lightning } from './qwen-edit-2509-lightning.ts';
import { qwenEdit2511 } from './qwen-edit-2511.ts';
import { qwenEdit2511Full } from './qwen-edit-2511-full.ts';
import { type Edit, fillTemplate } from './template.ts';

export type { Graph } from './graph.ts';
export type { Edit } from './template.ts';

const workflows = {
  'qwen-edit-2511': qwenEdit2511,
  'qwen-edit-2511-full': qwenEdit2511Full,
  'qwen-edit-2509': qwenEdit2509,
  'qwen-edit-2509-lightning': qwenEdit2509Lightning,
} as const;

/** A workflow as the catalog names it. */
export type WorkflowName = keyof typeof workflows;

export const workflowNames = Object.keys(workflows) as readonly WorkflowName[];

/**
 * The graph to submit for an edit. Pure: the same edit gives an equal graph, and nobody else holds a part of it.
 * Throws RangeError for no photo, for more photos than the workflow takes (3), for a seed that is not an integer in 0..2^53-1.
 */
export const buildGraph = (workflow: WorkflowName, edit: Edit): Graph => fillTemplate(workflows[workflow], edit);

/** The graph with all its nodes and nobody's words in it: what a server must be able to run. A copy; nobody else holds a part of it. */
export const wholeGraph = (workflow: WorkflowName): Graph => structuredClone(workflows[workflow].graph);
