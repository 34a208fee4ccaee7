import type { Context } from 'koa';
import type { z } from 'zod';
import { Refusal } from './refusal.ts';

const bodyBytesMax = 64 << 10;

/** The JSON body, validated. Refuses what is too long (413) and what is not as it should be (400). */
export async function readBody<T extends z.ZodType>({ req }: Context, schema: T): Promise<z.infer<T>> {
  const parsed = schema.safeParse(parsedJson(await readText(req)));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const complaint = [path.join('.'), message].filter(Boolean).join(': ');
  throw new Refusal(400, complaint, complaint);
}

/** Read to its end, so that the answer reaches whoever is still sending. */
async function readText(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  if (bytes > bodyBytesMax) throw new Refusal(413, 'Слишком длинный запрос.', 'The request is too long.');
  return Buffer.concat(chunks).toString('utf8');
}

function parsedJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new Refusal(400, 'Это не JSON.', 'This is no JSON.');
  }
}
