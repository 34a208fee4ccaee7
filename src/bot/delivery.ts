import type { Delivery } from '../../actors/protocol.ts';

/**
 * What a failed call to Telegram means for the message; pure. `error` is telegraf's TelegramError or whatever the network threw.
 */
export function deliveryOf(error: unknown): Delivery {
  const { response, code, name } = error as { response?: TelegramAnswer; code?: unknown; name?: string };
  if (response) return answered(response);
  // The connection was never made; node-fetch puts the system's code on its error.
  if (typeof code === 'string' && ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code))
    return { kind: 'unsent' };
  return name === 'Unsendable' ? { kind: 'refused', blocked: false } : { kind: 'ambiguous' };
}

type TelegramAnswer = { error_code: number; description?: string; parameters?: { retry_after?: number } };

function answered({ error_code, description = '', parameters }: TelegramAnswer): Delivery {
  if (error_code === 429) return { kind: 'retryAfter', ms: (parameters?.retry_after ?? 1) * 1000 };
  // 5xx: it may have been sent all the same. 409 and 401 pass when the operator mends the token or the second instance.
  if (error_code >= 500) return { kind: 'ambiguous' };
  if (error_code === 401 || error_code === 404 || error_code === 409) return { kind: 'unsent' };
  if (unmodified.test(description)) return { kind: 'sent', messageId: null };
  return { kind: 'refused', blocked: error_code === 403 };
}

const unmodified = /message is not modified/;

/** The message reads so already: an earlier edit went through, though its answer was lost. */
export const isUnmodified = (error: unknown): boolean => {
  const { response } = error as { response?: TelegramAnswer };
  return response?.error_code === 400 && unmodified.test(response.description ?? '');
};

/** The message to edit is gone, has no text, or is too old: the words are sent anew. */
export const cannotBeEdited = (error: unknown): boolean => {
  const { response } = error as { response?: TelegramAnswer };
  return (
    response?.error_code === 400 &&
    /message (to edit not found|can't be edited)|no text in the message/.test(response.description ?? '')
  );
};

/** The message is there, but its words are a caption where a text was to be edited, or the other way round. */
export const isOfOtherKind = (error: unknown): boolean => {
  const { response } = error as { response?: TelegramAnswer };
  return response?.error_code === 400 && /there is no (text|caption) in the message to edit/.test(response.description ?? '');
};

/** The chat is there, but Telegram finds fault with the picture: its sides, its bytes, its type. */
export const isPhotoRefused = (error: unknown): boolean => {
  const { response } = error as { response?: TelegramAnswer };
  return response?.error_code === 400 && /PHOTO|IMAGE|photo|image|file/.test(response.description ?? '');
};
