import type { Frame, Frames } from './frames.ts';
import type { NodeOutput, StatusMessage } from './history.ts';

/** What one run says on its client's socket, and what of it the history keeps. */
export type Voice = {
  readonly messages: readonly StatusMessage[];
  readonly shown: Readonly<Record<string, NodeOutput>>;
  /** Without a client it goes to every socket, as the real server's progress does. */
  send(frame: Frame): void;
  /** Kept for the history; sent to a client only, but for an interruption. */
  announce(event: string, data: Record<string, unknown>): void;
  /** Sent to a client or to nobody. */
  tell(type: string, data: Record<string, unknown>): void;
  show(nodeId: string, output: NodeOutput | undefined): void;
};

export const createVoice = (promptId: string, clientId: string | undefined, frames: Frames): Voice => {
  const messages: StatusMessage[] = [];
  const shown: Record<string, NodeOutput> = {};
  const send = (frame: Frame): void => frames.send(clientId, frame);
  const tell: Voice['tell'] = (type, data) => {
    if (clientId !== undefined) send({ type, data: { ...data, prompt_id: promptId } });
  };
  return {
    messages,
    shown,
    send,
    tell,
    announce: (event, data) => {
      const message = { ...data, prompt_id: promptId, timestamp: Date.now() };
      messages.push([event, message]);
      if (clientId !== undefined || event === 'execution_interrupted') send({ type: event, data: message });
    },
    show: (nodeId, output) => {
      if (!output) return;
      shown[nodeId] = output;
      tell('executed', { node: nodeId, display_node: nodeId, output });
    },
  };
};
