/** So near to the end counts as being there. */
const slackPx = 60;

/**
 * Keeps the reader's place in a list that grows and changes: at the end it follows the end, anywhere else the row that is looked
 * at stays where it is. `moved` is called when the reader comes to the end or leaves it.
 */
export function createAnchor(box: HTMLElement, rows: HTMLElement, moved: (isAtEnd: boolean) => void) {
  let isAtEnd = true;

  const toEnd = (behavior: ScrollBehavior = 'instant') => box.scrollTo({ top: box.scrollHeight, behavior });
  let height = '';
  const heightNow = () => `${box.scrollHeight}/${box.clientHeight}`;
  const settle = () => {
    height = heightNow();
    if (isAtEnd) toEnd();
  };
  const onScroll = () => {
    // The list or its box has changed its height under the reader, who has not moved.
    if (isAtEnd && height !== heightNow()) return settle();
    const now = box.scrollHeight - box.scrollTop - box.clientHeight < slackPx;
    if (now === isAtEnd) return;
    isAtEnd = now;
    moved(now);
  };

  /** Changes the list by `change` and leaves the reader where they were. */
  const around = (change: () => void): void => {
    const row = isAtEnd ? undefined : rowInSight(box, rows);
    const before = row?.getBoundingClientRect().top;
    change();
    if (row?.isConnected && before !== undefined) box.scrollTop += row.getBoundingClientRect().top - before;
    else settle();
  };

  const sizes = new ResizeObserver(settle);
  sizes.observe(box);
  sizes.observe(rows);
  box.addEventListener('scroll', onScroll, { passive: true });
  return {
    around,
    toEnd: (behavior?: ScrollBehavior) => {
      isAtEnd = true;
      toEnd(behavior);
      moved(true);
    },
    isAtEnd: () => isAtEnd,
    end: () => sizes.disconnect(),
  };
}

const rowInSight = (box: HTMLElement, rows: HTMLElement): Element | undefined => {
  const top = box.getBoundingClientRect().top;
  return [...rows.children].find(row => row.getBoundingClientRect().bottom > top);
};
