import type { Frame } from './frames.ts';

type NodeState = { value: number; max: number; state: 'running' | 'finished' };

/** The `progress_state` of one run: every node that began, with how far it is. */
export type Progress = {
  start(nodeId: string): Frame;
  step(nodeId: string, value: number, max: number): Frame;
  finish(nodeId: string): Frame;
};

export const createProgress = (promptId: string): Progress => {
  const states = new Map<string, NodeState>();
  const frame = (): Frame => {
    const nodes = Object.fromEntries(
      [...states].map(([id, state]) => [
        id,
        { ...state, node_id: id, prompt_id: promptId, display_node_id: id, parent_node_id: null, real_node_id: id },
      ]),
    );
    return { type: 'progress_state', data: { prompt_id: promptId, nodes } };
  };
  const set = (id: string, state: NodeState): Frame => {
    states.set(id, state);
    return frame();
  };
  return {
    start: id => set(id, { value: 0, max: 1, state: 'running' }),
    step: (id, value, max) => set(id, { value, max, state: 'running' }),
    finish: id => {
      const { max } = states.get(id) ?? { max: 1 };
      return set(id, { value: max, max, state: 'finished' });
    },
  };
};
