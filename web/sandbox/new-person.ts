import type { PersonCard } from '../../src/sandbox/page/wire.ts';
import { addPerson, wordsOf } from './actions.ts';
import { type Dialog, dialogTitle, openDialog } from './dialog.ts';
import { h, say, shown } from './h.ts';
import { language, t } from './words.ts';

/** Asks for a name and a language and makes a person of them. */
export function openNewPerson(made: (person: PersonCard) => void): void {
  const name = h('input', {
    is: 'input',
    name: 'name',
    test: 'new-person-name',
    maxlength: 64,
    required: true,
    autocomplete: 'off',
    autofocus: true,
  });
  const error = h('p', { is: 'error', role: 'alert', hidden: true });
  const create = h('button', { type: 'submit', is: 'primary', test: 'new-person-create' }, t.create);
  const form = h(
    'form',
    { is: 'form' },
    h('label', { is: 'labelled' }, h('span', {}, t.name), name),
    h('fieldset', { is: 'segments', 'aria-label': t.personLanguage }, option('ru', 'Русский'), option('en', 'English')),
    error,
    create,
  );

  const submit = async () => {
    create.disabled = true;
    const languageCode = new FormData(form).get('language') === 'en' ? 'en' : 'ru';
    try {
      made(await addPerson(name.value.trim(), languageCode));
      dialog.close();
    } catch (failure) {
      say(error, wordsOf(failure));
      shown(error, true);
      create.disabled = false;
    }
  };
  form.addEventListener('submit', event => {
    event.preventDefault();
    if (name.value.trim() !== '') void submit();
  });
  const dialog: Dialog = openDialog({ label: t.newPerson, is: 'new-person' }, self => [dialogTitle(t.newPerson, self), form]);
}

const option = (value: 'ru' | 'en', label: string): HTMLElement =>
  h('label', {}, h('input', { type: 'radio', name: 'language', value, checked: language === value }), h('span', {}, label));
