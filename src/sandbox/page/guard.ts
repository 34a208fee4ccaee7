import type { Middleware } from 'koa';
import { Refusal } from './refusal.ts';

const localHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

const policy = "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; frame-ancestors 'self'; frame-src 'self'";

/**
 * The page can end processes, so that no other page may reach it: not under a name that leads here (DNS rebinding), not by a form
 * or a script of a foreign origin, not in a frame of one.
 */
export const guard: Middleware = (ctx, next) => {
  const host = ctx.get('Host');
  const origin = ctx.get('Origin');
  if (!localHost.test(host))
    throw new Refusal(
      403,
      'Песочница открывается только на этой машине: http://127.0.0.1.',
      'The sandbox opens on this machine only: http://127.0.0.1.',
    );
  const reads = ctx.method === 'GET' || ctx.method === 'HEAD';
  if (!reads && origin !== '' && origin !== `http://${host}`)
    throw new Refusal(403, 'Запрос пришёл с чужой страницы.', 'The request came from a foreign page.');
  ctx.set({
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  });
  return next();
};
