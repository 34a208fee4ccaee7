import type { Waits } from '../waits.ts';
import type { TelegramNetwork } from './network.ts';
import { Person, type PersonProfile } from './person.ts';
import type { User } from './wire.ts';

/** Everybody who has a chat with the bot. */
export class People {
  readonly #network: TelegramNetwork;
  readonly #waits: Waits;
  readonly #known = new Map<number, Person>();

  constructor(network: TelegramNetwork, waits: Waits) {
    this.#network = network;
    this.#waits = waits;
  }

  get all(): readonly Person[] {
    return [...this.#known.values()];
  }

  person(id: number, profile?: PersonProfile): Person {
    const known = this.#known.get(id);
    if (known) {
      if (profile) this.#rename(id, profile);
      return known;
    }
    const made = new Person(this.#network, this.#waits, this.#network.chatOf(userOf(id, profile ?? {})));
    this.#known.set(id, made);
    return made;
  }

  #rename(id: number, profile: PersonProfile): void {
    const chat = this.#network.chats.get(id);
    if (!chat) return;
    const { first_name, username, language_code } = chat.user;
    chat.user = userOf(id, {
      firstName: first_name,
      ...(username === undefined ? {} : { username }),
      ...(language_code === undefined ? {} : { languageCode: language_code }),
      ...profile,
    });
  }
}

/** People speak Russian unless a test says otherwise, as the studio's people do; '' leaves the language out. */
const userOf = (id: number, { firstName, username, languageCode = 'ru' }: PersonProfile): User => ({
  id,
  is_bot: false,
  first_name: firstName ?? `Person ${id}`,
  ...(username === undefined ? {} : { username }),
  ...(languageCode === '' ? {} : { language_code: languageCode }),
});
