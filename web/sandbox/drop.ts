import { h, shown } from './h.ts';
import { t } from './words.ts';

/** Takes files that are dragged over `area`, with words over it while they hang there. */
export function takeDrops(area: HTMLElement, isOpen: () => boolean, take: (files: readonly File[]) => void): void {
  const overlay = h('div', { is: 'drop', hidden: true }, h('div', {}, t.drop));
  let depth = 0;
  const isWanted = (event: DragEvent) => isOpen() && event.dataTransfer?.types.includes('Files') === true;
  const leave = () => {
    depth = 0;
    shown(overlay, false);
  };

  area.append(overlay);
  area.addEventListener('dragenter', event => {
    if (!isWanted(event)) return;
    event.preventDefault();
    depth++;
    shown(overlay, true);
  });
  area.addEventListener('dragover', event => isWanted(event) && event.preventDefault());
  area.addEventListener('dragleave', event => {
    if (isWanted(event) && --depth <= 0) leave();
  });
  area.addEventListener('drop', event => {
    if (!isWanted(event)) return;
    event.preventDefault();
    leave();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) take(files);
  });
}

/** Takes files that are pasted while no field and no dialog has taken them. Returns what ends it. */
export function takePastes(isOpen: () => boolean, take: (files: readonly File[]) => void): () => void {
  const paste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (event.defaultPrevented || files.length === 0 || !isOpen() || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    take(files);
  };
  document.addEventListener('paste', paste);
  return () => document.removeEventListener('paste', paste);
}
