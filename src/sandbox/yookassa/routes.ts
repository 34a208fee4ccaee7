import { ApiError, notFound } from './api-error.ts';
import type { ApiCall } from './call.ts';
import type { Operation } from './operations/operation.ts';
import { cancelPayment, capturePayment, createPayment, listPayments, readPayment } from './operations/payments.ts';
import { createRefund, listRefunds, readRefund } from './operations/refunds.ts';

type Route = { readonly method: 'GET' | 'POST'; readonly path: RegExp; readonly run: Operation };

const routes: readonly Route[] = [
  { method: 'POST', path: /^\/payments$/, run: createPayment },
  { method: 'GET', path: /^\/payments$/, run: listPayments },
  { method: 'GET', path: /^\/payments\/([^/]+)$/, run: readPayment },
  { method: 'POST', path: /^\/payments\/([^/]+)\/capture$/, run: capturePayment },
  { method: 'POST', path: /^\/payments\/([^/]+)\/cancel$/, run: cancelPayment },
  { method: 'POST', path: /^\/refunds$/, run: createRefund },
  { method: 'GET', path: /^\/refunds$/, run: listRefunds },
  { method: 'GET', path: /^\/refunds\/([^/]+)$/, run: readRefund },
];

/** Throws 404 for a path that does not exist, 405 for a method that it does not have. */
export const routeOf = ({ method, path }: ApiCall): { readonly run: Operation; readonly id: string } => {
  const here = routes.filter(route => route.path.test(path));
  if (here.length === 0) throw notFound();
  const route = here.find(one => one.method === method);
  if (!route) throw new ApiError(405, 'invalid_request', 'Method Not Allowed');
  return { run: route.run, id: route.path.exec(path)?.[1] ?? '' };
};
