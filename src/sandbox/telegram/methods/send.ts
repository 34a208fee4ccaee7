import { badRequest } from '../errors.ts';
import { messageCaption, messageText } from '../formatted.ts';
import { markupOf } from '../markup.ts';
import type { TelegramNetwork } from '../network.ts';
import { isObject, type Params, textOf } from '../params.ts';
import type { Content } from '../wire.ts';
import type { Method, MethodInput } from './method.ts';
import { captionContent, type MediaKind, mediaContent, mediaKind, postByBot, textContent, wireOf } from './outgoing.ts';

const ACTIONS = new Set(
  'typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location record_video_note upload_video_note'.split(
    ' ',
  ),
);
const ALBUM_SIZE_MAX = 10;
const ALBUM_SIZE_MIN = 2;

export const sendMessage: Method = (network, { params }) => {
  const chat = network.reachableChat(params);
  return wireOf(postByBot(network, chat, params, textContent(messageText(params))));
};

const sendMedia =
  (kind: MediaKind): Method =>
  async (network, { params, uploads }) => {
    network.reachableChat(params);
    markupOf(params);
    const caption = captionContent(messageCaption(params));
    const media = await mediaContent(network, kind, { value: params[kind], field: kind, uploads });
    // The person may have blocked the bot while the picture was looked at.
    return wireOf(postByBot(network, network.reachableChat(params), params, { ...media, ...caption }));
  };

export const sendPhoto = sendMedia('photo');
export const sendDocument = sendMedia('document');

export const sendMediaGroup: Method = async (network, input) => {
  const chat = network.reachableChat(input.params);
  const items = albumItems(input.params);
  const contents = await Promise.all(items.map(item => albumItem(network, item, input)));
  const { reply_markup: _, ...params } = input.params;
  const albumId = network.newAlbumId();
  return contents.map(content => wireOf(postByBot(network, chat, params, { media_group_id: albumId, ...content })));
};

const albumItems = (params: Params): Record<string, unknown>[] => {
  const media = params['media'];
  if (!Array.isArray(media) || !media.every(isObject)) throw badRequest("can't parse media JSON object");
  if (media.length < ALBUM_SIZE_MIN || media.length > ALBUM_SIZE_MAX) throw badRequest('group must include 2-10 items');
  if (new Set(media.map(item => item['type'])).size > 1) throw badRequest("documents can't be mixed with other media types");
  return media;
};

const albumItem = async (network: TelegramNetwork, item: Record<string, unknown>, { uploads }: MethodInput): Promise<Content> => {
  const kind = mediaKind(item);
  const media = await mediaContent(network, kind, { value: item['media'], field: '', uploads });
  return { ...media, ...captionContent(messageCaption(item)) };
};

export const sendChatAction: Method = (network, { params }) => {
  const chat = network.reachableChat(params);
  const action = textOf(params, 'action')?.toLowerCase() ?? '';
  if (!ACTIONS.has(action)) throw badRequest('wrong parameter action in request');
  network.events.emit('action', () => ({ chatId: chat.id, action }));
  return true;
};
