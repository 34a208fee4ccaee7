import type { Store } from './live.ts';
import { peopleByLatest } from './store.ts';
import { language } from './words.ts';

export const wide = matchMedia('(min-width: 900px)');

export type Navigation = { open(personId: number): void; back(): void };

const personInAddress = (): number | null => {
  const id = Number(/^#chat-(-?\d+)$/.exec(location.hash)?.[1] ?? Number.NaN);
  return Number.isNaN(id) ? null : id;
};

/** Which chat is open stands in the address, so that a reload keeps it and a phone's back gesture leads to the list. */
export function navigate(store: Store): Navigation {
  let isPushed = false;

  const open = (personId: number) => {
    const state = store.get();
    if (state.open === personId) return;
    const address = `#chat-${personId}`;
    isPushed = !wide.matches;
    if (isPushed) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    store.dispatch({ is: 'open', personId });
  };
  const back = () => {
    if (isPushed) return history.back();
    history.replaceState(null, '', location.pathname);
    store.dispatch({ is: 'open', personId: null });
  };
  const fill = () => {
    const state = store.get();
    const [first] = peopleByLatest(state, language);
    if (wide.matches && state.open === null && first) open(first.id);
  };

  addEventListener('popstate', () => {
    isPushed = false;
    store.dispatch({ is: 'open', personId: personInAddress() });
  });
  wide.addEventListener('change', fill);
  store.dispatch({ is: 'open', personId: personInAddress() });
  store.subscribe(fill);
  return { open, back };
}
