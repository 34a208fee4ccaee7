import type { ChatMessage } from '../telegram/server.ts';
import type { Attachment, Button, Message } from './wire.ts';

export const fileUrl = (fileId: string): string => `/sandbox/files/${fileId}`;

/** A message as the page shows it; `taken` is the newest message of the person that the bot has taken. */
export function pageMessage(message: ChatMessage, taken: number, languageCode: string): Message {
  const { id, from, date, editCount, html = '', albumId = null, replyTo = null, invoice } = message;
  return {
    ...{ id, from, date, html, albumId, replyTo, isEdited: editCount > 0 },
    attachment: attachmentOf(message),
    buttons: message.buttons.map((row, at) => row.map((text, column) => buttonOf(message, text, at, column))),
    invoice: invoice
      ? {
          ...{ title: invoice.title, description: invoice.description, currency: invoice.currency },
          amount: inUnits(invoice.currency, invoice.total_amount),
        }
      : null,
    service: serviceLine(message, languageCode),
    isTaken: from === 'bot' || id <= taken,
  };
}

function attachmentOf({ photo, document }: ChatMessage): Attachment | null {
  const file = photo ?? document;
  if (!file) return null;
  const base = { url: fileUrl(file.fileId), bytes: file.bytes.length };
  if (photo) return { ...base, kind: 'photo', fileName: null, width: photo.width, height: photo.height };
  return { ...base, kind: 'document', fileName: document?.fileName ?? null, width: 0, height: 0 };
}

/** A button that asks the bot nothing and leads nowhere pays the invoice that it stands under. */
function buttonOf({ buttonData, buttonUrls }: ChatMessage, text: string, row: number, column: number): Button {
  const url = buttonUrls[row]?.[column];
  if (url !== undefined) return { text, does: 'link', url };
  return { text, does: buttonData[row]?.[column] === undefined ? 'pay' : 'callback', url: null };
}

/** Stars have no hundredths, money does. */
const inUnits = (currency: string, amount: number): number => (currency === 'XTR' ? amount : amount / 100);

const lines = {
  ru: {
    ...{ paid: 'Оплата прошла', refunded: 'Платёж возвращён' },
    ...{ sticker: 'Стикер', video: 'Видео', voice: 'Голосовое сообщение', animation: 'GIF' },
    ...{ location: 'Место на карте', contact: 'Контакт' },
  },
  en: {
    ...{ paid: 'Payment received', refunded: 'Payment refunded' },
    ...{ sticker: 'Sticker', video: 'Video', voice: 'Voice message', animation: 'GIF' },
    ...{ location: 'Location', contact: 'Contact' },
  },
};

function serviceLine({ paid, refunded, other }: ChatMessage, languageCode: string): string | null {
  const words = languageCode === 'ru' ? lines.ru : lines.en;
  const payment = paid ?? refunded;
  if (!payment) return other ? words[other] : null;
  const amount = inUnits(payment.currency, payment.total_amount);
  return `${paid ? words.paid : words.refunded}: ${payment.currency === 'XTR' ? `⭐ ${amount}` : `${amount} ${payment.currency}`}`;
}
