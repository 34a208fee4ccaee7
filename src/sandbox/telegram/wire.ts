/** The shapes of the Bot API that this stand-in speaks, with Telegram's own names. https://core.telegram.org/bots/api */

export type User = { id: number; is_bot: boolean; first_name: string; username?: string; language_code?: string };

export type Chat = { id: number; type: 'private'; first_name: string; username?: string };

export type Entity = { type: string; offset: number; length: number; url?: string; language?: string; custom_emoji_id?: string };

export type FileRef = { file_id: string; file_unique_id: string; file_size: number };

export type PhotoSize = FileRef & { width: number; height: number };

export type DocumentRef = FileRef & { file_name?: string; mime_type?: string };

export type InlineButton = { text: string; callback_data?: string; url?: string; pay?: boolean } & Record<string, unknown>;

export type InlineMarkup = { inline_keyboard: InlineButton[][] };

export type Invoice = { title: string; description: string; start_parameter: string; currency: string; total_amount: number };

export type Payment = {
  currency: string;
  total_amount: number;
  invoice_payload: string;
  telegram_payment_charge_id: string;
  provider_payment_charge_id: string;
};

export type TransactionPartner = { type: 'user'; user: User; transaction_type: 'invoice_payment'; invoice_payload: string };

/** Of an incoming payment the id is its `telegram_payment_charge_id`; its refund bears the same. */
export type StarTransaction = { id: string; amount: number; date: number } & (
  | { source: TransactionPartner }
  | { receiver: TransactionPartner }
);

/** What a message carries, whoever wrote it. */
export type Content = {
  text?: string;
  entities?: Entity[];
  caption?: string;
  caption_entities?: Entity[];
  photo?: PhotoSize[];
  document?: DocumentRef;
  sticker?: FileRef & Record<string, unknown>;
  video?: FileRef & Record<string, unknown>;
  voice?: FileRef & Record<string, unknown>;
  animation?: FileRef & Record<string, unknown>;
  location?: { latitude: number; longitude: number };
  contact?: { phone_number: string; first_name: string; user_id?: number };
  invoice?: Invoice;
  successful_payment?: Payment;
  refunded_payment?: Payment;
  media_group_id?: string;
};

export type Message = Content & {
  message_id: number;
  from: User;
  chat: Chat;
  date: number;
  edit_date?: number;
  reply_to_message?: Message;
  reply_markup?: InlineMarkup;
};

export type Update = { update_id: number } & Record<string, unknown>;
