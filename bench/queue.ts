import { benchFairness } from './fairness.ts';
import { benchMakespan } from './makespan.ts';
import { benchRecovery } from './recovery.ts';
import { print } from './report.ts';
import { benchScaling } from './scaling.ts';

/**
 * What becomes of the time of the GPUs. The house is a process of its own; the stand-ins share the cores of this machine with it.
 */
export async function benchQueue(): Promise<void> {
  await benchMakespan();
  await benchScaling();
  await benchFairness();
  await benchRecovery();
  print('  (stand-ins, house and whoever else works here share the cores of this machine)');
}
