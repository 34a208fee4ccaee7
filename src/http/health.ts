import type { Context } from 'koa';

/** Each resolves to whether that part can work now. */
export type HealthDeps = { database(): Promise<boolean>; telegram(): Promise<boolean>; comfyui(): Promise<boolean> };

/** `/health`: the process answers. `/ready`: each part that it needs is named, 503 while one is missing. */
export const health = ({ database, telegram, comfyui }: HealthDeps) => ({
  alive: (ctx: Context) => {
    ctx.body = { status: 'ok' };
  },
  ready: async (ctx: Context) => {
    const [db, tg, comfy] = await Promise.all([database(), telegram(), comfyui()].map(asked => asked.catch(() => false)));
    const ready = Boolean(db && tg && comfy);
    ctx.status = ready ? 200 : 503;
    ctx.body = { status: ready ? 'ready' : 'not_ready', database: db, telegram: tg, comfyui: comfy };
  },
});
