import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import superagent from 'superagent';
import type { z } from 'zod';
import { brokenOff, comfyError } from './errors.ts';

/** A complete answer, whatever its status. `what` names host, method and route, for error details. */
export type Answer = { readonly what: string; readonly status: number; readonly contentType: string; readonly body: Buffer };

export type File = { name: string; subfolder: string; bytes: Buffer };

/**
 * HTTP to one server. Every function resolves for any status and rejects with a ProviderError when there was no complete answer.
 */
export type Requests = {
  get(path: string, query?: Record<string, string>, timeoutMs?: number): Promise<Answer>;
  /** `signal` breaks it off; then it may have arrived all the same. */
  post(path: string, json: object, signal?: AbortSignal): Promise<Answer>;
  postFile(path: string, file: File): Promise<Answer>;
};

/** More than any picture or history entry; a server that sends without end must not fill our memory. */
const maxAnswerBytes = 128 * 1024 * 1024;
/** aiohttp drops an idle connection after 75 s: let go of it first, or a request could go into a closing connection. */
const idleMs = 30_000;

/** Requests over kept-alive connections. `server`: base URL, may have a path. Throws TypeError when it is not a URL. */
export const createRequests = (server: string, requestTimeoutMs: number): Requests => {
  const { host, protocol } = new URL(server);
  const base = server.replace(/\/+$/, '');
  const agent = new (protocol === 'https:' ? SecureAgent : Agent)({ keepAlive: true, timeout: idleMs });

  const send = async (
    what: string,
    request: superagent.Request,
    { timeoutMs = requestTimeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<Answer> => {
    const breakOff = (): void => void request.abort(); // a request is a promise too, and its failure would be told twice
    signal?.addEventListener('abort', breakOff, { once: true });
    request.agent(agent).redirects(0).timeout({ deadline: timeoutMs }).maxResponseSize(maxAnswerBytes);
    try {
      const response = await request.ok(() => true).responseType('blob'); // every status is an answer; the body is bytes
      const body = Buffer.isBuffer(response.body) ? response.body : Buffer.alloc(0);
      return { what, status: response.status, contentType: response.get('content-type') ?? '', body };
    } catch (error) {
      throw brokenOff(what, error);
    } finally {
      signal?.removeEventListener('abort', breakOff);
    }
  };

  return {
    get: (path, query = {}, timeoutMs = requestTimeoutMs) =>
      send(`${host} GET ${path}`, superagent.get(base + path).query(query), { timeoutMs }),
    post: (path, json, signal) => send(`${host} POST ${path}`, superagent.post(base + path).send(json), { signal }),
    postFile: (path, { name, subfolder, bytes }) => {
      const form = superagent.post(base + path).attach('image', bytes, { filename: name });
      return send(`${host} POST ${path}`, subfolder ? form.field('subfolder', subfolder) : form);
    },
  };
};

/**
 * The answer, if ComfyUI gave it with status 200; anything else is `unavailable`: 5xx, HTML, redirects, logins of something in
 * front.
 */
export const accepted = (answer: Answer): Answer => {
  if (answer.status !== 200) throw comfyError('unavailable', `${answer.what} answered ${answer.status}`);
  return genuine(answer);
};

/** ComfyUI answers no API route with HTML; a proxy, a tunnel or a login page does, with any status. */
export const genuine = (answer: Answer): Answer => {
  if (!answer.contentType.startsWith('text/html')) return answer;
  throw comfyError('unavailable', `${answer.what} answered ${answer.status} with HTML`);
};

/** The JSON of an answer in the expected shape; otherwise `unavailable`, for then it is not the ComfyUI we know. */
export const shaped = <T>(schema: z.ZodType<T>, answer: Answer): T => {
  const result = schema.safeParse(parseJson(answer));
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.join('.') || 'body';
  throw comfyError('unavailable', `${answer.what} answered in an unknown shape (${path})`);
};

const parseJson = ({ what, body }: Answer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw comfyError('unavailable', `${what} answered something that is not JSON`);
  }
};
