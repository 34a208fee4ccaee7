/** A ComfyUI graph in API format, node id → node. An input that is a list is a link, anything else a plain value. */
export type Graph = Record<string, { class_type: string; inputs: Record<string, unknown>; _meta?: { title: string } }>;
