import { badRequest, conflict, WEBHOOK_ACTIVE, WEBHOOK_SET } from '../errors.ts';
import type { TelegramNetwork } from '../network.ts';
import { flagOf, integerOf, listOf, type Params, textOf } from '../params.ts';
import { Webhook, type WebhookTarget } from '../webhook.ts';
import type { Method } from './method.ts';

const HTTPS_PORTS = new Set(['', '443', '80', '88', '8443']);
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const SECRET_LENGTH_MAX = 256;
const CONNECTIONS_DEFAULT = 40;

const within = (value: number | undefined, least: number, most: number, otherwise: number): number =>
  value === undefined ? otherwise : Math.min(most, Math.max(least, value));

export const getUpdates: Method = (network, { params, onGone }) => {
  if (network.webhook) throw conflict(WEBHOOK_ACTIVE);
  network.updates.allow(listOf(params, 'allowed_updates'));
  return network.poll.next({
    offset: integerOf(params, 'offset') ?? 0,
    limit: within(integerOf(params, 'limit'), 1, 100, 100),
    timeoutSeconds: integerOf(params, 'timeout') ?? 0,
    onGone,
  });
};

export const setWebhook: Method = (network, { params }) => {
  const url = textOf(params, 'url') ?? '';
  if (url === '') return deleteWebhook(network, { params, uploads: [], onGone: () => {} });
  checkUrl(url);
  const target: WebhookTarget = {
    url,
    secretToken: checkedSecret(textOf(params, 'secret_token')),
    maxConnections: within(integerOf(params, 'max_connections'), 1, 100, CONNECTIONS_DEFAULT),
  };
  network.updates.allow(listOf(params, 'allowed_updates'));
  dropPending(network, params);
  network.poll.terminate(WEBHOOK_SET);
  network.webhook?.stop();
  const { updates: queue, faults, resendDelayMs, onWebhookReply: onReply } = network;
  network.webhook = new Webhook({ target, queue, faults, resendDelayMs, onReply });
  return true;
};

export const deleteWebhook: Method = (network, { params }) => {
  network.webhook?.stop();
  network.webhook = undefined;
  dropPending(network, params);
  return true;
};

export const getWebhookInfo: Method = ({ webhook, updates }) => ({
  url: webhook?.target.url ?? '',
  has_custom_certificate: false,
  pending_update_count: updates.size,
  ...(webhook ? { max_connections: webhook.target.maxConnections } : {}),
  ...(updates.allowed.length > 0 ? { allowed_updates: updates.allowed } : {}),
  ...(webhook?.lastFailure ? { last_error_date: webhook.lastFailure.at, last_error_message: webhook.lastFailure.message } : {}),
});

const dropPending = (network: TelegramNetwork, params: Params): void => {
  if (flagOf(params, 'drop_pending_updates')) network.updates.clear();
};

/** Telegram asks for https; plain http is let through to this machine only. */
const checkUrl = (url: string): void => {
  if (!URL.canParse(url)) throw badRequest('bad webhook: invalid webhook URL specified');
  const { protocol, hostname, port } = new URL(url);
  if (protocol === 'http:' && LOOPBACK.test(hostname)) return;
  if (protocol !== 'https:') throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
  if (!LOOPBACK.test(hostname) && !HTTPS_PORTS.has(port)) {
    throw badRequest('bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443');
  }
};

const checkedSecret = (secret: string | undefined): string | undefined => {
  if (secret === undefined || secret === '') return undefined;
  if (secret.length > SECRET_LENGTH_MAX) throw badRequest('secret token is too long');
  if (!/^[\w-]+$/.test(secret)) throw badRequest('secret token contains unallowed characters');
  return secret;
};
