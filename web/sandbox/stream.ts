import type { Events } from '../../src/sandbox/page/wire.ts';
import type { Happening } from './store.ts';

const names = [
  'snapshot',
  'message',
  'deleted',
  'person',
  'action',
  'taken',
  'bot',
  'controls',
  'log',
] as const satisfies readonly (keyof Events)[];

const pausesMs = [500, 1_000, 2_000, 4_000];

/** Follows the server's events for good. A connection that falls is reported and opened anew; each begins with a snapshot. */
export function follow(dispatch: (happening: Happening) => void): void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  const connect = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource('/sandbox/events');
    for (const name of names) source.addEventListener(name, event => receive(name, event.data));
    source.addEventListener('error', retry);
  };
  const receive = (name: keyof Events, json: string) => {
    failures = 0;
    dispatch({ is: name, data: JSON.parse(json) } as Happening);
  };
  const retry = () => {
    source?.close();
    dispatch({ is: 'lost' });
    clearTimeout(timer);
    timer = setTimeout(connect, pausesMs[Math.min(failures++, pausesMs.length - 1)]);
  };
  const hurry = () => source?.readyState === EventSource.CLOSED && document.visibilityState === 'visible' && connect();

  connect();
  window.addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
}
