/**
 * What the page and its server say to each other. Types only: this file is compiled for the browser too. Times are Unix seconds.
 */

export type PersonCard = {
  id: number;
  firstName: string;
  languageCode: string;
  isAdmin: boolean;
  blocked: boolean;
  /** The reply keyboard under the input field; null when there is none. */
  keyboard: string[][] | null;
  /** What the bot has registered for them, in its order. */
  commands: { command: string; description: string }[];
};

export type Button = { text: string; does: 'callback' | 'link' | 'pay'; url: string | null };

export type Attachment = {
  kind: 'photo' | 'document';
  /** An address of the page's server. */
  url: string;
  fileName: string | null;
  bytes: number;
  /** Of a photo, in pixels; 0 for a document. */
  width: number;
  height: number;
};

export type Message = {
  id: number;
  from: 'bot' | 'person';
  date: number;
  isEdited: boolean;
  /** Safe HTML: made by the stand-in from Telegram's entities alone. Line breaks are `\n`. */
  html: string;
  attachment: Attachment | null;
  /** Pictures with the same album stand in one bubble. */
  albumId: string | null;
  replyTo: number | null;
  buttons: Button[][];
  /** Price in `currency` units (XTR: stars). */
  invoice: { title: string; description: string; currency: string; amount: number } | null;
  /** A line that Telegram itself writes: a payment, a refund. */
  service: string | null;
  /** Of a person's message: taken by the bot (two ticks) or still waiting (one). Of the bot's: always true. */
  isTaken: boolean;
};

/** One thing of the control panel. `id` is what `POST controls/<id>` is called with. */
export type Control =
  /** Pressed: happens once. */
  | { kind: 'press'; id: string; group: ControlGroup; label: Words; hint: Words }
  /** Stays until it is switched back. */
  | { kind: 'switch'; id: string; group: ControlGroup; label: Words; hint: Words; isOn: boolean }
  | {
      kind: 'slide';
      id: string;
      group: ControlGroup;
      label: Words;
      hint: Words;
      value: number;
      min: number;
      max: number;
      step: number;
      unit: Words;
    };
export type ControlGroup = 'comfyui' | 'telegram' | 'yookassa' | 'bot';
export type Words = { ru: string; en: string };

export type BotState = 'starting' | 'running' | 'stopping' | 'stopped';

/** What the bot wrote into its log, for whoever watches it keep its promises. */
export type LogLine = { at: number; level: 'info' | 'warn' | 'error'; text: string };

/** All of it, sent first on every connection. */
export type Snapshot = {
  botName: string;
  bot: BotState;
  people: PersonCard[];
  /** By person. */
  messages: Record<number, Message[]>;
  controls: Control[];
  log: LogLine[];
  /** Which parts are played by stand-ins. */
  standIns: { comfyui: boolean; yookassa: boolean };
};

/** Server-sent events of `GET events`, by their name. */
export type Events = {
  snapshot: Snapshot;
  /** New or edited: the same id takes the place of the old one. */
  message: { personId: number; message: Message };
  deleted: { personId: number; messageId: number };
  person: PersonCard;
  /** Typing, uploading a photo …: shown for five seconds, or until the next message. */
  action: { personId: number; action: string };
  /** The bot has taken all messages of the person up to this one. */
  taken: { personId: number; messageId: number };
  bot: BotState;
  controls: Control[];
  log: LogLine;
};

/**
 * What the page asks for, below `/sandbox/`. All are POST with JSON, but for photos, which is multipart: any number of files
 * `photo`, a field `caption`, and a field `as` that is `photo` or `file`. An error is `{error: {message}}` with 4xx.
 *
 * - `people` {firstName, languageCode} → PersonCard
 * - `people/<id>/text` {text, replyTo?} → {}
 * - `people/<id>/photos` multipart (several photos are an album) → {}
 * - `people/<id>/press` {messageId, row, column} → Toast: what the bot answers to the pressed button; 504 when it does not
 * - `people/<id>/pay` {messageId} → {ok: true} or {ok: false, error}: an invoice in the chat
 * - `people/<id>/block` {blocked} → {}
 * - `controls/<id>` {value?: number | boolean} → {}
 */
export type Toast = { text: string | null; isAlert: boolean; url: string | null };
export type PayAnswer = { ok: true } | { ok: false; error: string };
