import type { Toast } from '../../src/sandbox/page/wire.ts';
import { press, wordsOf } from './actions.ts';
import { openCheckout } from './checkout.ts';
import { markWaiting, type Presses, type PressPlace, pressKey } from './inline-keyboard.ts';
import { openLink } from './links.ts';
import { alertBox, toast } from './toast.ts';
import { t } from './words.ts';

/**
 * What happens when a button under a message is pressed in the chat that `root` shows; what the bot answers stands over `toasts`.
 */
export function createPresses(personId: number, root: HTMLElement, toasts: HTMLElement, botName: () => string): Presses {
  const waiting = new Set<string>();

  const answered = (answer: Toast | null) => {
    if (!answer) return;
    if (answer.url !== null) openLink(answer.url);
    if (answer.text === null || answer.text === '') return;
    if (answer.isAlert) alertBox(answer.text, botName());
    else toast(answer.text, toasts);
  };
  const ask = async (place: PressPlace) => {
    const key = pressKey(place);
    if (waiting.has(key)) return;
    waiting.add(key);
    markWaiting(root, key, true);
    const answer = await press(personId, place.message.id, place.row, place.column).catch(error => {
      toast(wordsOf(error), toasts);
      return null;
    });
    waiting.delete(key);
    markWaiting(root, key, false);
    answered(answer);
  };

  return {
    isWaiting: key => waiting.has(key),
    press: place => {
      const { button, message } = place;
      if (button.does === 'link' && button.url !== null) openLink(button.url);
      else if (button.does === 'pay' && message.invoice)
        openCheckout(personId, message.id, message.invoice, () => toast(t.paid, toasts));
      else void ask(place);
    },
  };
}
