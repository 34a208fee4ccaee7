/** The files that take longest begin first, so that none of them is waited for alone at the end. */
const longest = [
  'crash',
  'sandbox-browser',
  'modes',
  'payment-chaos',
  'payment-races',
  'payment-crash',
  'sandbox-page',
  'sandbox-edits',
  'history',
  'outbox',
];

const rank = file => {
  const place = longest.indexOf(/[/\\]([\w-]+)\.test\.[jt]s$/.exec(file)?.[1]);
  return place < 0 ? longest.length : place;
};

/** `npm test` has just compiled everything; `npx ava test/….test.ts` takes a file as it is written. */
const compiled = process.env.npm_lifecycle_event === 'test';

export default {
  ...(compiled
    ? { files: ['dist/test/**/*.test.js'] }
    : { files: ['test/**/*.test.ts'], extensions: { ts: 'module' }, nodeArguments: ['--import=tsx'] }),
  workerThreads: false,
  // Most of what is tested waits: for a process that was killed, for a bot that Telegram lets speak once a second.
  concurrency: 3,
  timeout: '300s',
  sortTestFiles: (one, other) => rank(one) - rank(other) || one.localeCompare(other),
};
