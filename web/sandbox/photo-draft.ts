import { type Dialog, dialogTitle, openDialog } from './dialog.ts';
import { button, h, say, shown } from './h.ts';
import { icon } from './icons.ts';
import { fileSize, t } from './words.ts';

export const albumMax = 10;

export type PhotoDraft = { files: readonly File[]; caption: string; as: 'photo' | 'file' };

type Asked = {
  files: readonly File[];
  caption: string;
  /** True once it is sent: the dialog closes. */
  send(draft: PhotoDraft): Promise<boolean>;
  tell(text: string): void;
};

/** Shows the chosen files before they are sent: thumbnails, a caption, and whether they go as photos or as files. */
export function openPhotoDraft(asked: Asked): void {
  let files: readonly File[] = [];
  const urls = new Map<File, string>();
  const urlOf = (file: File) => urls.get(file) ?? urls.set(file, URL.createObjectURL(file)).get(file)!;

  const title = dialogHeading();
  const thumbnails = h('div', { is: 'thumbnails' });
  const choice = sendAsChoice(() => draw());
  const caption = h('textarea', {
    is: 'field',
    test: 'caption',
    rows: 1,
    maxlength: 1024,
    placeholder: t.caption,
    'aria-label': t.caption,
    autofocus: true,
  });
  const more = h('input', { type: 'file', accept: 'image/*', multiple: true, hidden: true });
  const sendButton = button(
    { label: t.send, is: 'send ready', test: 'send-photos', on: { click: () => void send() } },
    icon('send'),
  );

  const add = (added: readonly File[]) => {
    if (files.length + added.length > albumMax) asked.tell(t.tooMany(albumMax));
    files = [...files, ...added].slice(0, albumMax);
    draw();
  };
  const remove = (file: File) => {
    files = files.filter(one => one !== file);
    if (files.length === 0) dialog.close();
    else draw();
  };
  const draw = () => {
    choice.onlyFiles(!files.every(isPhoto));
    say(title, choice.value() === 'photo' ? t.sendPhotos(files.length) : t.sendFiles(files.length));
    thumbnails.className = choice.value() === 'photo' ? `thumbnails of-${Math.min(files.length, 3)}` : 'thumbnails files';
    thumbnails.replaceChildren(...files.map(file => thumbnail(file, urlOf(file), () => remove(file))));
  };
  const send = async () => {
    if (sendButton.disabled) return;
    sendButton.disabled = true;
    say(title, t.sending);
    if (await asked.send({ files, caption: caption.value.trim(), as: choice.value() })) return dialog.close();
    sendButton.disabled = false;
    draw();
  };
  const release = () => {
    for (const url of urls.values()) URL.revokeObjectURL(url);
  };

  more.addEventListener('change', () => add([...(more.files ?? [])]));
  caption.value = asked.caption;
  caption.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void send();
  });
  const dialog: Dialog = openDialog({ label: t.sendPhotos(asked.files.length), is: 'photo-draft', onClose: release }, self => {
    const header = dialogTitle('', self);
    header.querySelector('h2')!.replaceWith(title);
    const addMore = button({ label: t.addMore, is: 'round', on: { click: () => more.click() } }, icon('plus'));
    return [header, thumbnails, choice.element, h('div', { is: 'draft-line' }, addMore, caption, sendButton), more];
  });
  add(asked.files);
}

/** Telegram sends an animation and a drawing made of lines as they are, never as a photo. */
const isPhoto = ({ type }: File): boolean => /^image\/(?!gif|svg)/.test(type);

const dialogHeading = (): HTMLElement => h('h2', { 'aria-live': 'polite' });

const thumbnail = (file: File, url: string, remove: () => void): HTMLElement =>
  h(
    'figure',
    {},
    file.type.startsWith('image/') ? h('img', { src: url, alt: file.name }) : icon('file'),
    h('figcaption', {}, h('b', {}, file.name), h('small', {}, fileSize(file.size))),
    button({ label: `${t.remove}: ${file.name}`, is: 'round', on: { click: remove } }, icon('close')),
  );

/** «As photo» or «as file»; what is no photo can only be a file, and then nothing is asked. */
const sendAsChoice = (changed: () => void) => {
  let isFilesOnly = false;
  const option = (value: 'photo' | 'file', label: string) => {
    const input = h('input', {
      type: 'radio',
      name: 'send-as',
      value,
      test: `as-${value}`,
      checked: value === 'photo',
      on: { change: changed },
    });
    return { input, element: h('label', {}, input, h('span', {}, label)) };
  };
  const photo = option('photo', t.asPhoto);
  const file = option('file', t.asFile);
  const element = h('fieldset', { is: 'segments', 'aria-label': t.sendAs }, photo.element, file.element);
  return {
    element,
    value: (): 'photo' | 'file' => (photo.input.checked && !isFilesOnly ? 'photo' : 'file'),
    onlyFiles: (isOnly: boolean) => {
      isFilesOnly = isOnly;
      shown(element, !isOnly);
    },
  };
};
