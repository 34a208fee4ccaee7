export const isTouch = (): boolean => matchMedia('(pointer: coarse)').matches;

/**
 * While `field` has the focus on a phone, the bot's keyboard is away. A tap that took the focus would bring it back under the
 * finger and be lost on it, so that buttons in `area` are pressed without taking the focus.
 */
export function keepFocus(area: HTMLElement, field: HTMLElement): void {
  area.addEventListener('mousedown', event => {
    const isButton = (event.target as Element).closest('button, a, [role="button"]') !== null;
    if (isButton && isTouch() && document.activeElement === field) event.preventDefault();
  });
}
