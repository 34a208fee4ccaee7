import type { Middleware } from 'koa';

/** Something the page asked for that cannot be done; the words are for whoever sits before it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

/** Answers `{error: {message}}`; an error that is nobody's refusal is told to `onError` and answered 500 without its words. */
export const refusals =
  (onError: (error: Error) => void): Middleware =>
  async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false) throw new Refusal(404, 'Здесь ничего нет.');
    } catch (error) {
      const refusal = error instanceof Refusal ? error : undefined;
      if (!refusal) onError(error as Error);
      ctx.status = refusal?.status ?? 500;
      ctx.body = { error: { message: refusal?.message ?? 'Песочница споткнулась; подробности в журнале.' } };
    }
  };
