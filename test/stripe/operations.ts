import { z } from 'zod';
import { invalid, missing } from './api-error.ts';
import type { StripeCall } from './call.ts';
import type { Form } from './form.ts';
import { type SessionTerms, sessionOrderOf } from './session-order.ts';
import type { Till } from './till.ts';
import type { List, Session } from './wire.ts';

export type Desk = { readonly till: Till; readonly terms: () => SessionTerms };

type Operation = (desk: Desk, call: StripeCall, id: string) => object;
type Route = { readonly method: 'GET' | 'POST'; readonly path: RegExp; readonly run: Operation };

const createSession: Operation = ({ till, terms }, { body }) => till.place(sessionOrderOf(body, terms()));

const readSession: Operation = ({ till }, { query }, id) => {
  const session = till.sessions.get(id);
  if (!session) throw missing('session');
  return expanded(till, session, Object.values(query['expand'] ?? {}));
};

const listSessions: Operation = ({ till }, { query }) => {
  const intentId = textIn(query, 'payment_intent');
  const fitting = [...till.sessions.values()].filter(one => intentId === undefined || one.payment_intent === intentId);
  return listed(fitting, query, '/v1/checkout/sessions');
};

const refundBody = z.strictObject({
  payment_intent: z.string(),
  amount: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .optional(),
  metadata: z.record(z.string(), z.string()).default({}),
});

const createRefund: Operation = ({ till }, { body }) => {
  const order = refundBody.safeParse(body);
  if (!order.success) throw invalid(order.error.issues[0]!.path.join('.'), 'A parameter is missing, unknown or malformed');
  const { payment_intent: intentId, amount, metadata } = order.data;
  return till.giveBack({ intentId, amount, metadata });
};

const listRefunds: Operation = ({ till }, { query }) => {
  const intentId = textIn(query, 'payment_intent');
  if (intentId !== undefined && !till.intents.has(intentId)) throw missing('payment_intent');
  const fitting = [...till.refunds.values()].filter(one => intentId === undefined || one.payment_intent === intentId);
  return listed(fitting, query, '/v1/refunds');
};

const routes: readonly Route[] = [
  { method: 'POST', path: /^\/checkout\/sessions$/, run: createSession },
  { method: 'GET', path: /^\/checkout\/sessions$/, run: listSessions },
  { method: 'GET', path: /^\/checkout\/sessions\/([^/]+)$/, run: readSession },
  { method: 'POST', path: /^\/refunds$/, run: createRefund },
  { method: 'GET', path: /^\/refunds$/, run: listRefunds },
];

/** Does what a call asks for and gives the body of the answer; throws a StripeError. */
export function carryOut(desk: Desk, call: StripeCall): object {
  const route = routes.find(({ method, path }) => method === call.method && path.test(call.path));
  if (!route) throw missing('url');
  return route.run(desk, call, route.path.exec(call.path)?.[1] ?? '');
}

/** The intent in place of its id, and in it the charge, as far as it is asked for. */
function expanded(till: Till, session: Session, paths: readonly unknown[]): object {
  const known = ['payment_intent', 'payment_intent.latest_charge'];
  if (!paths.every(path => known.includes(String(path)))) throw invalid('expand', 'This cannot be expanded');
  const intent = till.intents.get(session.payment_intent ?? '');
  if (!intent || paths.length === 0) return session;
  const charge = paths.includes(known[1]) ? till.charges.get(intent.latest_charge ?? '') : undefined;
  return { ...session, payment_intent: { ...intent, ...(charge && { latest_charge: charge }) } };
}

/** A page, newest first. `items` come in the order they were made. */
function listed<T extends { id: string }>(items: readonly T[], query: Form, url: string): List<T> {
  const limit = Number(textIn(query, 'limit') ?? '10');
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw invalid('limit', 'The limit is a number from 1 to 100');
  const newest = [...items].reverse();
  const after = textIn(query, 'starting_after');
  const last = newest.findIndex(({ id }) => id === after);
  if (after !== undefined && last < 0) throw missing('starting_after');
  const rest = newest.slice(last + 1);
  return { object: 'list', url, has_more: rest.length > limit, data: rest.slice(0, limit) };
}

const textIn = (form: Form, name: string): string | undefined => {
  const value = form[name];
  return typeof value === 'string' ? value : undefined;
};
