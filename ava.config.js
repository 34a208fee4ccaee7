/** The files that take longest begin first, so that none of them is waited for alone at the end. */
const longest = [
  'crash',
  'sandbox-browser',
  'modes',
  'payment-races',
  'sandbox-page',
  'sandbox-edits',
  'payment-crash',
  'outbox',
];

const rank = file => {
  const place = longest.findIndex(name => file.endsWith(`/${name}.test.ts`) || file.endsWith(`\\${name}.test.ts`));
  return place < 0 ? longest.length : place;
};

export default {
  files: ['test/**/*.test.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  // Most of what is tested waits: for a process that was killed, for a bot that Telegram lets speak once a second.
  concurrency: 3,
  timeout: '60s',
  sortTestFiles: (one, other) => rank(one) - rank(other) || one.localeCompare(other),
};
