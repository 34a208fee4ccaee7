/**
 * A category of presets. `id` stands in presets, in buttons of sent messages and in journals: it never changes. `emoji` and
 * `name` are for buttons.
 */
export type Category = { id: string; emoji: string; name: { ru: string; en: string } };

/** The categories every studio starts with, in the order in which they are shown. An operator may add others. */
export const categories = [
  { id: 'Styles', emoji: '🧩', name: { ru: 'Стили', en: 'Styles' } },
  { id: 'Lighting', emoji: '💡', name: { ru: 'Освещение', en: 'Lighting' } },
  { id: 'Design', emoji: '🖼', name: { ru: 'Оформление', en: 'Design' } },
  { id: 'Portraits', emoji: '📸', name: { ru: 'Портреты', en: 'Portraits' } },
  { id: 'Products', emoji: '🛍', name: { ru: 'Товары', en: 'Products' } },
  { id: 'Animation', emoji: '🎬', name: { ru: 'Анимация', en: 'Animation' } },
  { id: 'Enhancement', emoji: '✨', name: { ru: 'Улучшение', en: 'Enhancement' } },
] as const satisfies readonly Category[];

export type CategoryId = (typeof categories)[number]['id'];
