import { badRequest } from './errors.ts';
import type { Entity } from './wire.ts';

export type FormattedText = { readonly text: string; readonly entities: readonly Entity[] };

const TYPES: Record<string, string> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  span: 'spoiler',
  'tg-spoiler': 'spoiler',
  'tg-emoji': 'custom_emoji',
  blockquote: 'blockquote',
};

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
const CHARACTER = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot));?/iy;
const CHARACTERS = new RegExp(CHARACTER.source, 'gi');
const ATTRIBUTE = /\s*([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([a-z0-9.-]+)(?=[\s>])))?/iy;

type OpenTag = { name: string; argument: string; offset: number };
type Cursor = { readonly source: string; at: number; text: string; readonly open: OpenTag[]; readonly entities: Entity[] };

/**
 * Parses `parse_mode: HTML` by Telegram's rules: only its tags, four named characters, tags closed in order.
 * Offsets of entities count UTF-16 units. Anything else is the 400 that Telegram answers.
 */
export const parseHtml = (source: string): FormattedText => {
  const cursor: Cursor = { source, at: 0, text: '', open: [], entities: [] };
  while (cursor.at < source.length) step(cursor);
  const unclosed = cursor.open.at(-1);
  if (unclosed) throw unparsable(`Can't find end tag corresponding to start tag "${unclosed.name}"`);
  return { text: cursor.text, entities: cursor.entities.sort((a, b) => a.offset - b.offset || b.length - a.length) };
};

const unparsable = (what: string) => badRequest(`can't parse entities: ${what}`);

const byteOffset = (source: string, at: number): number => Buffer.byteLength(source.slice(0, at));

const step = (cursor: Cursor): void => {
  const character = cursor.source[cursor.at];
  if (character === '&') readCharacter(cursor);
  else if (character !== '<') readPlain(cursor);
  else if (cursor.source[cursor.at + 1] === '/') readEndTag(cursor);
  else readStartTag(cursor);
};

const readPlain = (cursor: Cursor): void => {
  let end = cursor.at;
  while (end < cursor.source.length && cursor.source[end] !== '<' && cursor.source[end] !== '&') end++;
  cursor.text += cursor.source.slice(cursor.at, end);
  cursor.at = end;
};

const readCharacter = (cursor: Cursor): void => {
  CHARACTER.lastIndex = cursor.at;
  const match = CHARACTER.exec(cursor.source);
  cursor.text += match ? decoded(match[0], match[1], match[2], match[3]) : '&';
  cursor.at += match ? match[0].length : 1;
};

const decoded = (whole: string, decimal?: string, hex?: string, name?: string): string => {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
};

const decode = (value: string): string => value.replace(CHARACTERS, decoded);

const readStartTag = (cursor: Cursor): void => {
  const begin = cursor.at;
  const found = /^<([^\s>]*)(?=[\s>])/.exec(cursor.source.slice(begin, begin + 64));
  const offset = byteOffset(cursor.source, begin);
  if (!found) throw unparsable(`Unclosed start tag at byte offset ${offset}`);
  const name = (found[1] ?? '').toLowerCase();
  if (!Object.hasOwn(TYPES, name)) throw unparsable(`Unsupported start tag "${name}" at byte offset ${offset}`);
  cursor.at = begin + found[0].length;
  const argument = readArgument(cursor, name, offset);
  if (name === 'span' && argument !== 'tg-spoiler') {
    throw unparsable(`Tag "span" must have class "tg-spoiler" at byte offset ${offset}`);
  }
  cursor.open.push({ name, argument, offset: cursor.text.length });
};

/** The one attribute that counts for each tag; others are allowed and ignored, as Telegram does. */
const COUNTED: Record<string, string> = {
  a: 'href',
  code: 'class',
  span: 'class',
  'tg-emoji': 'emoji-id',
  blockquote: 'expandable',
};

const readArgument = (cursor: Cursor, name: string, offset: number): string => {
  let argument = '';
  while (!/^\s*>/.test(cursor.source.slice(cursor.at))) {
    ATTRIBUTE.lastIndex = cursor.at;
    const match = ATTRIBUTE.exec(cursor.source);
    if (!match) throw unparsable(`Unclosed start tag "${name}" at byte offset ${offset}`);
    cursor.at += match[0].length;
    const value = match[2] ?? match[3] ?? match[4] ?? '';
    if (match[1]?.toLowerCase() === COUNTED[name]) argument = name === 'blockquote' ? 'expandable' : decode(value);
  }
  cursor.at = cursor.source.indexOf('>', cursor.at) + 1;
  return argument;
};

const readEndTag = (cursor: Cursor): void => {
  const offset = byteOffset(cursor.source, cursor.at);
  const tag = cursor.open.pop();
  if (!tag) throw unparsable(`Unexpected end tag at byte offset ${offset}`);
  const found = /^<\/([^\s>]*)\s*>/.exec(cursor.source.slice(cursor.at, cursor.at + 64));
  if (!found) throw unparsable(`Unclosed end tag at byte offset ${offset}`);
  const name = found[1] ?? '';
  if (name !== '' && name.toLowerCase() !== tag.name) {
    throw unparsable(`Unmatched end tag at byte offset ${offset}, expected "</${tag.name}>", found "</${name}>"`);
  }
  cursor.at += found[0].length;
  const entity = entityOf(tag, cursor.text);
  if (entity) cursor.entities.push(entity);
};

const entityOf = (tag: OpenTag, text: string): Entity | undefined => {
  const length = text.length - tag.offset;
  const type = TYPES[tag.name];
  if (length === 0 || type === undefined) return undefined;
  const entity: Entity = { type, offset: tag.offset, length };
  if (type === 'text_link') return linked(entity, tag.argument || text.slice(tag.offset));
  if (type === 'custom_emoji') return { ...entity, custom_emoji_id: tag.argument };
  if (type === 'blockquote' && tag.argument !== '') return { ...entity, type: 'expandable_blockquote' };
  if (type === 'code' && tag.argument.startsWith('language-')) return { ...entity, language: tag.argument.slice(9) };
  return entity;
};

/** A link that is no web or Telegram address is dropped and its text stays, so that a page may show every link as it is. */
const linked = (entity: Entity, url: string): Entity | undefined => {
  const address = /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `http://${url}`;
  return /^(https?|tg|mailto):/i.test(address) && URL.canParse(address) ? { ...entity, url: address } : undefined;
};
