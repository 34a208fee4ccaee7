import test from 'ava';
import { type Dialog, newPerson, type PersonState } from '../src/domain/dialog.ts';
import type { Input, PersonEvent } from '../src/domain/person-event.ts';
import { transition } from '../src/domain/transition.ts';
import { terms } from './payer.ts';
import { draftOf, eventOf, photo } from './probe.ts';

/* What is asked in passing — a sum, a code, an e-mail — costs nobody what they had said before. */

const topUp = { ...terms, openMax: 5, openPayments: 0, paymentId: 'p' };
const step = (state: PersonState, input: Input, over: Partial<PersonEvent> = {}) =>
  transition(state, eventOf(input, { topUp, ...over }));
const text = (words: string): Input => ({ type: 'text', text: words });

const dialogs: Dialog[] = [
  { at: 'main_menu' },
  { at: 'awaiting_custom_prompt' },
  { at: 'awaiting_image_for_custom', prompt: 'зима' },
  { at: 'awaiting_image_for_preset', presetId: 3 },
  { at: 'select_preset', category: 'Styles' },
];

const questions: Record<string, (state: PersonState) => PersonState> = {
  'a sum of their own': state => {
    const [asked] = step(state, { type: 'press', press: { to: 'ownAmount' }, messageId: 5 });
    return step(asked, text('10'))[0];
  },
  'a sum, after one that was too large': state => {
    const [asked] = step(state, { type: 'press', press: { to: 'ownAmount' }, messageId: 5 });
    const [again] = step(asked, text('1000000'));
    return step(again, text('10'))[0];
  },
  'a code': state => {
    const [asked] = step(state, { type: 'command', command: 'promo', argument: '' });
    return step(asked, text('ЛЕТО'), { promo: { is: 'applied', points: 5 } })[0];
  },
  'a sum while a code is asked for': state => {
    const [asked] = step(state, { type: 'command', command: 'promo', argument: '' });
    const [other] = step(asked, { type: 'press', press: { to: 'ownAmount' }, messageId: 5 });
    return step(other, text('10'))[0];
  },
  'an e-mail': state => {
    const [asked] = step(state, { type: 'press', press: { to: 'email' }, messageId: 5 });
    return step(asked, text('anna@example.com'))[0];
  },
};

for (const [what, ask] of Object.entries(questions))
  for (const dialog of dialogs)
    test(`${what} is asked in passing: whoever was at ${dialog.at} is there again`, t => {
      const photos = dialog.at === 'awaiting_custom_prompt' ? [{ fileId: 'f' }] : null;
      const before: PersonState = { ...newPerson, started: true, dialog, photos };
      const { dialog: after, photos: kept } = ask(before);
      t.deepEqual({ after, kept }, { after: dialog, kept: photos });
    });

test('a photo and a wish that a limit keeps back outlive a top-up and a code', t => {
  const known: PersonState = { ...newPerson, started: true };
  const [kept] = step(known, { ...photo(), caption: 'зима' } as Input, { draft: draftOf({ openJobs: 3 }) });
  for (const ask of Object.values(questions)) {
    const [, effects] = step(ask(kept), { type: 'press', press: { to: 'again' }, messageId: 6 }, { draft: draftOf() });
    t.true(effects.some(({ type }) => type === 'order'));
  }
});
