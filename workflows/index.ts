import { BrokenWorkflow } from './broken-workflow.ts';
import type { Graph } from './graph.ts';
import { type Edit, fillTemplate, type Template } from './template.ts';

export type { Graph } from './graph.ts';
export type { Edit } from './template.ts';

/** Each is a graph beside the file that names its slots. */
const files = {
  'qwen-edit-2511': import('./qwen-edit-2511.ts'),
  'qwen-edit-2511-full': import('./qwen-edit-2511-full.ts'),
  'qwen-edit-2509': import('./qwen-edit-2509.ts'),
  'qwen-edit-2509-lightning': import('./qwen-edit-2509-lightning.ts'),
} as const;

/** A workflow as the catalog names it. */
export type WorkflowName = keyof typeof files;

/** A template checks itself as it is loaded, and does not know what it is called: its name is put to what is wrong with it. */
async function loaded([name, file]: [string, Promise<{ workflow: Template }>]): Promise<[string, Template]> {
  try {
    return [name, (await file).workflow];
  } catch (error) {
    const what = (error as Error).message.replace(/^workflow: /, '').replace(/\s+/g, ' ');
    throw new BrokenWorkflow(`The workflow ${name} is broken: ${what}`, { cause: error });
  }
}

const workflows = Object.fromEntries(await Promise.all(Object.entries(files).map(loaded))) as Record<WorkflowName, Template>;

export const workflowNames = Object.keys(files) as readonly WorkflowName[];

/**
 * The graph to submit for an edit. Pure: the same edit gives an equal graph, and nobody else holds a part of it.
 * Throws RangeError for no photo, for more photos than the workflow takes (3), for a seed that is not an integer in 0..2^53-1.
 */
export const buildGraph = (workflow: WorkflowName, edit: Edit): Graph => fillTemplate(workflows[workflow], edit);

/**
 * The graph with all its nodes and nobody's words in it: what a server must be able to run. A copy; nobody else holds a part of
 * it.
 */
export const wholeGraph = (workflow: WorkflowName): Graph => structuredClone(workflows[workflow].graph);
