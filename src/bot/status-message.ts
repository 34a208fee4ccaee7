import { createHash } from 'node:crypto';
import type { Telegram } from 'telegraf';
import { callApi } from './call-api.ts';
import { deliveryOf, isOfOtherKind } from './delivery.ts';
import type { Shown } from './render.ts';

export type Place = { chatId: number; messageId: number };

export type StatusMessagesDeps = {
  telegram: Telegram;
  /** A preview as it may be shown; undefined when it is no picture. */
  fitPreview(bytes: Buffer): Promise<Buffer | undefined>;
  /** How long one piece of news may hold up its chat. Results of the same chat wait behind it. */
  newsTimeoutMs?: number;
};

/**
 * Changes messages that begin as text and may become a photo: their words are the caption then, and there is no way back.
 * Both reject as `callApi` does.
 */
export type StatusMessages = {
  /** New words and buttons, whatever the message has become, also in an earlier life of this process. */
  say(place: Place, shown: Shown): Promise<void>;
  /** The same for passing news, with the newest preview if there is one. A picture that fails costs no more than itself. */
  showNews(place: Place, shown: Shown, preview: Buffer | null): Promise<void>;
};

/** `picture`: the preview that was shown last, as a digest. `wordsOnly`: a picture has failed here. */
type Known = { isPhoto: boolean; picture: string | null; wordsOnly: boolean };
type Means = StatusMessagesDeps & { known: Map<string, Known> };

const newsTimeoutMs = 10_000;

export function createStatusMessages(deps: StatusMessagesDeps): StatusMessages {
  const means: Means = { ...deps, known: new Map() };
  return {
    say: (place, shown) => say(means, place, shown),
    showNews: (place, shown, preview) => showNews(means, place, shown, preview),
  };
}

/** What it has become is remembered, to spare a call, and found out by being told that it has no text, or no caption, to edit. */
async function say(means: Means, place: Place, shown: Shown, until?: AbortSignal): Promise<void> {
  const { isPhoto } = knownOf(means, place);
  try {
    await editWords(means, place, isPhoto ? 'caption' : 'text', shown, until);
  } catch (error) {
    if (!isOfOtherKind(error)) throw error;
    remember(means, place, { isPhoto: !isPhoto });
    await editWords(means, place, isPhoto ? 'text' : 'caption', shown, until);
  }
}

async function showNews(means: Means, place: Place, shown: Shown, preview: Buffer | null): Promise<void> {
  const until = AbortSignal.timeout(means.newsTimeoutMs ?? newsTimeoutMs);
  const { picture, wordsOnly } = knownOf(means, place);
  const digest = preview && createHash('sha1').update(preview).digest('base64');
  const fresh = preview && digest !== picture && !wordsOnly ? await means.fitPreview(preview) : undefined;
  if (!fresh) return say(means, place, shown, until);
  try {
    await editPicture(means, place, fresh, shown, until);
  } catch (error) {
    return onPictureFailed(means, place, shown, error, until);
  }
  remember(means, place, { isPhoto: true, picture: digest });
}

/**
 * A message in which a picture has failed once is left with words: trying again at every step would hold its chat up, or send
 * everything twice. That Telegram asked to wait, or was not reached at all, says nothing of the picture.
 */
async function onPictureFailed(means: Means, place: Place, shown: Shown, error: unknown, until: AbortSignal): Promise<void> {
  const delivery = deliveryOf(error);
  if (delivery.kind === 'refused' || delivery.kind === 'ambiguous') remember(means, place, { wordsOnly: true });
  if (delivery.kind !== 'refused' || delivery.blocked) throw error;
  return say(means, place, shown, until);
}

async function editWords(
  { telegram }: Means,
  place: Place,
  field: 'text' | 'caption',
  { text, keyboard }: Shown,
  until?: AbortSignal,
): Promise<void> {
  const method = field === 'text' ? 'editMessageText' : 'editMessageCaption';
  await callApi(telegram, method, { ...targetOf(place, keyboard), [field]: text, parse_mode: 'HTML' }, until);
}

async function editPicture(
  { telegram }: Means,
  place: Place,
  picture: Buffer,
  { text, keyboard }: Shown,
  until: AbortSignal,
): Promise<void> {
  const media = { type: 'photo', media: 'attach://preview', caption: text, parse_mode: 'HTML' };
  const preview = { source: picture, filename: 'preview.jpg' };
  await callApi(telegram, 'editMessageMedia', { ...targetOf(place, keyboard), media, preview }, until);
}

/** Buttons that are not given again are gone. */
const targetOf = ({ chatId, messageId }: Place, keyboard: Shown['keyboard']) => ({
  ...{ chat_id: chatId, message_id: messageId },
  ...(keyboard && 'inline_keyboard' in keyboard && { reply_markup: keyboard }),
});

/** Many more than there are servers at work; of one that was forgotten it costs a call to find out again. */
const knownMax = 1_000;

const keyOf = ({ chatId, messageId }: Place): string => `${chatId}:${messageId}`;

const knownOf = ({ known }: Means, place: Place): Known =>
  known.get(keyOf(place)) ?? { isPhoto: false, picture: null, wordsOnly: false };

function remember(means: Means, place: Place, news: Partial<Known>): void {
  const { known } = means;
  const now = { ...knownOf(means, place), ...news };
  known.delete(keyOf(place));
  known.set(keyOf(place), now);
  const [oldest] = known.keys();
  if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
}
