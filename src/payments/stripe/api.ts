import superagent from 'superagent';
import { answered, keepAliveAgent } from '../answered.ts';
import { GatewayError } from '../gateway-error.ts';

/**
 * The first version whose sessions keep our own currency and sum when the payer pays in theirs; it tells of refunds as such, too:
 * docs.stripe.com/changelog, 2025-03-31.basil and 2024-10-28.acacia.
 */
const apiVersion = '2025-03-31.basil';
const timeoutMs = 32_000;

/**
 * `what` is for the operator's log. `refused` are the statuses by which asking again changes nothing; `read` is undefined for no
 * answer of the kind.
 */
export type StripeQuestion<Answer> = {
  what: string;
  refused: readonly number[];
  /** A failure that is kept with its key counts as refused, too. */
  refusedWhenKept?: boolean;
  read(answer: unknown): Answer | undefined;
};

export type StripeApi = {
  readonly host: string;
  get<Answer>(path: string, query: object, question: StripeQuestion<Answer>): Promise<Answer>;
  /** The same form with the same key, within a day, is done once. */
  post<Answer>(path: string, key: string, form: string, question: StripeQuestion<Answer>): Promise<Answer>;
};

/**
 * The wire to Stripe's API v1, without retries. Rejects with a GatewayError; its detail holds Stripe's own code, and never the
 * key.
 */
export function createStripeApi({ apiKey, apiUrl }: { apiKey: string; apiUrl: string }): StripeApi {
  const base = `${apiUrl.replace(/\/+$/, '')}/v1`;
  const { host, protocol } = new URL(base);
  const agent = keepAliveAgent(protocol);

  const ask = async <Answer>(request: superagent.Request, question: StripeQuestion<Answer>): Promise<Answer> => {
    const what = `${host} ${request.method} /v1${question.what}`;
    const asked = request.auth(apiKey, { type: 'bearer' }).set('Stripe-Version', apiVersion).agent(agent);
    const response = await answered(asked, what, timeoutMs);
    if (response.status !== 200) throw refusalOf(response, what, question);
    const found = question.read(response.body);
    if (found === undefined) throw new GatewayError('unclear', `${what} answered in an unknown shape`);
    return found;
  };
  return {
    host,
    get: (path, query, question) => ask(superagent.get(base + path).query(query), question),
    post: (path, key, form, question) =>
      ask(
        superagent
          .post(base + path)
          .set('Idempotency-Key', key)
          .type('form')
          .send(form),
        question,
      ),
  };
}

/**
 * Stripe keeps what it once answered for a key, a failure of its own included, and says so when it tells it again: then asking
 * again changes nothing (docs.stripe.com/error-low-level). 409 is the same key still at work; 429 and what nobody answered may be
 * asked again.
 */
function refusalOf(
  { status, body, headers }: superagent.Response,
  what: string,
  { refused, refusedWhenKept = false }: Pick<StripeQuestion<unknown>, 'refused' | 'refusedWhenKept'>,
): GatewayError {
  const code = body?.error?.code ?? body?.error?.type;
  const told = typeof code === 'string' && /^[\w.-]{1,60}$/.test(code) ? ` (${code})` : '';
  const isKept = refusedWhenKept && status >= 500 && headers['idempotent-replayed'] === 'true';
  return new GatewayError(refused.includes(status) || isKept ? 'rejected' : 'unclear', `${what} answered ${status}${told}`);
}
