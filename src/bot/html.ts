/** A person's words as Telegram's HTML: https://core.telegram.org/bots/api#html-style */
export const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
