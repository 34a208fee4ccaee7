import type { Telegram } from 'telegraf';

/** A file to upload. */
export type Upload = { source: Buffer; filename: string };
type Value = string | number | boolean | object | undefined;

/**
 * Calls any method of the Bot API by its own name, also those newer than telegraf 4.16 (Bot API 7.1). With an upload among the
 * parameters every object is sent as a JSON string, as multipart wants it: telegraf would drop some of them silently. A file that
 * an object speaks of, as `media` does, is a parameter of its own, called there `attach://` and its name. Rejects with telegraf's
 * TelegramError for an answer of Telegram, with anything else when there was none in time: `until` is the milliseconds it may
 * take, or a signal.
 */
export async function callApi<Result>(
  telegram: Telegram,
  method: string,
  params: Record<string, Value>,
  until: number | AbortSignal = 30_000,
): Promise<Result> {
  const uploads = Object.values(params).some(isUpload);
  const payload = uploads ? Object.fromEntries(Object.entries(params).map(([name, value]) => [name, asField(value)])) : params;
  return telegram.callApi(method as never, payload as never, {
    signal: (typeof until === 'number' ? AbortSignal.timeout(until) : until) as never,
  }) as Promise<Result>;
}

const isUpload = (value: Value): value is Upload => typeof value === 'object' && 'source' in value;
const asField = (value: Value): Value => (typeof value === 'object' && !isUpload(value) ? JSON.stringify(value) : value);
