import { type ApiError, apiError } from './api-error.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { InputOptions, InputSpec } from './node-sketch.ts';
import type { ObjectInfo, Version } from './object-info.ts';
import { toDeclaredType } from './values.ts';

export type InputContext = {
  readonly graph: Graph;
  readonly info: ObjectInfo;
  readonly version: Version;
  readonly photoExists: (value: string) => boolean;
};
type Checked = Map<string, ApiError[]>;
type Place = { readonly id: string; readonly name: string; readonly spec: InputSpec };
type Findings = { readonly errors: ApiError[]; readonly valid: boolean };

const fine: Findings = { errors: [], valid: true };
const wrong = (...errors: ApiError[]): Findings => ({ errors, valid: false });

const typeText = (type: InputSpec[0]): string => (typeof type === 'string' ? type : 'COMBO');

const extra = ({ name, spec: [type, options = {}] }: Place, more: Record<string, unknown>): Record<string, unknown> => ({
  input_name: name,
  input_config: [type, options],
  ...more,
});

/** The Python exception a malformed graph raises in the validator. */
class Tripped extends Error {
  readonly type: 'KeyError' | 'IndexError';

  constructor(type: 'KeyError' | 'IndexError', message: string) {
    super(message);
    this.type = type;
  }
}

const keyError = (key: unknown): Tripped => new Tripped('KeyError', typeof key === 'string' ? `'${key}'` : String(key));

const exceptionInside = (place: Place, link: unknown, { type, message }: Tripped): ApiError => {
  const more = extra(place, { exception_message: message, exception_type: type, traceback: [], linked_node: link });
  return apiError('exception_during_inner_validation', 'Exception when validating inner node', message, more);
};

const exceptionHere = ({ type, message }: Tripped): ApiError =>
  apiError('exception_during_validation', 'Exception when validating node', message, { exception_type: type, traceback: [] });

/** Names the loop a link closes, or nothing. */
const loopTo = (target: string, path: readonly string[]): string[] | undefined => {
  const at = path.indexOf(target);
  return at < 0 ? undefined : path.slice(at);
};

const cycleErrors = (loop: readonly string[], { graph, version }: InputContext, checked: Checked): void => {
  if (version === '0.3.64') return;
  const named = [...loop, loop[0]!].map(id => `${id} (${graph[id]!.class_type})`).join(' -> ');
  for (const id of loop) {
    const info = { node_id: id, cycle_nodes: [...loop] };
    checked.set(id, [apiError('dependency_cycle', 'Dependency cycle detected', named, info)]);
  }
};

const checkLink = (
  place: Place,
  link: readonly unknown[],
  path: readonly string[],
  checked: Checked,
  context: InputContext,
): Findings => {
  const message = 'Bad linked input, must be a length-2 list of [node_id, slot_index]';
  if (link.length !== 2) return wrong(apiError('bad_linked_input', message, place.name, extra(place, { received_value: link })));
  const [source, slot] = link;
  const node = typeof source === 'string' ? context.graph[source] : undefined;
  if (!node || typeof source !== 'string') throw keyError(source);
  const received = context.info[node.class_type]!.output[Number(slot)];
  if (received === undefined) throw new Tripped('IndexError', 'tuple index out of range');
  const wanted = typeText(place.spec[0]);
  if (received !== wanted) return wrong(mismatch(place, received, wanted, link));
  try {
    return { errors: [], valid: checkNode(source, checked, context, path) };
  } catch (error) {
    if (!(error instanceof Tripped)) throw error;
    // Reported at the source, with the input that led there: as the real server does.
    checked.set(source, [exceptionInside(place, link, error)]);
    return wrong();
  }
};

const mismatch = (place: Place, received: string, wanted: string, link: readonly unknown[]): ApiError => {
  const details = `${place.name}, received_type(${received}) mismatch input_type(${wanted})`;
  const more = extra(place, { received_type: received, linked_node: link });
  return apiError('return_type_mismatch', 'Return type mismatch between linked nodes', details, more);
};

const maxText = (max: number): string => (max === 2 ** 64 ? '18446744073709551615' : String(max));

const checkRange = (place: Place, value: unknown, { min, max }: InputOptions): Findings => {
  if (typeof value !== 'number') return fine;
  const more = extra(place, { received_value: value });
  if (min !== undefined && value < min) {
    return wrong(apiError('value_smaller_than_min', `Value ${value} smaller than min of ${min}`, place.name, more));
  }
  // 2^64 - 1 is no JavaScript number: the nearest one is already too big.
  if (max === undefined || value < max || (value === max && max !== 2 ** 64)) return fine;
  return wrong(apiError('value_bigger_than_max', `Value ${value} bigger than max of ${maxText(max)}`, place.name, more));
};

const optionsOf = ([type, options]: InputSpec, version: Version): readonly string[] | undefined => {
  if (typeof type !== 'string') return type;
  return type === 'COMBO' && version !== '0.3.64' ? options?.options : undefined;
};

const checkCombo = (place: Place, value: unknown, version: Version): Findings => {
  const options = optionsOf(place.spec, version);
  if (!options || options.some(option => option === value)) return fine;
  const short = options.length <= 20;
  const list = short ? `[${options.map(option => `'${option}'`).join(', ')}]` : `(list of length ${options.length})`;
  const more = { ...extra(place, { received_value: value }), ...(!short && { input_config: null }) };
  return wrong(apiError('value_not_in_list', 'Value not in list', `${place.name}: '${value}' not in ${list}`, more));
};

const checkValue = (place: Place, given: unknown, { graph, version, photoExists }: InputContext): Findings => {
  const node = graph[place.id]!;
  const { name, spec } = place;
  if (node.class_type === 'LoadImage' && name === 'image') {
    if (photoExists(String(given))) return fine;
    const details = `image - Invalid image file: ${given}`;
    return wrong(apiError('custom_validation_failed', 'Custom validation failed for node', details, { input_name: name }));
  }
  const converted = toDeclaredType(typeText(spec[0]), given);
  if (!converted.ok) {
    const more = extra(place, { received_value: given, exception_message: converted.reason });
    const message = `Failed to convert an input value to a ${typeText(spec[0])} value`;
    return wrong(apiError('invalid_input_type', message, `${name}, ${given}, ${converted.reason}`, more));
  }
  node.inputs[name] = converted.value;
  const range = checkRange(place, converted.value, spec[1] ?? {});
  return range.valid ? checkCombo(place, converted.value, version) : range;
};

const checkInput = (place: Place, path: readonly string[], checked: Checked, context: InputContext): Findings => {
  const value = context.graph[place.id]!.inputs[place.name];
  if (value !== undefined) {
    return Array.isArray(value) ? checkLink(place, value, path, checked, context) : checkValue(place, value, context);
  }
  const { required } = context.info[context.graph[place.id]!.class_type]!.input;
  if (!(place.name in required)) return fine;
  return wrong(apiError('required_input_missing', 'Required input is missing', place.name, { input_name: place.name }));
};

/** Checks a node and all it depends on; their errors land in `checked`, each at its own node. */
const checkNode = (id: string, checked: Checked, context: InputContext, path: readonly string[]): boolean => {
  const loop = loopTo(id, path);
  if (loop) {
    cycleErrors(loop, context, checked);
    return false;
  }
  const known = checked.get(id);
  if (known) return known.length === 0;
  const { class_type, inputs }: Partial<GraphNode> = context.graph[id]!;
  if (inputs === undefined) throw keyError('inputs');
  const { required, optional = {} } = context.info[class_type!]!.input;
  const findings = Object.entries({ ...required, ...optional }).map(([name, spec]) =>
    checkInput({ id, name, spec }, [...path, id], checked, context),
  );
  const errors = findings.flatMap(finding => finding.errors);
  if (!checked.has(id)) checked.set(id, errors);
  return findings.every(finding => finding.valid);
};

/** Checks an output node and all it depends on. */
export const checkOutput = (id: string, checked: Checked, context: InputContext): boolean => {
  try {
    return checkNode(id, checked, context, []);
  } catch (error) {
    if (!(error instanceof Tripped)) throw error;
    checked.set(id, [exceptionHere(error)]);
    return false;
  }
};
