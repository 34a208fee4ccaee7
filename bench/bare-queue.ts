import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ComfyUIStandIn, Graph } from '../src/sandbox/comfyui/server.ts';

/**
 * The least that can be done between two executions: the next prompt is posted when the frame of the last one's end comes.
 * Nothing is looked at, written down or fetched. `graph` is one that the server has run, so that its photos are there. Ms from
 * the first request to the last end.
 */
export async function bareQueue(comfy: ComfyUIStandIn, graph: Graph, jobs: number): Promise<number> {
  const clientId = randomUUID();
  const socket = new WebSocket(`${comfy.url.replace('http', 'ws')}/ws?clientId=${clientId}`);
  await once(socket, 'message');
  const started = performance.now();
  for (let n = 0; n < jobs; n++) {
    const promptId = randomUUID();
    const ended = new Promise<void>(resolve => {
      const look = (data: Buffer) => {
        const { type, data: about } = JSON.parse(data.toString());
        if (type !== 'executing' || about.node !== null || about.prompt_id !== promptId) return;
        socket.off('message', look);
        resolve();
      };
      socket.on('message', look);
    });
    await fetch(`${comfy.url}/prompt`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: saveAs(graph, `bare-${n}`), prompt_id: promptId, client_id: clientId }),
    });
    await ended;
  }
  const ms = performance.now() - started;
  socket.close();
  return ms;
}

/** Another name and another seed, or the server would remember the picture. */
const saveAs = (graph: Graph, name: string): Graph =>
  Object.fromEntries(
    Object.entries(graph).map(([id, node]) => {
      const { inputs } = node;
      const saved = 'filename_prefix' in inputs && { filename_prefix: name };
      const sampled = 'seed' in inputs && { seed: Math.floor(Math.random() * 2 ** 32) };
      return [id, { ...node, inputs: { ...inputs, ...saved, ...sampled } }];
    }),
  );
