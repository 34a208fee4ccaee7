import type { Telegram } from 'telegraf';
import type { Delivery, JobProgress } from '../../actors/protocol.ts';
import type { PersonView, Queries } from '../../db/queries.ts';
import { isOpen, reservationOf } from '../domain/job.ts';
import type { OutboxRow } from '../domain/notice.ts';
import type { Payment } from '../domain/payment.ts';
import { chargeOfWords, creditId } from '../domain/payment-saga.ts';
import { callApi } from './call-api.ts';
import { cannotBeEdited, deliveryOf, isPhotoRefused, isUnmodified } from './delivery.ts';
import { type Past, pastOf } from './past.ts';
import { render, type Shown, type Surroundings, statusOf } from './render.ts';
import type { StatusMessages } from './status-message.ts';
import { texts } from './words/texts.ts';

export type DeliverDeps = Omit<
  Surroundings,
  'person' | 'job' | 'payment' | 'repaid' | 'subject' | 'catalogue' | 'freedom' | keyof Past
> & {
  freedomOf(userId: number): Surroundings['freedom'];
  telegram: Telegram;
  statusMessages: StatusMessages;
  queries: Queries;
  catalogue: () => Surroundings['catalogue'];
  /** The result of a job for the chat, JPEG; undefined when it is no longer kept. */
  readResult(jobId: string): Promise<Buffer | undefined>;
};

type Message = { message_id: number };
const uploadTimeoutMs = 120_000;

/**
 * Turns outbox rows into messages in Telegram. Words are found now: the balance and the job as they are, in the person's
 * language.
 */
export const createDeliver = (deps: DeliverDeps) => ({
  async deliver(row: OutboxRow): Promise<Delivery> {
    try {
      return await send(deps, row);
    } catch (error) {
      return deliveryOf(error);
    }
  },

  async show(progress: JobProgress, edits: string, messageId: number | undefined): Promise<Delivery> {
    try {
      return await showProgress(deps, progress, messageId ?? (await deps.queries.sentMessageId(edits)));
    } catch (error) {
      return deliveryOf(error);
    }
  },
});

async function send(deps: DeliverDeps, row: OutboxRow): Promise<Delivery> {
  const { notice, chatId } = row;
  const person = await deps.queries.person(chatId);
  if (!person) return { kind: 'stale' };
  const job = 'jobId' in notice ? await deps.queries.job(notice.jobId) : undefined;
  const payment = 'paymentId' in notice ? await deps.queries.payment(notice.paymentId) : undefined;
  const repaid = await repaidBy(deps, row, payment);
  const subject = 'subjectId' in notice ? await subjectOf(deps, notice.subjectId) : undefined;
  const priceFor = person.unlimited ? () => 0 : deps.priceFor;
  const freedom = person.unlimited ? 'unlimited' : deps.freedomOf(chatId);
  const past = await pastOf(deps.queries, row);
  const found = { ...past, freedom, person, job, payment, repaid, subject, priceFor };
  const shown = render(notice, { ...deps, ...found, catalogue: deps.catalogue() });
  if (!shown) return { kind: 'stale' };
  if (notice.type === 'invoice') return payment ? sendInvoice(deps, person, payment) : { kind: 'stale' };
  if (notice.type === 'jobResult') return sendResult(deps, person, notice.jobId, shown);
  if (row.edits === null) return sendText(deps, chatId, shown);
  const messageId = await editedMessage(deps, row.edits);
  const isWorthSending = row.rank !== 'edit';
  if (messageId === undefined) return isWorthSending ? sendText(deps, chatId, shown) : { kind: 'stale' };
  if (isWorthSending) return editOrSend(deps, chatId, messageId, shown);
  await deps.statusMessages.say({ chatId, messageId }, shown);
  return { kind: 'sent', messageId };
}

async function sendText({ telegram }: DeliverDeps, chatId: number, { text, keyboard }: Shown): Promise<Delivery> {
  const message = await callApi<Message>(telegram, 'sendMessage', {
    ...{ chat_id: chatId, text, parse_mode: 'HTML', link_preview_options: { is_disabled: true } },
    ...(keyboard && { reply_markup: keyboard }),
  });
  return { kind: 'sent', messageId: message.message_id };
}

/**
 * A bill that is paid where it stands. It belongs to one person: a copy that is sent on leads to the bot instead of being
 * payable. https://core.telegram.org/bots/api#sendinvoice
 */
async function sendInvoice({ telegram }: DeliverDeps, { user }: PersonView, payment: Payment): Promise<Delivery> {
  const { stars } = texts[user.language];
  const { id: payload, amountMinor: amount, currency } = payment;
  const message = await callApi<Message>(telegram, 'sendInvoice', {
    ...{ chat_id: user.id, title: stars.title, description: stars.description(payment), payload, currency, provider_token: '' },
    ...{ prices: [{ label: stars.label(payment), amount }], start_parameter: 'topup' },
  });
  return { kind: 'sent', messageId: message.message_id };
}

async function sendResult(
  deps: DeliverDeps,
  { user }: PersonView,
  jobId: string,
  { text: caption, keyboard }: Shown,
): Promise<Delivery> {
  const chatId = user.id;
  const photo = await deps.readResult(jobId);
  if (!photo) return sendText(deps, chatId, { text: texts[user.language].resultGone, keyboard });
  const file = { source: photo, filename: 'edit.jpg' };
  const words = { chat_id: chatId, caption, parse_mode: 'HTML' };
  const upload = async (method: 'sendPhoto' | 'sendDocument', field: 'photo' | 'document'): Promise<Delivery> => {
    const message = await callApi<Message>(deps.telegram, method, { ...words, [field]: file }, uploadTimeoutMs);
    return { kind: 'sent', messageId: message.message_id };
  };
  // A picture that Telegram will not show as a photo is still theirs: it comes as a file.
  return upload('sendPhoto', 'photo').catch(error => {
    if (isPhotoRefused(error)) return upload('sendDocument', 'document');
    throw error;
  });
}

/** An answer takes the place of the text that was pressed on. Under a picture it does not belong: there it is sent. */
async function editOrSend(deps: DeliverDeps, chatId: number, messageId: number, shown: Shown): Promise<Delivery> {
  const { text, keyboard } = shown;
  const inline = keyboard && 'inline_keyboard' in keyboard ? { reply_markup: keyboard } : {};
  try {
    await callApi(deps.telegram, 'editMessageText', {
      chat_id: chatId,
      message_id: messageId,
      text,
      parse_mode: 'HTML',
      ...inline,
    });
    return { kind: 'sent', messageId };
  } catch (error) {
    // Later edits find the message by its id.
    if (isUnmodified(error)) return { kind: 'sent', messageId };
    if (cannotBeEdited(error)) return sendText(deps, chatId, shown);
    throw error;
  }
}

/** Progress is shown while the job is open; once it has ended, its row has the last word. */
async function showProgress(deps: DeliverDeps, progress: JobProgress, messageId: number | undefined): Promise<Delivery> {
  const job = await deps.queries.job(progress.jobId);
  if (messageId === undefined || !job || !isOpen(job.state)) return { kind: 'stale' };
  const person = await deps.queries.person(job.userId);
  if (!person) return { kind: 'stale' };
  const place = { chatId: job.userId, messageId };
  await deps.statusMessages.showNews(place, statusOf(job, progress, person.user.language), progress.preview);
  return { kind: 'sent', messageId };
}

/**
 * What of a payment, or of a refund, was paid into the person's debt, where that is told. The words of a refund bear the id of
 * its movement.
 */
async function repaidBy({ queries }: DeliverDeps, { id, notice }: OutboxRow, payment: Payment | undefined): Promise<number> {
  if (notice.type === 'refunded') return queries.repaidOf(id);
  if (notice.type === 'jobEnded') return notice.refunded > 0 ? queries.repaidOf(reservationOf(notice.jobId)) : 0;
  if (notice.type !== 'paymentSucceeded' || !payment) return 0;
  return queries.repaidOf(creditId(payment.gateway, chargeOfWords(id)));
}

/** The person that an admin is told of. */
async function subjectOf({ queries }: DeliverDeps, id: number): Promise<Surroundings['subject']> {
  const view = await queries.person(id);
  return view && { ...view, facts: await queries.personFacts(id) };
}

const editedMessage = async ({ queries }: DeliverDeps, edits: number | string): Promise<number | undefined> =>
  typeof edits === 'number' ? edits : queries.sentMessageId(edits);
