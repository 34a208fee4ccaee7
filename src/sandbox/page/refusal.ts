import type { Middleware } from 'koa';
import type { Words } from './wire.ts';

/** Something the page asked for that cannot be done; the words are for whoever sits before it, in the language of the page. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly words: Words;

  constructor(status: number, ru: string, en: string) {
    super(en);
    this.status = status;
    this.words = { ru, en };
  }
}

const stumble: Words = {
  ru: 'Песочница споткнулась; подробности в журнале.',
  en: 'The sandbox has stumbled; the log knows more.',
};

/** Answers `{error: {message}}`; an error that is nobody's refusal is told to `onError` and answered 500 without its words. */
export const refusals =
  (onError: (error: Error) => void): Middleware =>
  async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false)
        throw new Refusal(404, 'Здесь ничего нет.', 'There is nothing here.');
    } catch (error) {
      const refusal = error instanceof Refusal ? error : undefined;
      if (!refusal) onError(error as Error);
      const language = ctx.acceptsLanguages('ru', 'en') === 'en' ? 'en' : 'ru';
      ctx.status = refusal?.status ?? 500;
      ctx.body = { error: { message: (refusal?.words ?? stumble)[language] } };
    }
  };
