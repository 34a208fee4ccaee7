import { notFound } from '../errors.ts';
import type { TelegramNetwork } from '../network.ts';
import * as bot from './bot.ts';
import * as edit from './edit.ts';
import type { Method, MethodInput } from './method.ts';
import * as payments from './payments.ts';
import * as send from './send.ts';
import * as updates from './updates.ts';

/** The files of this folder export methods only, each under Telegram's own name. */
const ALL: Record<string, Method> = { ...bot, ...edit, ...payments, ...send, ...updates };

// Telegram does not look at the case of method names.
const METHODS = new Map(Object.entries(ALL).map(([name, method]) => [name.toLowerCase(), method]));

export const runMethod = async (network: TelegramNetwork, name: string, input: MethodInput): Promise<unknown> => {
  const method = METHODS.get(name.toLowerCase());
  if (!method) throw notFound();
  return method(network, input);
};
