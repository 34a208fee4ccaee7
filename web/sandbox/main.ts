import { mount } from './app.ts';
import { createStore } from './live.ts';
import { navigate } from './navigation.ts';
import { recallPreferences } from './preferences.ts';
import { follow } from './stream.ts';

recallPreferences();
const store = createStore();
const navigation = navigate(store);
mount(document.querySelector<HTMLElement>('#app')!, store, navigation);
follow(store.dispatch);

// A file that is dropped beside a chat must not take the page's place.
for (const name of ['dragover', 'drop']) addEventListener(name, event => event.preventDefault());
