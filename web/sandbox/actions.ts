import type { PayAnswer, PersonCard, Toast } from '../../src/sandbox/page/wire.ts';
import { language, t } from './words.ts';

/** A request that the server refused; `message` is fit to be shown. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const post = async <T>(path: string, body: object | FormData): Promise<T> => {
  const isForm = body instanceof FormData;
  const response = await fetch(`/sandbox/${path}`, {
    method: 'POST',
    body: isForm ? body : JSON.stringify(body),
    headers: { 'Accept-Language': language, ...(isForm ? {} : { 'Content-Type': 'application/json' }) },
  }).catch(() => {
    throw new Refused(0, t.notSent);
  });
  if (!response.ok) throw new Refused(response.status, await reason(response));
  return (await response.json()) as T;
};

const reason = async (response: Response): Promise<string> => {
  const body = await response.json().catch(() => null);
  return typeof body?.error?.message === 'string' ? body.error.message : t.notSent;
};

const of = (personId: number) => `people/${personId}`;

export const addPerson = (firstName: string, languageCode: string): Promise<PersonCard> =>
  post('people', { firstName, languageCode });

export const sendText = (personId: number, text: string, replyTo: number | null): Promise<unknown> =>
  post(`${of(personId)}/text`, { text, ...(replyTo === null ? {} : { replyTo }) });

export const sendPhotos = (
  personId: number,
  photos: readonly File[],
  caption: string,
  as: 'photo' | 'file',
): Promise<unknown> => {
  const form = new FormData();
  form.append('caption', caption);
  form.append('as', as);
  for (const photo of photos) form.append('photo', photo, photo.name);
  return post(`${of(personId)}/photos`, form);
};

/** What the bot answers to a pressed button; null when it does not answer in time. */
export const press = (personId: number, messageId: number, row: number, column: number): Promise<Toast | null> =>
  post<Toast>(`${of(personId)}/press`, { messageId, row, column }).catch(error => {
    if (error instanceof Refused && error.status === 504) return null;
    throw error;
  });

export const pay = (personId: number, messageId: number): Promise<PayAnswer> => post(`${of(personId)}/pay`, { messageId });

export const block = (personId: number, blocked: boolean): Promise<unknown> => post(`${of(personId)}/block`, { blocked });

export const control = (id: string, value?: number | boolean): Promise<unknown> =>
  post(`controls/${encodeURIComponent(id)}`, value === undefined ? {} : { value });

/** The words of a failure for the one who caused it. */
export const wordsOf = (error: unknown): string => (error instanceof Refused ? error.message : t.notSent);
