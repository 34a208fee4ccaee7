/** An answer with `ok: false`. The texts are Telegram's own wherever they are known. */
export class BotApiError extends Error {
  override readonly name = 'BotApiError';
  readonly code: number;
  readonly parameters: Record<string, number> | undefined;

  constructor(code: number, description: string, parameters?: Record<string, number>) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

export const badRequest = (what: string): BotApiError => new BotApiError(400, `Bad Request: ${what}`);

export const unauthorized = (): BotApiError => new BotApiError(401, 'Unauthorized');

export const blockedByUser = (): BotApiError => new BotApiError(403, 'Forbidden: bot was blocked by the user');

export const notFound = (): BotApiError => new BotApiError(404, 'Not Found');

export const conflict = (what: string): BotApiError => new BotApiError(409, `Conflict: ${what}`);

export const tooLarge = (): BotApiError => new BotApiError(413, 'Request Entity Too Large');

export const queryTooOld = (): BotApiError => badRequest('query is too old and response timeout expired or query ID is invalid');

export const notModified = (): BotApiError =>
  badRequest(
    'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
  );

export const OTHER_POLL = 'terminated by other getUpdates request; make sure that only one bot instance is running';
export const WEBHOOK_SET = 'terminated by setWebhook request';
export const WEBHOOK_ACTIVE =
  "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

export type ErrorBody = { ok: false; error_code: number; description: string; parameters?: Record<string, number> };

export const errorBody = (error: BotApiError): ErrorBody => ({
  ok: false,
  error_code: error.code,
  description: error.message,
  ...(error.parameters ? { parameters: error.parameters } : {}),
});
