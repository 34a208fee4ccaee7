import { z } from 'zod';

const nodeErrors = z.record(
  z.string(),
  z.object({
    class_type: z.string().nullish(),
    errors: z.array(z.object({ type: z.string(), extra_info: z.looseObject({ input_name: z.unknown() }).partial().nullish() })),
  }),
);

export type NodeErrors = z.infer<typeof nodeErrors>;

/** The 200 of `POST /prompt`. Errors are possible here: outputs that failed validation are dropped and the others run. */
export const acceptance = z.object({ prompt_id: z.string(), node_errors: nodeErrors });

/** The 400 of `POST /prompt`. */
export const rejection = z.object({
  error: z.object({ type: z.string(), extra_info: z.looseObject({ class_type: z.unknown() }).partial().nullish() }),
  node_errors: nodeErrors,
});

const shown = 5;

/** `prompt_outputs_failed_validation: LoadImage 10 image custom_validation_failed`: types, classes and inputs, never values. */
export const describeRejection = ({ error, node_errors }: z.infer<typeof rejection>): string => {
  const missing = error.extra_info?.class_type;
  const about = [...(typeof missing === 'string' ? [missing] : []), ...describeNodeErrors(node_errors)];
  return about.length === 0 ? error.type : `${error.type}: ${about.join(', ')}`;
};

/**
 * One phrase per error of a node, the first five. `details` and `message` are left out: they echo inputs, paths and tracebacks.
 */
export const describeNodeErrors = (errors: NodeErrors): string[] =>
  Object.entries(errors)
    .flatMap(([id, node]) => node.errors.map(error => [node.class_type ?? 'node', id, error.extra_info?.input_name, error.type]))
    .map(words => words.filter(word => typeof word === 'string').join(' '))
    .slice(0, shown);
