import { type Dialog, type PersonState, promptLength, promptLengthMax } from './dialog.ts';
import { type Effect, type Step, say } from './effect.ts';
import { askEmail } from './email.ts';
import type { Notice } from './notice.ts';
import type { Input, MenuButton, PersonEvent } from './person-event.ts';
import { orderJob } from './photos.ts';
import { saveUser } from './profile.ts';
import { onPromoCommand, onPromoStart, onPromoText } from './promo-talk.ts';
import { leaveQuestion } from './question.ts';
import { maskedEmail } from './receipt.ts';
import { onResume, tryAgain } from './resume.ts';
import { onAmountText, onEmailText, onTopUpPress, startTopUp } from './top-up.ts';

type Of<Type extends Input['type']> = Extract<Input, { type: Type }>;

export function onCommand(state: PersonState, event: PersonEvent, { command, argument }: Of<'command'>): Step {
  switch (command) {
    case 'start':
      return onPromoStart(start(state, event), event, argument);
    case 'menu':
      return [home(state), [say({ type: 'menu' })]];
    case 'cancel':
      return [home(state), [say({ type: 'cancelled' })]];
    case 'help':
    case 'balance':
    case 'paysupport':
    case 'terms':
      return [state, [say({ type: command })]];
    case 'history':
      return startHistory(state);
    case 'profile':
      return viewProfile(state);
    case 'language':
      return [state, [say({ type: 'languages' })]];
    case 'promo':
      return onPromoCommand(state, event, argument);
    default:
      return command satisfies never;
  }
}

/** The first /start welcomes and tells of the points; a later one greets. */
function start(state: PersonState, { initialPoints }: PersonEvent): Step {
  const notice = state.started ? ({ type: 'greeting' } as const) : ({ type: 'welcome', points: initialPoints } as const);
  return [{ ...home(state), started: true }, [say(notice)]];
}

export function onButton(from: PersonState, { button }: Of<'button'>): Step {
  const state = leaveQuestion(leaveQuestion(from, 'awaiting_promo'), 'awaiting_email');
  if (button === 'profile') return viewProfile(state);
  if (button === 'topUp') return startTopUp(state);
  const dialog = buttonDialog(button);
  return [dialog ? at(state, dialog) : state, [say(buttonNotice[button])]];
}

const buttonNotice = {
  edit: { type: 'categories' },
  Styles: { type: 'presets', category: 'Styles', page: 0 },
  Lighting: { type: 'presets', category: 'Lighting', page: 0 },
  Design: { type: 'presets', category: 'Design', page: 0 },
  ownPrompt: { type: 'askPrompt' },
  balance: { type: 'balance' },
  help: { type: 'help' },
} as const satisfies Record<Exclude<MenuButton, 'profile' | 'topUp'>, Notice>;

/** Where a button leads; a question about points or for help leaves the person where they are. */
function buttonDialog(button: MenuButton): Dialog | undefined {
  switch (button) {
    case 'edit':
      return { at: 'select_preset_category' };
    case 'Styles':
    case 'Lighting':
    case 'Design':
      return { at: 'select_preset', category: button };
    case 'ownPrompt':
      return { at: 'awaiting_custom_prompt' };
    default:
      return undefined;
  }
}

export function onText(state: PersonState, event: PersonEvent, { text }: Of<'text'>): Step {
  if (state.dialog.at === 'awaiting_payment') return onAmountText(state, event, text);
  if (state.dialog.at === 'awaiting_email') return onEmailText(state, event, text);
  if (state.dialog.at === 'awaiting_promo') return onPromoText(state, event);
  if (state.dialog.at !== 'awaiting_custom_prompt') return [state, [say({ type: 'unexpected', awaiting: state.dialog.at })]];
  const prompt = text.trim();
  if (prompt === '' || promptLength(prompt) > promptLengthMax) return [state, [say({ type: 'promptLength' })]];
  if (state.photos) return orderJob(state, event, state.photos, { prompt });
  return [at(state, { at: 'awaiting_image_for_custom', prompt }), [say({ type: 'askPhotoForPrompt' })]];
}

export function onPress(state: PersonState, event: PersonEvent, { press, messageId }: Of<'press'>): Step {
  switch (press?.to) {
    case 'menu':
      return [home(state), [say({ type: 'menu' })]];
    case 'categories':
      return [at(state, { at: 'select_preset_category' }), [say({ type: 'categories' }, messageId)]];
    case 'category':
      return [at(state, { at: 'select_preset', category: press.category }), [say({ ...press, type: 'presets' }, messageId)]];
    case 'preset':
      return choosePreset(state, event, messageId);
    case 'ownPrompt':
      return [at(state, { at: 'awaiting_custom_prompt' }), [say({ type: 'askPrompt' }, messageId)]];
    case 'languages':
      return [state, [say({ type: 'languages' }, messageId)]];
    case 'language':
      return setLanguage(state, event, press.language);
    case 'topUp':
      return startTopUp(state);
    case 'amounts':
      return startTopUp(state, messageId);
    case 'ownAmount':
    case 'amount':
    case 'offer':
    case 'pay':
      return onTopUpPress(state, event, press, messageId);
    case 'again':
      return tryAgain(state, event) ?? stale(state);
    case 'resume':
      return onResume(state, event) ?? stale(state);
    case 'email':
      return askEmail(state, null, null);
    case 'history':
      return startHistory(state);
    case 'historyPage':
      return [state, [say({ type: 'history', page: press.page, until: press.until }, messageId)]];
    case 'jobCard':
      return [state, [say({ type: 'jobCard', jobId: press.jobId, page: press.page, until: press.until }, messageId)]];
    case 'cancelJob':
      return [state, [{ type: 'toast', toast: cancelToast(event) }, ...trueStatus(event, press.jobId, messageId)]];
    default:
      return stale(state);
  }
}

/** A button of a message from long ago, or one that nobody made: the menu is always a way on. */
const stale = (state: PersonState): Step => [home(state), [{ type: 'toast', toast: 'stale' }, say({ type: 'menu' })]];

/** A button that is still there although its job has ended is of a message that was never told so: it is told now. */
const trueStatus = ({ cancellation }: PersonEvent, jobId: string, messageId: number | null): Effect[] =>
  cancellation === 'final' && messageId !== null ? [say({ type: 'jobStatus', jobId }, messageId)] : [];

const cancelToast = ({ cancellation }: PersonEvent) =>
  cancellation === 'cancelled' ? 'cancelled' : cancellation === 'final' ? 'alreadyDone' : 'notYours';

function choosePreset(state: PersonState, event: PersonEvent, messageId: number | null): Step {
  const preset = event.draft?.preset;
  if (!preset) return stale(state);
  if (state.photos) return orderJob(state, event, state.photos, { preset });
  return [
    at(state, { at: 'awaiting_image_for_preset', presetId: preset.id }),
    [say({ type: 'presetCard', presetId: preset.id }, messageId)],
  ];
}

function setLanguage(state: PersonState, { userId }: PersonEvent, language: 'ru' | 'en'): Step {
  if (!state.profile) return stale(state);
  const profile = { ...state.profile, language };
  const effects: Effect[] = [saveUser(userId, profile), say({ type: 'languageSet' })];
  return [{ ...state, profile }, effects];
}

/** The newest page. Whoever is in the middle of something can look at it and go on. */
const startHistory = (state: PersonState): Step => [state, [say({ type: 'history', page: 0, until: null })]];

/** Only from the menu: whoever is in the middle of something can look at their profile and go on. */
const viewProfile = (state: PersonState): Step => [
  state.dialog.at === 'main_menu' ? at(state, { at: 'viewing_profile' }) : state,
  [say({ type: 'profile', ...(state.email && { email: maskedEmail(state.email) }) })],
];

const at = (state: PersonState, dialog: Dialog): PersonState => ({ ...state, dialog });
const home = (state: PersonState): PersonState => ({ ...state, dialog: { at: 'main_menu' }, photos: null });
