import { createHash } from 'node:crypto';
import type { Graph } from './graph.ts';
import type { NodeOutput } from './history.ts';

/** What a node made: a picture for the nodes after it, and for an output node the files it saved. */
export type NodeResult = { readonly image?: Buffer; readonly shown?: NodeOutput };

/** Results by what went into them. Keeps only what the latest prompt uses, as the real cache does. */
export type NodeCache = {
  /** Forgets what `signatures` do not mention. */
  keepOnly(signatures: Iterable<string>): void;
  get(signature: string): NodeResult | undefined;
  set(signature: string, result: NodeResult): void;
  clear(): void;
};

export const createCache = (): NodeCache => {
  const results = new Map<string, NodeResult>();
  return {
    keepOnly: signatures => {
      const wanted = new Set(signatures);
      for (const signature of results.keys()) if (!wanted.has(signature)) results.delete(signature);
    },
    get: signature => results.get(signature),
    set: (signature, result) => {
      results.set(signature, result);
    },
    clear: () => results.clear(),
  };
};

const hash = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** Signatures of `ids`: class, values and what the linked nodes are; for LoadImage also the bytes it would read now. */
export const signaturesOf = (
  graph: Graph,
  ids: readonly string[],
  photoOf: (value: string) => Buffer | undefined,
): Map<string, string> => {
  const known = new Map<string, string>();
  const sign = (id: string): string => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const { class_type, inputs } = graph[id]!;
    const parts = Object.entries(inputs).map(([name, value]) =>
      Array.isArray(value) ? [name, sign(String(value[0])), value[1]] : [name, value],
    );
    const { image } = inputs;
    const photo = class_type === 'LoadImage' ? hash(photoOf(String(image)) ?? 'absent') : '';
    const signature = hash(JSON.stringify([class_type, parts, photo]));
    known.set(id, signature);
    return signature;
  };
  ids.forEach(sign);
  return known;
};
