import { type Language, languageOf, speak } from './words.ts';

const keys = { theme: 'sandbox-theme', language: 'sandbox-language', panel: 'sandbox-panel' } as const;

/** Storage may be closed to the page; then a choice lasts as long as the page. */
const read = (key: string): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};
const write = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice still holds for this page.
  }
};

export type Theme = 'light' | 'dark';

const systemDark = matchMedia('(prefers-color-scheme: dark)');
export const theme = (): Theme => (document.documentElement.dataset['theme'] as Theme) ?? (systemDark.matches ? 'dark' : 'light');

export const chooseTheme = (chosen: Theme): void => {
  document.documentElement.dataset['theme'] = chosen;
  write(keys.theme, chosen);
};

export const chooseLanguage = (chosen: Language): void => {
  speak(chosen);
  write(keys.language, chosen);
};

/** Whether the control panel stands open on a desktop. */
export const isPanelOpen = (): boolean => (read(keys.panel) ?? (innerWidth >= 1200 ? 'open' : 'closed')) === 'open';
export const keepPanelOpen = (isOpen: boolean): void => write(keys.panel, isOpen ? 'open' : 'closed');

/** Takes up what was chosen before; without a choice the theme follows the system and the language the browser. */
export function recallPreferences(): void {
  const kept = read(keys.theme);
  if (kept === 'light' || kept === 'dark') document.documentElement.dataset['theme'] = kept;
  const language = read(keys.language);
  speak(language === 'ru' || language === 'en' ? language : languageOf(navigator.language));
}
