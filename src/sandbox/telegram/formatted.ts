import { badRequest } from './errors.ts';
import { type FormattedText, parseHtml } from './html.ts';
import { isObject, type Params, textOf } from './params.ts';
import type { Entity } from './wire.ts';

export const TEXT_LENGTH_MAX = 4096;
export const CAPTION_LENGTH_MAX = 1024;

/** `text` of a message: 1-4096 characters after parsing. */
export const messageText = (params: Params): FormattedText => {
  const source = textOf(params, 'text');
  if (source === undefined || source === '') throw badRequest('message text is empty');
  const formatted = trimmed(parsed(source, params, 'entities'));
  if (formatted.text === '') throw badRequest('text must be non-empty');
  if (characters(formatted.text) > TEXT_LENGTH_MAX) throw badRequest('message is too long');
  return formatted;
};

/** `caption` of a picture or file: 0-1024 characters after parsing, `undefined` when there is none. */
export const messageCaption = (params: Params): FormattedText | undefined => {
  const source = textOf(params, 'caption');
  if (source === undefined || source === '') return undefined;
  const formatted = trimmed(parsed(source, params, 'caption_entities'));
  if (characters(formatted.text) > CAPTION_LENGTH_MAX) throw badRequest('message caption is too long');
  return formatted.text === '' ? undefined : formatted;
};

const characters = (text: string): number => (text.length <= CAPTION_LENGTH_MAX ? text.length : [...text].length);

const parsed = (source: string, params: Params, entitiesName: string): FormattedText => {
  const mode = textOf(params, 'parse_mode')?.toLowerCase() ?? '';
  if (mode === 'html') return parseHtml(source);
  // Markdown exists in Telegram and is left out here on purpose: a bot that escapes for HTML must not drift into it unseen.
  if (mode !== '') throw badRequest('unsupported parse_mode');
  return { text: source, entities: givenEntities(params[entitiesName]) };
};

const givenEntities = (value: unknown): Entity[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isEntity))
    throw badRequest("can't parse entities: expected an Array of MessageEntity");
  return value;
};

const isEntity = (value: unknown): value is Entity =>
  isObject(value) && typeof value['type'] === 'string' && Number.isInteger(value['offset']) && Number.isInteger(value['length']);

/** Telegram cuts white space off both ends; the entities move with the text. */
const trimmed = ({ text, entities }: FormattedText): FormattedText => {
  const kept = text.trim();
  if (kept.length === text.length) return { text, entities };
  const cut = text.length - text.trimStart().length;
  const moved = entities.map(entity => {
    const offset = Math.max(0, entity.offset - cut);
    const end = Math.min(kept.length, entity.offset - cut + entity.length);
    return { ...entity, offset, length: end - offset };
  });
  return { text: kept, entities: moved.filter(entity => entity.length > 0) };
};

const COMMAND = /(?<![\w/<>@])\/[a-z0-9_]{1,64}(?:@[a-z]\w{3,31})?(?![\w/<>@])/giu;

/** Telegram marks commands in what people write, wherever they stand. */
export const commandEntities = (text: string): Entity[] =>
  [...text.matchAll(COMMAND)].map(match => ({ type: 'bot_command', offset: match.index, length: match[0].length }));

const TAGS: Record<string, [string, string]> = {
  bold: ['<b>', '</b>'],
  italic: ['<i>', '</i>'],
  underline: ['<u>', '</u>'],
  strikethrough: ['<s>', '</s>'],
  code: ['<code>', '</code>'],
  pre: ['<pre>', '</pre>'],
  spoiler: ['<tg-spoiler>', '</tg-spoiler>'],
  blockquote: ['<blockquote>', '</blockquote>'],
  expandable_blockquote: ['<blockquote expandable>', '</blockquote>'],
};

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const tagsOf = (entity: Entity): [string, string] =>
  entity.type === 'text_link' ? [`<a href="${escapeHtml(entity.url ?? '')}">`, '</a>'] : (TAGS[entity.type] ?? ['', '']);

/** The text as safe HTML, made from the entities alone, so that nothing a person or the bot wrote gets into a page as markup. */
export const toHtml = ({ text, entities }: FormattedText): string => within(text, entities, 0, text.length);

const within = (text: string, entities: readonly Entity[], from: number, to: number): string => {
  let html = '';
  let at = from;
  for (const entity of entities) {
    if (entity.offset < at || entity.offset >= to) continue;
    const end = Math.min(to, entity.offset + entity.length);
    const [open, close] = tagsOf(entity);
    const inner = entities.slice(entities.indexOf(entity) + 1);
    html += escapeHtml(text.slice(at, entity.offset)) + open + within(text, inner, entity.offset, end) + close;
    at = end;
  }
  return html + escapeHtml(text.slice(at, to));
};
