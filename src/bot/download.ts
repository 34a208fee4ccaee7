import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import superagent from 'superagent';
import type { Telegram } from 'telegraf';
import type { BotOptions } from './bot.ts';
import { callApi } from './call-api.ts';

/** Telegram will not hand the file out, or it is larger than allowed. Trying again changes nothing. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
  readonly reason: 'file_unavailable' | 'too_heavy';

  constructor(reason: FileRefused['reason']) {
    super(reason);
    this.reason = reason;
  }
}

const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };
const downloadTimeoutMs = 60_000;

/**
 * Downloads a file of a person: at most `bytesMax`. A link is good for an hour, so the path is asked for each time. The error of
 * a failed download never holds the address: the token is part of it.
 */
export async function downloadFile(
  telegram: Telegram,
  { token, apiUrl }: BotOptions,
  fileId: string,
  bytesMax: number,
): Promise<Buffer> {
  const { file_path: path } = await getFile(telegram, fileId);
  if (!path) throw new FileRefused('file_unavailable');
  const url = new URL(`file/bot${token}/${path}`, apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`);
  try {
    const { body } = await superagent
      .get(url.href)
      .agent(agents[url.protocol as keyof typeof agents] as never)
      .timeout({ deadline: downloadTimeoutMs })
      .maxResponseSize(bytesMax + 1)
      .responseType('blob');
    return body as Buffer;
  } catch (error) {
    const { status, code } = error as { status?: number; code?: string };
    if (code === 'ETOOLARGE') throw new FileRefused('too_heavy');
    throw new Error(`the download failed: ${status ?? code ?? 'no answer'}`);
  }
}

async function getFile(telegram: Telegram, fileId: string): Promise<{ file_path?: string }> {
  try {
    return await callApi(telegram, 'getFile', { file_id: fileId });
  } catch (error) {
    const { response } = error as { response?: { error_code: number; description?: string } };
    if (response?.error_code === 400)
      throw new FileRefused(/too big/.test(response.description ?? '') ? 'too_heavy' : 'file_unavailable');
    throw error;
  }
}
