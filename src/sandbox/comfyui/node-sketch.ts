/** What `GET /object_info` says about one input: a type name or the list of allowed values, and its limits. */
export type InputOptions = {
  readonly default?: unknown;
  readonly min?: number;
  readonly max?: number;
  readonly options?: readonly string[];
  readonly [key: string]: unknown;
};
export type InputSpec = readonly [type: string | readonly string[], options?: InputOptions];
export type InputSpecs = Readonly<Record<string, InputSpec>>;

/** The part of a node's description that differs from node to node. */
export type NodeSketch = {
  readonly title?: string;
  readonly category: string;
  readonly module?: string;
  readonly required: InputSpecs;
  readonly optional?: InputSpecs;
  readonly output: readonly string[];
  readonly outputNames?: readonly string[];
  readonly saves?: true;
};
