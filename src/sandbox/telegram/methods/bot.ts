import { badRequest } from '../errors.ts';
import { type BotCommand, commandKey } from '../network.ts';
import { flagOf, integerOf, isObject, type Params, textOf } from '../params.ts';
import type { Method } from './method.ts';

const COMMANDS_MAX = 100;
const CALLBACK_TEXT_LENGTH_MAX = 200;

export const getMe: Method = ({ bot }) => ({
  ...bot,
  can_join_groups: false,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
});

export const answerCallbackQuery: Method = (network, { params }) => {
  const text = textOf(params, 'text');
  const url = textOf(params, 'url');
  if (text !== undefined && [...text].length > CALLBACK_TEXT_LENGTH_MAX) throw badRequest('MESSAGE_TOO_LONG');
  network.callbacks.answer(textOf(params, 'callback_query_id'), {
    ...(text ? { text } : {}),
    ...(url ? { url } : {}),
    showAlert: flagOf(params, 'show_alert'),
  });
  return true;
};

export const getFile: Method = (network, { params }) => {
  const file = network.files.downloadable(textOf(params, 'file_id'));
  return { file_id: file.fileId, file_unique_id: file.uniqueId, file_size: file.size, file_path: file.path };
};

const commandScope = (params: Params): string => {
  const scope = isObject(params['scope']) ? params['scope'] : { type: 'default' };
  return commandKey(scope['type'], scope['chat_id'], scope['user_id'], textOf(params, 'language_code') ?? '');
};

const checkedCommand = (value: unknown): BotCommand => {
  const command = isObject(value) ? String(value['command']).replace(/^\//, '') : '';
  const description = isObject(value) ? String(value['description'] ?? '') : '';
  if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID');
  if (description === '' || description.length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID');
  return { command, description };
};

export const setMyCommands: Method = (network, { params }) => {
  const { commands } = params;
  if (!Array.isArray(commands)) throw badRequest("can't parse commands JSON object");
  if (commands.length > COMMANDS_MAX) throw badRequest('BOT_COMMANDS_TOO_MUCH');
  network.commands.set(commandScope(params), commands.map(checkedCommand));
  return true;
};

export const getMyCommands: Method = (network, { params }) => network.commands.get(commandScope(params)) ?? [];

export const deleteMyCommands: Method = (network, { params }) => {
  network.commands.delete(commandScope(params));
  return true;
};

export const setChatMenuButton: Method = (network, { params }) => {
  const button = params['menu_button'] ?? { type: 'default' };
  if (!isObject(button) || typeof button['type'] !== 'string') throw badRequest("can't parse menu button JSON object");
  if (params['chat_id'] !== undefined) network.reachableChat(params);
  network.menuButtons.set(integerOf(params, 'chat_id'), button);
  return true;
};

export const getChatMenuButton: Method = (network, { params }) =>
  network.menuButtons.get(integerOf(params, 'chat_id')) ?? network.menuButtons.get(undefined) ?? { type: 'default' };
