import { type Dialog, type PersonState, promptLength, promptLengthMax } from './dialog.ts';
import { type Effect, type Step, say } from './effect.ts';
import type { Notice } from './notice.ts';
import type { Input, MenuButton, PersonEvent } from './person-event.ts';
import { orderAgain, orderJob } from './photos.ts';
import { saveUser } from './profile.ts';
import { onAmountText, onTopUpPress, startTopUp } from './top-up.ts';

type Of<Type extends Input['type']> = Extract<Input, { type: Type }>;

export function onCommand(state: PersonState, event: PersonEvent, { command }: Of<'command'>): Step {
  switch (command) {
    case 'start':
      return start(state, event);
    case 'menu':
      return [home(state), [say({ type: 'menu' })]];
    case 'cancel':
      return [home(state), [say({ type: 'cancelled' })]];
    case 'help':
    case 'balance':
      return [state, [say({ type: command })]];
    case 'profile':
      return [viewProfile(state), [say({ type: 'profile' })]];
    case 'language':
      return [state, [say({ type: 'languages' })]];
    default:
      return command satisfies never;
  }
}

/** The first /start welcomes and tells of the points; a later one greets. */
function start(state: PersonState, { initialPoints }: PersonEvent): Step {
  const notice = state.started ? ({ type: 'greeting' } as const) : ({ type: 'welcome', points: initialPoints } as const);
  return [{ ...home(state), started: true }, [say(notice)]];
}

export function onButton(state: PersonState, { button }: Of<'button'>): Step {
  if (button === 'profile') return [viewProfile(state), [say({ type: 'profile' })]];
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
    case 'pay':
      return onTopUpPress(state, event, press, messageId);
    case 'again':
      return orderAgain(state, event) ?? stale(state);
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

/** Only from the menu: whoever is in the middle of something can look at their profile and go on. */
const viewProfile = (state: PersonState): PersonState =>
  state.dialog.at === 'main_menu' ? at(state, { at: 'viewing_profile' }) : state;

const at = (state: PersonState, dialog: Dialog): PersonState => ({ ...state, dialog });
const home = (state: PersonState): PersonState => ({ ...state, dialog: { at: 'main_menu' }, photos: null });
