import type { Person, TelegramStandIn } from '../telegram/server.ts';
import type { Audience } from './audience.ts';
import { pageMessage } from './message.ts';
import { Refusal } from './refusal.ts';
import type { Message, PersonCard } from './wire.ts';

const peopleMax = 20;

/** Who is there at the start, with ids as Telegram gives them out. */
export const admin = { id: 501_000_003, firstName: 'Ольга', languageCode: 'ru' };
const firstPeople = [
  { id: 501_000_001, firstName: 'Анна', languageCode: 'ru' },
  { id: 501_000_002, firstName: 'Борис', languageCode: 'ru' },
  admin,
  { id: 501_000_004, firstName: 'Kate', languageCode: 'en' },
];

/** The chats of the stand-in as the page shows them; what changes in them is told to the audience at once. */
export class Chats {
  readonly #telegram: TelegramStandIn;
  readonly #audience: Audience;
  /** By person: up to which of their messages the bot has taken them. */
  readonly #taken = new Map<number, number>();
  readonly #toldCards = new Map<number, string>();
  readonly #stops: readonly (() => void)[];

  constructor(telegram: TelegramStandIn, audience: Audience) {
    this.#telegram = telegram;
    this.#audience = audience;
    for (const { id, ...profile } of firstPeople) this.#isNews(telegram.person(id, profile));
    this.#stops = this.#follow();
  }

  get cards(): PersonCard[] {
    return this.#telegram.people().map(cardOf);
  }

  get messages(): Record<number, Message[]> {
    const taken = (id: number) => this.#taken.get(id) ?? 0;
    return Object.fromEntries(
      this.#telegram
        .people()
        .map(person => [person.id, person.messages.map(one => pageMessage(one, taken(person.id), languageOf(person)))]),
    );
  }

  find(id: number): Person | undefined {
    return this.#telegram.people().find(person => person.id === id);
  }

  /** The database remembers people of earlier days, so that a newcomer's id is one that was never given out: the time. */
  add(profile: { firstName: string; languageCode: string }): PersonCard {
    const people = this.#telegram.people();
    if (people.length >= peopleMax)
      throw new Refusal(
        409,
        `Больше ${peopleMax} человек песочница не вмещает.`,
        `The sandbox has room for ${peopleMax} people.`,
      );
    const id = Math.max(Math.floor(Date.now() / 1000), ...people.map(one => one.id + 1));
    const person = this.#telegram.person(id, profile);
    this.tellCard(person);
    return cardOf(person);
  }

  /** Told only when it differs from what was told last. */
  tellCard(person: Person): void {
    if (this.#isNews(person)) this.#audience.tell('person', cardOf(person));
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #isNews(person: Person): boolean {
    const card = JSON.stringify(cardOf(person));
    const isNews = this.#toldCards.get(person.id) !== card;
    this.#toldCards.set(person.id, card);
    return isNews;
  }

  #follow(): (() => void)[] {
    const { on } = this.#telegram;
    return [
      on('message', ({ chatId, message }) => this.#show(chatId, message)),
      on('edit', ({ chatId, message }) => this.#show(chatId, message)),
      on('delete', ({ chatId, messageId }) => this.#audience.tell('deleted', { personId: chatId, messageId })),
      on('action', ({ chatId, action }) => this.#audience.tell('action', { personId: chatId, action })),
      on('call', ({ method }) => method === 'setMyCommands' && this.#tellCards()),
      on('confirmed', update => this.#take(update['message'])),
    ];
  }

  #tellCards(): void {
    for (const person of this.#telegram.people()) this.tellCard(person);
  }

  #show(personId: number, message: Person['messages'][number]): void {
    const person = this.find(personId);
    if (!person) return;
    const shown = pageMessage(message, this.#taken.get(personId) ?? 0, languageOf(person));
    this.#audience.tell('message', { personId, message: shown });
    this.tellCard(person);
  }

  /** Of updates without a message nothing is shown. */
  #take(message: unknown): void {
    const { chat, message_id: messageId } = (message ?? {}) as { chat?: { id: number }; message_id?: number };
    if (!chat || messageId === undefined || messageId <= (this.#taken.get(chat.id) ?? 0)) return;
    this.#taken.set(chat.id, messageId);
    this.#audience.tell('taken', { personId: chat.id, messageId });
  }
}

const languageOf = ({ profile }: Person): string => profile.languageCode ?? '';

const cardOf = (person: Person): PersonCard => ({
  id: person.id,
  firstName: person.profile.firstName ?? '',
  languageCode: languageOf(person),
  isAdmin: person.id === admin.id,
  blocked: person.isBlocked,
  keyboard: person.keyboard ?? null,
  commands: [...person.commands],
});
