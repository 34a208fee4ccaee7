import { benchBonus } from './bonus.ts';
import { benchLatency } from './latency.ts';
import { benchLedger } from './ledger.ts';
import { benchQueue } from './queue.ts';
import { print } from './report.ts';
import { benchStart } from './start.ts';
import { benchWebhook } from './webhook.ts';

/**
 * `npm run bench [ledger|webhook|latency|start|bonus|queue]`: ours beside the bare limit of the same run; medians, for machines
 * are noisy.
 */
const benches = {
  ledger: benchLedger,
  webhook: benchWebhook,
  latency: benchLatency,
  start: benchStart,
  bonus: benchBonus,
  queue: benchQueue,
};

const wanted = process.argv.slice(2);
for (const [name, bench] of Object.entries(benches)) if (wanted.length === 0 || wanted.includes(name)) await bench();
print('done');
process.exit(0);
