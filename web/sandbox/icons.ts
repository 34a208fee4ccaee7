const paths = {
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  down: 'M6 9.5l6 6 6-6',
  attach: 'M19.5 11.5l-7.6 7.6a5 5 0 0 1-7-7l8-8a3.3 3.3 0 0 1 4.7 4.7l-8 8a1.7 1.7 0 0 1-2.4-2.4l7.3-7.3',
  keyboard: 'M5 6h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2zM7 10h.01M12 10h.01M17 10h.01M8 14h8',
  panel:
    'M4 7h9M19 7h1M4 17h1M11 17h9M16 7m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M8 17m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0',
  beside: 'M5 5h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM12 5v14',
  moon: 'M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
  reply: 'M10 6L4 11.5 10 17v-3.5c5 0 8 1.5 10 4.5-.5-5.5-4-9.5-10-9.5z',
  file: 'M7 3h7l5 5v11a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM14 3v5h5',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  pause: 'M8.5 6v12M15.5 6v12',
  play: 'M8 5.5l10 6.5-10 6.5z',
  block: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.7 5.7l12.6 12.6',
  copy: 'M9 8h9a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM5 16V5a1 1 0 0 1 1-1h10',
  globe: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c5 5.5 5 12.5 0 18-5-5.5-5-12.5 0-18z',
  out: 'M8 16l8-8M9.5 8H16v6.5',
  lock: 'M7 11h10a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
} as const;

export type IconName = keyof typeof paths | 'more' | 'send' | 'star' | 'tick' | 'ticks';

const svg = 'http://www.w3.org/2000/svg';
const filled: Partial<Record<IconName, string>> = {
  more: 'M12 4a1.8 1.8 0 1 0 .01 0zM12 10.2a1.8 1.8 0 1 0 .01 0zM12 16.4a1.8 1.8 0 1 0 .01 0z',
  star: 'M12 2.6l2.9 6.2 6.8.9-5 4.7 1.3 6.7-6-3.3-6 3.3 1.3-6.7-5-4.7 6.8-.9z',
  send: 'M3.4 20.4l17.45-7.48a1 1 0 0 0 0-1.84L3.4 3.6a.993.993 0 0 0-1.39.91L2 9.12c0 .5.37.930.87.99L17 12 2.87 13.88c-.5.07-.870.5-.87 1l.01 4.61c0 .710.73 1.2 1.39.91z',
};
const ticks: Partial<Record<IconName, string>> = {
  tick: 'M4.5 6.2l3 3L14 2.5',
  ticks: 'M1.5 6.2l3 3L11 2.5M8.3 9.1L14.9 2.5',
};

/** A drawn sign in the colour of the text around it. It is never read out: its button has the name. */
export const icon = (name: IconName): SVGSVGElement => {
  const image = document.createElementNS(svg, 'svg');
  const path = document.createElementNS(svg, 'path');
  const tick = ticks[name];
  image.setAttribute('viewBox', tick ? '0 0 16 12' : '0 0 24 24');
  image.setAttribute('aria-hidden', 'true');
  image.setAttribute('class', tick ? 'icon icon-tick' : filled[name] ? 'icon icon-filled' : 'icon');
  path.setAttribute('d', tick ?? filled[name] ?? paths[name as keyof typeof paths]);
  image.append(path);
  return image;
};
