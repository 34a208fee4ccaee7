import { openDialog } from './dialog.ts';
import { button, h } from './h.ts';
import { icon } from './icons.ts';
import { t } from './words.ts';

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The address of the practice payment page as this page can frame it; null for any other address. */
export const checkoutPath = (address: string, here: URL): string | null => {
  if (!URL.canParse(address, here.href)) return null;
  const url = new URL(address, here.href);
  const isHere =
    url.origin === here.origin || (url.port === here.port && loopback.test(url.hostname) && loopback.test(here.hostname));
  return isHere && url.pathname.startsWith('/sandbox/checkout/') ? url.pathname + url.search : null;
};

/** Opens a link as Telegram does: the payment page over the chat, everything else in a new tab. */
export function openLink(address: string): void {
  const path = checkoutPath(address, new URL(location.href));
  if (path === null) window.open(address, '_blank', 'noopener,noreferrer');
  else openPaymentPage(path);
}

const openPaymentPage = (path: string): void => {
  openDialog({ label: t.paymentPage, is: 'browser', test: 'payment-sheet' }, dialog => [
    h(
      'header',
      { is: 'browser-bar' },
      button({ label: t.close, is: 'round', test: 'payment-close', on: { click: dialog.close } }, icon('close')),
      h(
        'span',
        { is: 'browser-address' },

        h('b', {}, icon('lock'), t.paymentPage),
        h('small', {}, location.host + path.split('?')[0]),
      ),
    ),
    h('iframe', {
      src: path,
      title: t.paymentPage,
      test: 'payment-frame',
      on: { load: event => hasReturned(event.currentTarget as HTMLIFrameElement) && dialog.close() },
    }),
  ]);
};

/** The shop sends the buyer back to the chat, which is this page; an address of somebody else cannot be read. */
const hasReturned = (frame: HTMLIFrameElement): boolean => {
  try {
    const { href, pathname } = frame.contentWindow!.location;
    return href !== 'about:blank' && !pathname.startsWith('/sandbox/checkout/');
  } catch {
    return true;
  }
};
