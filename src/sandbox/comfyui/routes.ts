import Router from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import { bare, paramOf, readObject, serverError, text } from './body.ts';
import { uploadedNames } from './files.ts';
import type { House } from './house.ts';
import { getJob, postCancel } from './jobs.ts';
import { featuresOf } from './life.ts';
import { models } from './nodes-model.ts';
import { type ObjectInfo, objectInfo } from './object-info.ts';
import { getRemaining, postInterrupt, postPrompt } from './prompts.ts';
import { systemStats } from './system-stats.ts';
import { postUpload } from './uploads.ts';
import { getView } from './views.ts';

type Answer = (ctx: Context) => void | Promise<void>;

const idsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const getQueue =
  ({ life }: House): Answer =>
  ctx => {
    const { queue } = life();
    const running = queue.running();
    ctx.body = { queue_running: running ? [running] : [], queue_pending: queue.pending() };
  };

const postQueue =
  ({ life }: House): Answer =>
  async ctx => {
    const { clear, delete: ids } = await readObject(ctx);
    if (clear) life().queue.clear();
    for (const id of idsOf(ids)) life().queue.remove(id);
    bare(ctx, 200);
  };

/** Throws on what Python's int() refuses. */
const whole = (value: unknown): number | undefined => {
  if (value === undefined) return undefined;
  if (!/^-?\d+$/.test(String(value))) throw new Error('not an integer');
  return Number(value);
};

const getHistory =
  ({ life }: House): Answer =>
  ctx => {
    const { max_items: max, offset } = ctx.query;
    ctx.body = life().history.page(whole(max), whole(offset));
  };

const getEntry =
  ({ life }: House): Answer =>
  ctx => {
    const id = paramOf(ctx, 'id');
    const entry = life().history.get(id);
    ctx.body = entry ? { [id]: entry } : {};
  };

const postHistory =
  ({ life }: House): Answer =>
  async ctx => {
    const { clear, delete: ids } = await readObject(ctx);
    if (clear) life().history.clear();
    for (const id of idsOf(ids)) life().history.remove(id);
    bare(ctx, 200);
  };

const postFree =
  ({ life }: House): Answer =>
  async ctx => {
    const { free_memory: free } = await readObject(ctx);
    if (free) life().free();
    bare(ctx, 200);
  };

const infoOf = ({ version, files }: House): ObjectInfo => objectInfo(version, uploadedNames(files));

const getNode =
  (house: House): Answer =>
  ctx => {
    const name = paramOf(ctx, 'node');
    const node = infoOf(house)[name];
    ctx.body = node ? { [name]: node } : {};
  };

const getModels: Answer = ctx => {
  const names = Object.entries(models).find(([folder]) => folder === paramOf(ctx, 'folder'))?.[1];
  if (!names) return bare(ctx, 404);
  ctx.body = names;
};

const say =
  (body: () => unknown): Answer =>
  ctx => {
    ctx.body = body();
  };

const routerFor = (house: House): Router => {
  const router = new Router();
  router.get('/prompt', getRemaining(house)).post('/prompt', postPrompt(house));
  router.get('/queue', getQueue(house)).post('/queue', postQueue(house));
  router.get('/history', getHistory(house)).get('/history/:id', getEntry(house)).post('/history', postHistory(house));
  router.post('/interrupt', postInterrupt(house)).post('/free', postFree(house));
  router.post('/upload/image', postUpload(house)).get('/view', getView(house));
  router.get(
    '/system_stats',
    say(() => systemStats(house.version)),
  );
  router.get(
    '/features',
    say(() => featuresOf(house.version)),
  );
  router
    .get(
      '/object_info',
      say(() => infoOf(house)),
    )
    .get('/object_info/:node', getNode(house));
  router
    .get(
      '/models',
      say(() => Object.keys(models)),
    )
    .get('/models/:folder', getModels);
  if (house.version !== '0.3.64') {
    router.get('/api/jobs/:id', getJob(house)).post('/api/jobs/:id/cancel', postCancel(house));
  }
  return router;
};

/** Every route also answers under /api, where alone the jobs are. */
const withoutPrefix = (ctx: Context, next: Next): Promise<void> => {
  if (ctx.path.startsWith('/api/') && !ctx.path.startsWith('/api/jobs')) ctx.path = ctx.path.slice('/api'.length);
  return next();
};

/** The real server's guard: a page of another origin may not talk to a server on this machine. */
const sameOrigin = (ctx: Context, next: Next): Promise<void> | void => {
  const origin = ctx.get('Origin');
  if (origin && URL.canParse(origin) && new URL(origin).host !== ctx.get('Host')) return bare(ctx, 403);
  return next();
};

const inTrouble = async (ctx: Context, next: Next): Promise<void> => {
  try {
    await next();
  } catch {
    serverError(ctx);
  }
};

const notFound = (ctx: Context): void => text(ctx, 404, '404: Not Found');

export const createApp = (house: House): Koa => {
  const app = new Koa();
  app.use(inTrouble).use(sameOrigin).use(withoutPrefix);
  app.use(routerFor(house).routes()).use(notFound);
  return app;
};
