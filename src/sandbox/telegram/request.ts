import type { IncomingMessage } from 'node:http';
import busboy from 'busboy';
import { badRequest } from './errors.ts';
import { isObject, type Params, typedParams, type Upload } from './params.ts';

export type CallInput = { readonly params: Params; readonly uploads: readonly Upload[] };

const NO_UPLOADS: readonly Upload[] = [];

/** Reads the parameters of a call from the query and the body. Refuses a body that is not what it claims to be (400). */
export const readCall = async (request: IncomingMessage, query: string): Promise<CallInput> => {
  const fromQuery = query === '' ? [] : [...new URLSearchParams(query)];
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return readMultipart(request, fromQuery);
  const body = await readBody(request);
  if (body === '') return { params: typedParams(fromQuery), uploads: NO_UPLOADS };
  const fields = type.startsWith('application/json') ? jsonFields(body) : [...new URLSearchParams(body)];
  return { params: typedParams([...fromQuery, ...fields]), uploads: NO_UPLOADS };
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const jsonFields = (body: string): [string, unknown][] => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw badRequest("can't parse JSON object");
  }
  if (!isObject(parsed)) throw badRequest('object expected as a request');
  return Object.entries(parsed);
};

const readMultipart = (request: IncomingMessage, fields: [string, unknown][]): Promise<CallInput> =>
  new Promise((resolve, reject) => {
    const uploads: Upload[] = [];
    const parser = busboy({ headers: request.headers, defParamCharset: 'utf8', limits: { fieldSize: 16 << 20 } });
    parser.on('field', (name, value) => fields.push([name, value]));
    parser.on('file', (field, stream, info) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () =>
        uploads.push({ field, fileName: info.filename ?? '', mimeType: info.mimeType, bytes: Buffer.concat(chunks) }),
      );
    });
    parser.on('close', () => resolve({ params: typedParams(fields), uploads }));
    parser.on('error', () => reject(badRequest("can't parse multipart body")));
    request.on('aborted', () => reject(badRequest('request was aborted')));
    request.pipe(parser);
  });
