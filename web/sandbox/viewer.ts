import { openDialog } from './dialog.ts';
import { button, h } from './h.ts';
import { icon } from './icons.ts';
import { t } from './words.ts';

export type Picture = { url: string; fileName: string | null; alt: string; caption: string };

/** Shows a picture over everything, with a link to save it. Esc, the cross and a click beside the picture close it. */
export function openViewer(picture: Picture): void {
  openDialog({ label: picture.alt, is: 'viewer', test: 'viewer' }, dialog => [
    h(
      'div',
      { is: 'viewer-bar' },
      h(
        'a',
        {
          is: 'round',
          href: picture.url,
          download: picture.fileName ?? pictureName(picture.url),
          'aria-label': t.download,
          title: t.download,
          test: 'download',
        },
        icon('download'),
      ),
      button({ label: t.close, is: 'round', on: { click: dialog.close } }, icon('close')),
    ),
    h(
      'div',
      { is: 'viewer-stage', on: { click: event => event.target === event.currentTarget && dialog.close() } },
      h('img', { src: picture.url, alt: picture.alt }),
    ),
    picture.caption !== '' && h('p', { is: 'viewer-caption' }, picture.caption),
  ]);
}

const pictureName = (url: string): string => {
  const name = url.split(/[?#]/)[0]?.split('/').at(-1) ?? '';
  return name.includes('.') ? name : `${name || 'photo'}.jpg`;
};
