import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import { z } from 'zod';
import type { Person, TelegramStandIn } from '../telegram/server.ts';
import { giveAsset } from './assets.ts';
import type { Audience } from './audience.ts';
import { readBody } from './body.ts';
import type { Chats } from './chats.ts';
import type { Panel } from './controls/panel.ts';
import { giveFile } from './files.ts';
import { guard } from './guard.ts';
import { addPerson, pay, press, sendPhotos, sendText, setBlocked } from './people.ts';
import { Refusal, refusals } from './refusal.ts';
import type { Snapshot } from './wire.ts';

export type PageParts = {
  readonly webFolder: string;
  readonly telegram: TelegramStandIn;
  readonly chats: Chats;
  readonly panel: Panel;
  readonly audience: Audience;
  readonly snapshot: () => Snapshot;
  /** The payment page of the YooKassa stand-in; its own paths begin with /checkout/. */
  readonly checkout?: Middleware | undefined;
  readonly onError: (error: Error) => void;
};

const control = z.object({ value: z.union([z.number(), z.boolean()]).optional() });

/** Everything at /sandbox and below. */
export function createPage(parts: PageParts): Koa {
  const { checkout } = parts;
  const app = new Koa();
  app.silent = true;
  app.use(refusals(parts.onError));
  app.use(guard);
  app.use(routes(parts).routes());
  if (checkout) app.use(below('/sandbox', '/checkout/', checkout));
  return app;
}

function routes({ webFolder, telegram, chats, panel, audience, snapshot }: PageParts): Router {
  const router = new Router();
  router.get('/', ctx => ctx.redirect('/sandbox'));
  router.get('/sandbox', ctx => giveAsset(ctx, webFolder, 'index.html'));
  router.get('/sandbox/assets/{*path}', ctx => giveAsset(ctx, webFolder, paramOf(ctx, 'path')));
  router.get('/sandbox/events', ctx => {
    ctx.respond = false;
    audience.join(ctx.res, snapshot());
  });
  router.get('/sandbox/files/:id', ctx => {
    const file = telegram.file(paramOf(ctx, 'id'));
    if (!file) throw new Refusal(404, 'Такого файла нет.', 'There is no such file.');
    giveFile(ctx, file);
  });
  router.post('/sandbox/people', ctx => addPerson(ctx, chats));
  const by = (act: (ctx: Context, person: Person, chats: Chats) => Promise<void>) => (ctx: Context) =>
    act(ctx, personOf(ctx, chats), chats);
  for (const [name, act] of Object.entries({ text: sendText, photos: sendPhotos, press, pay, block: setBlocked }))
    router.post(`/sandbox/people/:id/${name}`, by(act));
  router.post('/sandbox/controls/:id', async ctx => {
    const { value } = await readBody(ctx, control);
    await panel.act(paramOf(ctx, 'id'), value);
    ctx.body = {};
  });
  return router;
}

const paramOf = ({ params }: Context, name: string): string => String(params[name] ?? '');

function personOf(ctx: Context, chats: Chats): Person {
  const person = chats.find(Number(paramOf(ctx, 'id')));
  if (!person) throw new Refusal(404, 'Такого человека здесь нет.', 'There is no such person here.');
  return person;
}

/** Lets a middleware that knows nothing of `prefix` answer for what lies at `path` below it. */
const below =
  (prefix: string, path: string, inner: Middleware): Middleware =>
  async (ctx, next) => {
    if (!ctx.path.startsWith(prefix + path)) return next();
    const outside = ctx.path;
    ctx.path = outside.slice(prefix.length);
    try {
      await inner(ctx, async () => {});
    } finally {
      ctx.path = outside;
    }
  };
