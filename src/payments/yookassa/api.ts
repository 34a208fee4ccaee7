import superagent from 'superagent';
import { answered, keepAliveAgent } from '../answered.ts';
import { GatewayError } from '../gateway-error.ts';

/** YooKassa gives up on its own side after 30 s and answers 500. */
const timeoutMs = 32_000;

/**
 * `what` is for the operator's log. `refused` are the statuses by which asking again changes nothing; `read` is undefined for no
 * answer of the kind.
 */
export type YooKassaQuestion<Answer> = { what: string; refused: readonly number[]; read(answer: unknown): Answer | undefined };

export type YooKassaApi = {
  readonly host: string;
  get<Answer>(path: string, query: object, question: YooKassaQuestion<Answer>): Promise<Answer>;
  /** The same body with the same key, within 24 hours, is done once. */
  post<Answer>(path: string, key: string, body: string, question: YooKassaQuestion<Answer>): Promise<Answer>;
};

export type YooKassaShop = { shopId: string; apiKey: string; apiUrl: string };

/**
 * The wire to YooKassa's API v3, without retries. Rejects with a GatewayError; its detail holds YooKassa's own code, and never
 * the key.
 */
export function createYooKassaApi({ shopId, apiKey, apiUrl }: YooKassaShop): YooKassaApi {
  const base = apiUrl.replace(/\/+$/, '');
  const { host, protocol } = new URL(base);
  const agent = keepAliveAgent(protocol);

  const ask = async <Answer>(request: superagent.Request, question: YooKassaQuestion<Answer>): Promise<Answer> => {
    const what = `${host} ${request.method} ${question.what}`;
    const { status, body } = await answered(request.auth(shopId, apiKey).agent(agent), what, timeoutMs);
    if (status !== 200) {
      const code = typeof body?.code === 'string' && /^[\w.-]{1,60}$/.test(body.code) ? ` (${body.code})` : '';
      const kind = question.refused.includes(status) ? 'rejected' : 'unclear';
      throw new GatewayError(kind, `${what} answered ${status}${code}`);
    }
    const found = question.read(body);
    if (found === undefined) throw new GatewayError('unclear', `${what} answered in an unknown shape`);
    return found;
  };
  return {
    host,
    get: (path, query, question) => ask(superagent.get(base + path).query(query), question),
    post: (path, key, body, question) =>
      ask(
        superagent
          .post(base + path)
          .set('Idempotence-Key', key)
          .type('json')
          .send(body),
        question,
      ),
  };
}
