import { badRequest } from './errors.ts';

/** Parameters of one call, the same whichever way they came (JSON, form, query, multipart). */
export type Params = Readonly<Record<string, unknown>>;

export type Upload = { readonly field: string; readonly fileName: string; readonly mimeType: string; readonly bytes: Buffer };

const INTEGERS = new Set(
  'chat_id message_id user_id offset limit timeout max_connections cache_time reply_to_message_id'.split(' '),
);
const BOOLEANS = new Set(
  'ok show_alert drop_pending_updates disable_notification protect_content disable_content_type_detection has_spoiler'.split(' '),
);
const OBJECTS = new Set(
  'reply_markup media prices allowed_updates commands scope menu_button entities caption_entities reply_parameters link_preview_options'.split(
    ' ',
  ),
);

const fromText = (name: string, value: string): unknown => {
  if (INTEGERS.has(name)) return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (BOOLEANS.has(name)) return value.toLowerCase() === 'true' || value === '1';
  if (OBJECTS.has(name)) return parseJson(value);
  return value;
};

/** Broken JSON stays text: the method that needs the field refuses it in its own words. */
const parseJson = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/** Forms carry everything as text; this gives each known field its type back. */
export const typedParams = (raw: Iterable<[string, unknown]>): Params => {
  const params: Record<string, unknown> = {};
  for (const [name, value] of raw) {
    if (value !== undefined && value !== null) params[name] = typeof value === 'string' ? fromText(name, value) : value;
  }
  return params;
};

export const textOf = (params: Params, name: string): string | undefined => {
  const value = params[name];
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
};

export const integerOf = (params: Params, name: string): number | undefined => {
  const value = params[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
};

export const flagOf = (params: Params, name: string): boolean => params[name] === true;

export const listOf = (params: Params, name: string): unknown[] | undefined => {
  const value = params[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw badRequest(`expected an Array of ${name}`);
  return value;
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
