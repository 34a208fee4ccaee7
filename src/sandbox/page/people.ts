import type { Context } from 'koa';
import { z } from 'zod';
import { CAPTION_LENGTH_MAX, type ChatMessage, type Person, TEXT_LENGTH_MAX } from '../telegram/server.ts';
import { readBody } from './body.ts';
import type { Chats } from './chats.ts';
import { Refusal } from './refusal.ts';
import { readUpload } from './upload.ts';
import type { PayAnswer, Toast } from './wire.ts';

const answerTimeoutMs = 10_000;

const newcomer = z.object({ firstName: z.string().trim().min(1).max(64), languageCode: z.enum(['ru', 'en']) });
const words = z.object({
  text: z
    .string()
    .max(TEXT_LENGTH_MAX, `не больше ${TEXT_LENGTH_MAX} знаков`)
    .refine(text => text.trim() !== '', 'пусто'),
  replyTo: z.number().int().nullish(),
});
const button = z.object({ messageId: z.number().int(), row: z.number().int().min(0), column: z.number().int().min(0) });
const bill = z.object({ messageId: z.number().int() });
const blocking = z.object({ blocked: z.boolean() });

export const addPerson = async (ctx: Context, chats: Chats): Promise<void> => {
  ctx.body = chats.add(await readBody(ctx, newcomer));
};

export const sendText = async (ctx: Context, person: Person): Promise<void> => {
  const { text, replyTo } = await readBody(ctx, words);
  mayWrite(person);
  if (replyTo === undefined || replyTo === null) person.sendText(text);
  else await person.reply(messageOf(person, replyTo), text);
  ctx.body = {};
};

export const sendPhotos = async (ctx: Context, person: Person): Promise<void> => {
  const { files, fields } = await readUpload(ctx.req);
  const caption = fields.get('caption') ?? '';
  mayWrite(person);
  if (files.length === 0) throw new Refusal(400, 'В запросе нет файла photo.', 'The request has no file called photo.');
  if (caption.length > CAPTION_LENGTH_MAX)
    throw new Refusal(
      400,
      `Подпись длиннее ${CAPTION_LENGTH_MAX} знаков.`,
      `The caption is longer than ${CAPTION_LENGTH_MAX} characters.`,
    );
  if (fields.get('as') === 'file') sendFiles(person, files, caption);
  else
    await sendPictures(
      person,
      files.map(({ bytes }) => bytes),
      caption,
    ).catch(notPictures);
  ctx.body = {};
};

type Files = Awaited<ReturnType<typeof readUpload>>['files'];

function sendFiles(person: Person, files: Files, caption: string): void {
  const items = files.map(({ bytes, fileName, mimeType }, at) => ({
    bytes,
    options: { fileName, mimeType, ...(at === 0 && { caption }) },
  }));
  if (items.length > 1) person.sendFileAlbum(items);
  else person.sendDocument(items[0]!.bytes, items[0]!.options);
}

const sendPictures = (person: Person, pictures: readonly Buffer[], caption: string): Promise<unknown> =>
  pictures.length > 1 ? person.sendAlbum(pictures, { caption }) : person.sendPhoto(pictures[0]!, { caption });

const notPictures = (): never => {
  throw new Refusal(415, 'Это не изображение. Попробуйте отправить файлом.', 'This is not a picture. Try to send it as a file.');
};

/** What the bot answers to a pressed button; a link is opened by the page itself. */
export const press = async (ctx: Context, person: Person): Promise<void> => {
  const { messageId, row, column } = await readBody(ctx, button);
  const message = messageOf(person, messageId);
  const [data, url] = [message.buttonData[row]?.[column], message.buttonUrls[row]?.[column]];
  if (data === undefined && url === undefined) throw new Refusal(404, 'Такой кнопки уже нет.', 'This button is gone.');
  ctx.body =
    data === undefined
      ? ({ text: null, isAlert: false, url: url ?? null } satisfies Toast)
      : await person.press({ data }, message, { timeoutMs: answerTimeoutMs }).then(toast, unanswered);
};

const toast = (answer: { text?: string; url?: string; showAlert: boolean }): Toast => ({
  text: answer.text ?? null,
  isAlert: answer.showAlert,
  url: answer.url ?? null,
});

const unanswered = (): never => {
  throw new Refusal(
    504,
    `Бот не ответил за ${answerTimeoutMs / 1000} с.`,
    `The bot has not answered for ${answerTimeoutMs / 1000} s.`,
  );
};

export const pay = async (ctx: Context, person: Person): Promise<void> => {
  const message = messageOf(person, (await readBody(ctx, bill)).messageId);
  if (!message.invoice) throw new Refusal(404, 'Это не счёт.', 'This is no invoice.');
  const outcome = await person.pay(message, { timeoutMs: answerTimeoutMs }).catch(unanswered);
  ctx.body = (outcome.ok ? { ok: true } : { ok: false, error: outcome.error }) satisfies PayAnswer;
};

export const setBlocked = async (ctx: Context, person: Person, chats: Chats): Promise<void> => {
  const { blocked } = await readBody(ctx, blocking);
  if (blocked !== person.isBlocked) blocked ? person.block() : person.unblock();
  chats.tellCard(person);
  ctx.body = {};
};

function messageOf(person: Person, id: number): ChatMessage {
  const message = person.messages.find(one => one.id === id);
  if (!message) throw new Refusal(404, 'Этого сообщения уже нет.', 'This message is gone.');
  return message;
}

const mayWrite = ({ isBlocked }: Person): void => {
  if (isBlocked)
    throw new Refusal(409, 'Бот заблокирован. Разблокируйте его, чтобы писать.', 'The bot is blocked. Unblock it to write.');
};
