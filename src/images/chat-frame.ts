/** Telegram's limits for `sendPhoto` (https://core.telegram.org/bots/api#sendphoto), megabytes read the strict way. */
export const maxChatBytes = 10_000_000;
export const maxChatSidesPx = 10_000;
export const maxChatRatio = 20;

/** The picture's size in the chat, and the canvas around it; both in pixels. */
export type ChatFrame = { width: number; height: number; canvasWidth: number; canvasHeight: number };

/**
 * How large a picture may be in the chat, and how much border it needs so that Telegram takes a very long one.
 * `scale` shrinks it further. Never enlarges; no side becomes less than 1 px.
 */
export const chatFrame = (width: number, height: number, scale = 1): ChatFrame => {
  const sides = Math.max(width, height / maxChatRatio) + Math.max(height, width / maxChatRatio);
  // Two pixels to spare for the rounding up of both canvas sides.
  const fit = Math.min(1, scale, (maxChatSidesPx - 2) / sides);
  const w = Math.max(1, Math.floor(width * fit));
  const h = Math.max(1, Math.floor(height * fit));
  return {
    width: w,
    height: h,
    canvasWidth: Math.max(w, Math.ceil(h / maxChatRatio)),
    canvasHeight: Math.max(h, Math.ceil(w / maxChatRatio)),
  };
};
