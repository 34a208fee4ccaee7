import http from 'node:http';
import https from 'node:https';

const timeoutMs = 30_000;

/** Posts JSON and tells the status of the answer, whose body nobody reads. `begun` gets the request, so that it can be cut. */
export const postJson = (url: string, json: string, begun: (request: http.ClientRequest) => void): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
    const { request } = url.startsWith('https:') ? https : http;
    // YooKassa accepts certificates that the shop has signed itself.
    const options = { method: 'POST', headers, agent: false, timeout: timeoutMs, rejectUnauthorized: false } as const;
    const sent = request(url, options, response => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.once('timeout', () => sent.destroy(new Error('not answered in time')));
    begun(sent);
    sent.end(json);
  });
