import test from 'ava';
import fc from 'fast-check';
import { albumPauseMs, type Dialog, type DialogState, newPerson, type PersonState, photoBytesMax } from '../src/domain/dialog.ts';
import { type Effect, rowsOf } from '../src/domain/effect.ts';
import type { JobOrder } from '../src/domain/job.ts';
import type { Command, Input, MenuButton, PersonEvent } from '../src/domain/person-event.ts';
import type { Press } from '../src/domain/press.ts';
import { isMuted, transition } from '../src/domain/transition.ts';
import { anna, anyEvents, deepFreeze, draftOf, eventOf, noon, photo, runs } from './probe.ts';

/** One of each; a state that is added to the dialog and not here does not compile. */
const dialogs: { [At in DialogState]: Dialog & { at: At } } = {
  main_menu: { at: 'main_menu' },
  select_preset_category: { at: 'select_preset_category' },
  select_preset: { at: 'select_preset', category: 'Styles' },
  awaiting_image_for_preset: { at: 'awaiting_image_for_preset', presetId: 5 },
  awaiting_custom_prompt: { at: 'awaiting_custom_prompt' },
  awaiting_image_for_custom: { at: 'awaiting_image_for_custom', prompt: 'Сделай зиму' },
  awaiting_payment: { at: 'awaiting_payment' },
  awaiting_email: { at: 'awaiting_email', order: { rubles: 100, method: 'card' }, back: { at: 'main_menu' } },
  awaiting_promo: { at: 'awaiting_promo' },
  viewing_profile: { at: 'viewing_profile' },
};
const states = Object.keys(dialogs) as DialogState[];

/** Someone known for long, so that a step says only what the input asks for. */
const [known] = transition(newPerson, eventOf({ type: 'command', command: 'start', argument: '' }, { updateId: 0 }));
const personAt = (at: DialogState, more: Partial<PersonState> = {}): PersonState =>
  deepFreeze({ ...known, dialog: dialogs[at], ...more } as PersonState);

/** A step in short: where the dialog is then, and what is said, ordered and done. */
const step = (state: PersonState, input: Input, event: Partial<PersonEvent> = {}): [DialogState, string] => {
  const [next, effects] = transition(deepFreeze(state), deepFreeze(eventOf(input, event)));
  return [next.dialog.at, effects.map(inShort).join(' ')];
};
const inShort = (effect: Effect): string => {
  if (effect.type === 'say') return effect.edits === null ? effect.notice.type : `${effect.notice.type}@${effect.edits}`;
  return effect.type === 'toast' ? `(${effect.toast})` : effect.type;
};
const ordersOf = (effects: readonly Effect[]): JobOrder[] => effects.flatMap(one => (one.type === 'order' ? [one.job] : []));

/** `same`: the dialog stays where it was. */
type Expected = readonly [to: DialogState | 'same', effects: string];
const everywhere = (
  t: { deepEqual: (a: unknown, b: unknown, message?: string) => boolean },
  input: Input,
  [to, effects]: Expected,
  left: (at: DialogState) => DialogState = at => at,
) => {
  for (const at of states)
    t.deepEqual(step(personAt(at), input), [to === 'same' ? left(at) : to, effects], `${at}: ${JSON.stringify(input)}`);
};
/** Whoever presses a button of the menu is no longer about to write a code, or an e-mail. */
const leftByButton = (at: DialogState): DialogState => (at === 'awaiting_promo' || at === 'awaiting_email' ? 'main_menu' : at);

const commands: Record<Exclude<Command, 'profile'>, Expected> = {
  start: ['main_menu', 'greeting'],
  menu: ['main_menu', 'menu'],
  cancel: ['main_menu', 'cancelled'],
  help: ['same', 'help'],
  balance: ['same', 'balance'],
  history: ['same', 'history'],
  language: ['same', 'languages'],
  promo: ['awaiting_promo', 'askPromo'],
  paysupport: ['same', 'paysupport'],
  terms: ['same', 'terms'],
};
for (const [command, expected] of Object.entries(commands))
  test(`/${command} leads to the same place from everywhere`, t =>
    everywhere(t, { type: 'command', command: command as Command, argument: '' }, expected));

const buttons: Record<Exclude<MenuButton, 'profile'>, Expected> = {
  edit: ['select_preset_category', 'categories'],
  Styles: ['select_preset', 'presets'],
  Lighting: ['select_preset', 'presets'],
  Design: ['select_preset', 'presets'],
  ownPrompt: ['awaiting_custom_prompt', 'askPrompt'],
  balance: ['same', 'balance'],
  topUp: ['same', 'topUp'],
  help: ['same', 'help'],
};
for (const [button, expected] of Object.entries(buttons))
  test(`the button “${button}” of the menu works in every state`, t =>
    everywhere(t, { type: 'button', button: button as MenuButton }, expected, leftByButton));

const presses: Record<Press['to'] | 'forged', readonly [Press | null, Expected]> = {
  menu: [{ to: 'menu' }, ['main_menu', 'menu']],
  categories: [{ to: 'categories' }, ['select_preset_category', 'categories@9']],
  category: [{ to: 'category', category: 'Design', page: 1 }, ['select_preset', 'presets@9']],
  preset: [{ to: 'preset', presetId: 5 }, ['awaiting_image_for_preset', 'presetCard@9']],
  ownPrompt: [{ to: 'ownPrompt' }, ['awaiting_custom_prompt', 'askPrompt@9']],
  languages: [{ to: 'languages' }, ['same', 'languages@9']],
  language: [{ to: 'language', language: 'en' }, ['same', 'saveUser languageSet']],
  topUp: [{ to: 'topUp' }, ['same', 'topUp']],
  amounts: [{ to: 'amounts' }, ['same', 'topUp@9']],
  ownAmount: [{ to: 'ownAmount' }, ['same', 'topUp']],
  amount: [{ to: 'amount', rubles: 100 }, ['same', 'topUp']],
  pay: [{ to: 'pay', rubles: 100, method: 'card' }, ['same', 'topUp']],
  // Nothing is sold, and nothing was refused, in these events.
  offer: [{ to: 'offer', rubles: 100 }, ['same', 'topUp']],
  resume: [{ to: 'resume', jobId: '0' }, ['main_menu', '(stale) menu']],
  email: [{ to: 'email' }, ['awaiting_email', 'askEmail']],
  history: [{ to: 'history' }, ['same', 'history']],
  historyPage: [{ to: 'historyPage', page: 1, until: noon }, ['same', 'history@9']],
  jobCard: [{ to: 'jobCard', jobId: '0', page: 1, until: noon }, ['same', 'jobCard@9']],
  cancelJob: [{ to: 'cancelJob', jobId: '0' }, ['same', '(notYours)']],
  again: [{ to: 'again' }, ['main_menu', '(stale) menu']],
  forged: [null, ['main_menu', '(stale) menu']],
};
for (const [to, [press, expected]] of Object.entries(presses))
  test(`a press on “${to}” leads somewhere from every state`, t =>
    everywhere(t, { type: 'press', press, messageId: 9 }, expected));

test('a look at the profile does not lose what one was in the middle of', t => {
  const looks: [Input, (at: DialogState) => DialogState][] = [
    [{ type: 'button', button: 'profile' }, leftByButton],
    [{ type: 'command', command: 'profile', argument: '' }, at => at],
  ];
  for (const [look, left] of looks)
    for (const at of states)
      t.deepEqual(step(personAt(at), look), [left(at) === 'main_menu' ? 'viewing_profile' : at, 'profile'], at);
});

test('a photo of no use is replaced by the next one, for the same wish', t => {
  const draft = draftOf();
  const [ordered] = transition(personAt('awaiting_image_for_preset'), eventOf(photo(), { draft }));
  const refused: Input = { type: 'photoRefused', jobId: draft.jobId };
  t.deepEqual(step(ordered, refused), ['awaiting_image_for_preset', 'sleep']);
  const [wished] = transition(personAt('main_menu'), eventOf(photo({ caption: 'Сделай зиму' }), { draft }));
  const [waiting] = transition(wished, eventOf(refused));
  t.deepEqual(waiting.dialog, { at: 'awaiting_image_for_custom', prompt: 'Сделай зиму' });
});

test('a photo of no use changes nothing for who has gone on to something else', t => {
  const draft = draftOf();
  const [ordered] = transition(personAt('awaiting_image_for_preset'), eventOf(photo(), { draft }));
  const [elsewhere] = transition(ordered, eventOf({ type: 'button', button: 'Design' }));
  t.deepEqual(step(elsewhere, { type: 'photoRefused', jobId: draft.jobId }), ['select_preset', 'sleep']);
  t.deepEqual(step(ordered, { type: 'photoRefused', jobId: 'another' }), ['main_menu', 'sleep']);
});

test('an input that nothing could be made of is answered with regret, and leaves the person where they are', t =>
  everywhere(t, { type: 'failed', wakeupId: null }, ['same', 'failure']));

test('a preset that is no more leads back to the menu', t => {
  const draft = draftOf({ preset: null });
  for (const at of states) {
    const found = step(personAt(at), { type: 'press', press: { to: 'preset', presetId: 6 }, messageId: 9 }, { draft });
    t.deepEqual(found, ['main_menu', '(stale) menu'], at);
  }
});

test('a press on a message that can no longer be edited is answered with a new one', t => {
  const press: Input = { type: 'press', press: { to: 'categories' }, messageId: null };
  t.deepEqual(step(personAt('main_menu'), press), ['select_preset_category', 'categories']);
});

test('a cancel is answered with what became of it', t => {
  const press: Input = { type: 'press', press: { to: 'cancelJob', jobId: '0' }, messageId: 9 };
  // A button that outlived its job stands in a message that was never told of the end.
  const answers = { cancelled: '(cancelled)', final: '(alreadyDone) jobStatus@9', notYours: '(notYours)' } as const;
  for (const [cancellation, toast] of Object.entries(answers))
    t.deepEqual(step(personAt('main_menu'), press, { cancellation: cancellation as 'final' }), ['main_menu', toast]);
});

type Row = Record<'text' | 'longText' | 'photo' | 'captioned' | 'album', Expected>;
const asks: Row = {
  text: ['same', 'unexpected'],
  longText: ['same', 'unexpected'],
  photo: ['awaiting_custom_prompt', 'whatToDo'],
  captioned: ['main_menu', 'order'],
  album: ['awaiting_custom_prompt', 'sleep whatToDo'],
};
const orders: Partial<Row> = { photo: ['main_menu', 'order'], album: ['main_menu', 'sleep order'] };
const byState: Record<DialogState, Row> = {
  main_menu: asks,
  select_preset_category: asks,
  select_preset: asks,
  // Nothing is sold in these events: who wrote a sum is told so.
  awaiting_payment: { ...asks, text: ['main_menu', 'topUp'], longText: ['main_menu', 'topUp'] },
  awaiting_email: { ...asks, text: ['same', 'emailUnclear'], longText: ['same', 'emailUnclear'] },
  awaiting_promo: { ...asks, text: ['same', 'promoRefused'], longText: ['same', 'promoRefused'] },
  viewing_profile: asks,
  awaiting_image_for_preset: { ...asks, ...orders },
  awaiting_image_for_custom: { ...asks, ...orders },
  awaiting_custom_prompt: {
    ...asks,
    text: ['awaiting_image_for_custom', 'askPhotoForPrompt'],
    longText: ['same', 'promptLength'],
    photo: ['awaiting_custom_prompt', 'askPrompt'],
    album: ['awaiting_custom_prompt', 'sleep askPrompt'],
  },
};
const inputs: Record<keyof Row, Input> = {
  text: { type: 'text', text: ' Сделай зиму ' },
  longText: { type: 'text', text: 'x'.repeat(501) },
  photo: photo(),
  captioned: photo({ caption: 'Сделай зиму' }),
  album: { type: 'albumDue', group: 'g' },
};
for (const at of states)
  test(`in ${at} words and photos are taken for what is awaited`, t => {
    const albums = [{ group: 'g', items: [{ messageId: 1, file: { fileId: 'f' } }], caption: null }];
    for (const [name, input] of Object.entries(inputs)) {
      const [to, effects] = byState[at][name as keyof Row];
      t.deepEqual(step(personAt(at, { albums }), input), [to === 'same' ? at : to, effects], name);
    }
  });

test('what is no photo is answered in every state, and leaves it as it is', t => {
  everywhere(t, { type: 'unsupported' }, ['same', 'unexpected']);
  everywhere(t, { type: 'unsuitableFile', reason: 'animated' }, ['same', 'fileUnsuitable']);
  everywhere(t, { type: 'unsuitableFile', reason: 'not_a_picture' }, ['same', 'fileUnsuitable']);
  everywhere(t, photo({ file: { fileId: 'f', bytes: photoBytesMax + 1 } }), ['same', 'fileUnsuitable']);
});

test('what nobody said is not answered', t => {
  everywhere(t, { type: 'blocked' }, ['same', 'saveUser']);
  everywhere(t, { type: 'unblocked' }, ['same', 'saveUser']);
  everywhere(t, { type: 'albumDue', group: 'unknown' }, ['same', 'sleep']);
  everywhere(t, photo({ group: 'g' }), ['same', 'wake']);
});

test('the first /start welcomes with the initial points, later ones greet', t => {
  const start: Input = { type: 'command', command: 'start', argument: '' };
  const [next, effects] = transition(newPerson, eventOf(start));
  const welcome = effects.find(effect => effect.type === 'say');
  t.deepEqual(welcome?.notice, { type: 'welcome', points: 60 });
  t.deepEqual(effects.map(inShort), ['saveUser', 'welcome']);
  t.deepEqual(step(next, start, { updateId: 2 }), ['main_menu', 'greeting']);
});

test('an order is made of what was chosen, and of what was found out when it was made', t => {
  const file = { fileId: 'f', bytes: 100_000 };
  const draft = draftOf({ custom: { workflow: 'other', price: 40 } });
  const made = { id: draft.jobId, userId: 1001, seed: 7, files: [file], createdAt: noon, deadlineAt: draft.deadlineAt };
  const [, byPreset] = transition(personAt('awaiting_image_for_preset'), eventOf(photo({ file }), { draft }));
  const { prompt, workflow, price } = draft.preset!;
  t.deepEqual(ordersOf(byPreset), [{ ...made, presetId: 5, prompt, workflow, price }]);
  const [, byWish] = transition(personAt('main_menu'), eventOf(photo({ file, caption: ' Зима ' }), { draft }));
  t.deepEqual(ordersOf(byWish), [{ ...made, presetId: null, prompt: 'Зима', workflow: 'other', price: 40 }]);
});

test('a photo may come first and the wish after it, in words or as a style', t => {
  const [waiting] = transition(personAt('main_menu'), eventOf(photo()));
  t.deepEqual(step(waiting, { type: 'text', text: 'Зима' }), ['main_menu', 'order']);
  const [choosing] = transition(
    waiting,
    eventOf({ type: 'press', press: { to: 'category', category: 'Styles', page: 0 }, messageId: 1 }),
  );
  t.deepEqual(step(choosing, { type: 'press', press: { to: 'preset', presetId: 5 }, messageId: 1 }), ['main_menu', 'order']);
});

test('a wish that is too long, or empty, keeps the photo and asks once more', t => {
  for (const caption of ['x'.repeat(501)]) {
    const [waiting] = transition(personAt('main_menu'), eventOf(photo({ caption })));
    t.is(waiting.photos?.length, 1);
    t.deepEqual(step(waiting, { type: 'text', text: '  ' }), ['awaiting_custom_prompt', 'promptLength']);
    t.deepEqual(step(waiting, { type: 'text', text: 'x'.repeat(500) }), ['main_menu', 'order']);
  }
});

test('a style that was switched off while its photo was awaited leaves the photo with the person', t => {
  const [waiting, effects] = transition(
    personAt('awaiting_image_for_preset'),
    eventOf(photo(), { draft: draftOf({ preset: null }) }),
  );
  t.deepEqual(effects.map(inShort), ['whatToDo']);
  t.is(waiting.photos?.length, 1);
});

test('over a limit nothing is lost: the photo is kept, and is ordered once there is room', t => {
  const limits = { openJobs: 3, jobsPerHour: 4 };
  const preset: Input = { type: 'press', press: { to: 'preset', presetId: 5 }, messageId: 1 };
  for (const at of ['awaiting_image_for_preset', 'awaiting_image_for_custom'] as const) {
    const full = eventOf(photo(), { draft: draftOf({ limits, openJobs: 3 }) });
    const [kept, effects] = transition(personAt(at), full);
    t.deepEqual(effects.map(inShort), ['tooManyOpen']);
    t.is(kept.dialog.at, at);
    t.deepEqual(kept.orderedAt, []);
    const [, ordered] = transition(kept, eventOf(preset, { updateId: 2, draft: draftOf({ limits, openJobs: 2 }) }));
    t.deepEqual(ordersOf(ordered)[0]?.files, kept.photos);
  }
});

test('so many orders an hour and no more; each makes room an hour later', t => {
  const draft = draftOf({ limits: { openJobs: 3, jobsPerHour: 2 } });
  const hour = 3_600_000;
  let state = personAt('main_menu');
  const order = (at: number): string => {
    const [next, effects] = transition(state, eventOf(photo({ caption: 'Зима' }), { at, draft, updateId: at }));
    state = next;
    return effects
      .filter(({ type }) => type !== 'saveUser')
      .map(inShort)
      .join(' ');
  };
  t.is(order(noon), 'order');
  t.is(order(noon + 10), 'order');
  t.is(order(noon + hour - 1), 'tooManyPerHour');
  t.is(order(noon + hour), 'order');
  t.is(order(noon + hour + 9), 'tooManyPerHour');
  t.is(order(noon + hour + 10), 'order');
  t.is(state.orderedAt.length, 2);
});

// — albums —

const item = (messageId: number, more: Partial<Extract<Input, { type: 'photo' }>> = {}) =>
  photo({ messageId, group: 'g', ...more });
const due: Input = { type: 'albumDue', group: 'g' };
const albumOf = (items: readonly Input[], from = personAt('awaiting_image_for_preset')): PersonState =>
  items.reduce((state, one, n) => transition(state, eventOf(one, { updateId: n + 1, at: noon + n * 100 }))[0], from);

test('an album is one job of its photos in their order, whatever the order they came in', t => {
  const [next, effects] = transition(albumOf([item(12), item(11), item(13)]), eventOf(due, { updateId: null, sender: null }));
  t.deepEqual(
    ordersOf(effects)[0]?.files.map(({ fileId }) => fileId),
    ['file-11', 'file-12', 'file-13'],
  );
  t.is(ordersOf(effects).length, 1);
  t.is(next.orderedAt.length, 1);
  t.deepEqual(next.albums, []);
});

test('of an album of more than three the first three are taken, and the person is told', t => {
  const [, effects] = transition(albumOf([14, 13, 12, 11, 15].map(n => item(n))), eventOf(due, { updateId: null }));
  t.deepEqual(effects.map(inShort), ['sleep', 'albumTrimmed', 'order']);
  t.deepEqual(
    ordersOf(effects)[0]?.files.map(({ fileId }) => fileId),
    ['file-11', 'file-12', 'file-13'],
  );
});

test('each further photo of an album moves the moment when it is complete', t => {
  const wakeups = [0, 100, 250].map((ms, n) => {
    const [, effects] = transition(albumOf([item(1)]), eventOf(item(2 + n), { at: noon + ms, updateId: 9 }));
    return effects.flatMap(effect => (effect.type === 'wake' ? [effect.wakeup] : []));
  });
  const wakeup = { id: 'album:1001:g', userId: 1001, kind: 'album' };
  t.deepEqual(wakeups, [0, 100, 250].map(ms => [{ ...wakeup, due: noon + ms + albumPauseMs }]) as never);
});

test('a photo that comes after its album was taken makes no second job', t => {
  const [done] = transition(albumOf([item(1), item(2)]), eventOf(due, { updateId: null }));
  t.deepEqual(step(done, item(3), { updateId: 9 }), ['main_menu', '']);
  t.deepEqual(step(done, due, { updateId: null }), ['main_menu', 'sleep']);
});

test('the caption of any photo of an album is the wish for all of it', t => {
  const captioned = albumOf([item(1), item(2, { caption: 'Зима' }), item(3)], personAt('main_menu'));
  const [, effects] = transition(captioned, eventOf(due, { updateId: null }));
  t.is(ordersOf(effects)[0]?.prompt, 'Зима');
  t.is(ordersOf(effects)[0]?.files.length, 3);
});

test('two albums at once are two', t => {
  const both = albumOf([item(1), item(2, { group: 'other' }), item(3), item(4, { group: 'other' })], personAt('main_menu'));
  t.deepEqual(
    both.albums.map(({ group, items }) => [group, items.length]),
    [
      ['g', 2],
      ['other', 2],
    ],
  );
});

test('albums that fall due in the same moment are each answered', t => {
  const both = albumOf([item(1), item(2, { group: 'other' })], personAt('main_menu'));
  const said = (state: PersonState, group: string) => {
    const event = eventOf({ type: 'albumDue', group }, { updateId: null, sender: null, at: noon + 5_000 });
    const [next, effects] = transition(state, event);
    return { next, ids: rowsOf(event, effects).flatMap(write => (write.do === 'say' ? [write.row.id] : [])) };
  };
  const first = said(both, 'g');
  const second = said(first.next, 'other');
  t.is(new Set([...first.ids, ...second.ids]).size, 2);
});

// — how much is too much —

test('more messages than allowed in a minute are told of once and then passed over, until the minute is over', t => {
  const messagesPerMinute = 3;
  let state = personAt('main_menu', { minute: newPerson.minute });
  const hear = (at: number, input: Input = { type: 'command', command: 'menu', argument: '' }): string => {
    const sender = input.type === 'albumDue' ? null : anna;
    const event = eventOf(input, { at, messagesPerMinute, updateId: at, sender });
    if (isMuted(state, event)) return 'muted';
    const [next, effects] = transition(state, event);
    state = next;
    return effects.map(inShort).join(' ');
  };
  t.deepEqual(
    [0, 1, 2].map(ms => hear(noon + ms)),
    ['menu', 'menu', 'menu'],
  );
  t.is(hear(noon + 3), 'slowDown (slowDown)');
  t.is(hear(noon + 4), 'muted');
  t.is(hear(noon + 5, photo()), 'muted');
  t.is(hear(noon + 6, { type: 'blocked' }), 'saveUser');
  t.is(hear(noon + 7, { type: 'albumDue', group: 'g' }), 'sleep');
  t.is(hear(noon + 59_999), 'muted');
  t.is(hear(noon + 60_000), 'saveUser menu');
});

test('a clock that is set back holds nobody back: neither the minute nor the hour before it counts', t => {
  const later = noon + 5 * 3_600_000;
  const full = { minute: { startedAt: later, messages: 120, told: true }, orderedAt: Array<number>(20).fill(later) };
  const state = personAt('main_menu', full);
  const order = eventOf(photo({ caption: 'в зиму' }));
  t.false(isMuted(state, order));
  const [next, effects] = transition(state, order);
  t.true(effects.some(({ type }) => type === 'order'));
  t.deepEqual([next.minute.messages, next.orderedAt], [1, [noon]]);
});

test('the photos of an album count once, and what the house tells itself does not count', t => {
  const full = albumOf(
    [1, 2, 3, 4, 5, 6, 7, 8].map(n => item(n)),
    personAt('main_menu', { minute: newPerson.minute }),
  );
  t.is(full.minute.messages, 1);
  const [woken] = transition(full, eventOf(due, { updateId: null, sender: null }));
  t.is(woken.minute.messages, 1);
  const [blocked] = transition(woken, eventOf({ type: 'blocked' }));
  t.is(blocked.minute.messages, 1);
});

test('of the updates seen the last 256 are remembered, in whatever order their ids come', t => {
  let state: PersonState = newPerson;
  const ids = Array.from({ length: 300 }, (_, n) => (n * 7919) % 300);
  for (const [n, updateId] of ids.entries())
    state = transition(state, eventOf({ type: 'command', command: 'menu', argument: '' }, { updateId, at: noon + n * 1_000 }))[0];
  t.deepEqual(state.updates, ids.slice(-256));
  const [same] = transition(state, eventOf({ type: 'albumDue', group: 'g' }, { updateId: null }));
  t.deepEqual(same.updates, state.updates);
});

// — who it is —

test('the row of a person follows what Telegram says of them, and is written only when that changes', t => {
  const menu: Input = { type: 'command', command: 'menu', argument: '' };
  t.deepEqual(step(known, menu), ['main_menu', 'menu']);
  t.deepEqual(step(known, menu, { sender: { ...anna, firstName: 'Аня' } }), ['main_menu', 'saveUser menu']);
  t.deepEqual(step(known, menu, { sender: { ...anna, username: null } }), ['main_menu', 'saveUser menu']);
  t.deepEqual(step(known, menu, { at: noon + 86_400_000 }), ['main_menu', 'saveUser menu']);
});

test('a language that was chosen stays, whatever Telegram says', t => {
  const [english] = transition(known, eventOf({ type: 'press', press: { to: 'language', language: 'en' }, messageId: 1 }));
  const [next] = transition(english, eventOf({ type: 'command', command: 'menu', argument: '' }, { updateId: 2 }));
  t.is(next.profile?.language, 'en');
});

test('someone who comes back is no longer kept as one who blocked the bot, whoever noted the block', t => {
  const saved = (state: PersonState, type: 'blocked' | 'unblocked') => {
    const [next, effects] = transition(state, eventOf({ type }));
    return { next, blocked: effects.flatMap(effect => (effect.type === 'saveUser' ? [effect.user.blocked] : [])) };
  };
  const gone = saved(known, 'blocked');
  t.deepEqual(gone.blocked, [true]);
  t.deepEqual(saved(gone.next, 'unblocked').blocked, [false]);
  t.deepEqual(saved(known, 'unblocked').blocked, [false], 'a refused message may have noted it before');
});

test('what the house tells itself says nothing of whether the person still listens', t => {
  const [gone] = transition(known, eventOf({ type: 'blocked' }));
  const refused: Input = { type: 'photoRefused', jobId: 'job' };
  const [told, effects] = transition(gone, eventOf(refused, { sender: null, updateId: null, at: noon + 86_400_000 }));
  t.true(told.profile?.blocked);
  t.false(effects.some(({ type }) => type === 'saveUser'));
});

// — for all —

test('the same event on the same state gives the same, and changes neither', t => {
  fc.assert(
    fc.property(anyEvents(40), events => {
      let state: PersonState = deepFreeze(newPerson);
      for (const event of events.map(deepFreeze)) {
        const [next, effects] = transition(state, event);
        const again = transition(state, structuredClone(event));
        if (JSON.stringify(again) !== JSON.stringify([next, effects])) return false;
        state = deepFreeze(next);
      }
      return true;
    }),
    runs(t, 300),
  );
  t.pass();
});

test('whatever a person does, the state stays small, survives JSON, and every press and word is answered', t => {
  fc.assert(
    fc.property(anyEvents(60), events => {
      let state = newPerson;
      for (const event of events) {
        const muted = isMuted(state, event);
        const [next, effects] = transition(state, event);
        const { input } = event;
        const answered = effects.some(({ type }) => type === 'say' || type === 'order' || type === 'toast');
        const spoken = ['command', 'button', 'text', 'press', 'unsupported', 'unsuitableFile'].includes(input.type);
        if (spoken && !answered && !muted) return false;
        if (muted && effects.length > 0) return false;
        if (next.photos && next.photos.length > 3) return false;
        if (next.orderedAt.length > 4 || next.closedAlbums.length > 8 || next.updates.length > 256) return false;
        if (JSON.stringify(JSON.parse(JSON.stringify(next))) !== JSON.stringify(next)) return false;
        const ids = rowsOf(event, effects).flatMap(write => (write.do === 'say' ? [write.row.id] : []));
        if (new Set(ids).size !== ids.length) return false;
        state = next;
      }
      return true;
    }),
    runs(t, 300),
  );
  t.pass();
});
