import type { Context } from 'koa';

/** The page needs nothing but its own style, and nobody else may frame it. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'";

export const showPage = (ctx: Context, status: number, page: string): void => {
  ctx.status = status;
  ctx.type = 'html';
  ctx.set({
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    // Not `no-referrer`: the browser would then hide the origin of the page's own forms as well.
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
    Vary: 'Accept-Language',
  });
  ctx.body = page;
};

/** Sends the browser on with a GET. The address may be relative, which Koa's own redirect would take for one of this server. */
export const sendTo = (ctx: Context, address: string): void => {
  ctx.status = 303;
  ctx.set('Location', address);
  ctx.set('Cache-Control', 'no-store');
  ctx.body = '';
};

/** A form on somebody else's page may not pay. Programs that are no browsers send no origin. */
export const isFromElsewhere = (ctx: Context): boolean => {
  if (ctx.get('Sec-Fetch-Site') === 'cross-site') return true;
  const origin = ctx.get('Origin');
  return origin !== '' && !(URL.canParse(origin) && new URL(origin).host === ctx.get('Host'));
};
