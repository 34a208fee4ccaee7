import type { Execution } from '../src/sandbox/comfyui/server.ts';
import { bareQueue } from './bare-queue.ts';
import { line, median, print } from './report.ts';
import { machine, openHouse, openStage, type Stage } from './stage.ts';

const jobs = 50;
const jobMs = 1_000;

/**
 * How long 50 jobs of a second take on one server while each delivery takes a second, from the first prompt to the last end. On a
 * busy machine the executions take longer than they are told to: what the house adds is seen beside them, and beside another
 * server whose next prompt is posted blindly, right after: at the same time each would be the other's busy machine.
 */
export async function benchMakespan(): Promise<void> {
  const stage = await openStage({ servers: 1, jobMs });
  const house = await openHouse(stage);
  stage.telegram.faults.always({ kind: 'slow', method: 'sendPhoto', delayMs: 1_000 });
  await stage.order(Array.from({ length: jobs }, (_, n) => 30_000 + n));
  const executions = await stage.executed(jobs);
  const asked = stage.comfys[0]!.requests.find(({ method, path }) => method === 'POST' && path === '/prompt')!;
  const ms = Math.max(...executions.map(({ endedAt }) => endedAt!)) - asked.at;
  const runMs = runMsOf(executions);
  await house.stop();
  const bare = await besides(stage);
  await stage.close();
  line(`${jobs} jobs of 1 s on one server, each delivery takes 1 s`, 'ms', ms, {
    name: 'as they are told to take',
    value: jobs * jobMs,
  });
  line('  beside what its executions did take', 'ms', ms, { name: 'executions', value: runMs });
  line('  the next prompt posted blindly', 'ms', bare.ms, { name: 'executions', value: bare.runMs });
  const gaps = [perJob(ms - runMs), `${median(gapsOf(executions))}`];
  print(
    `  between two executions: ${gaps.join(' ms on average, median ')} ms; blindly ${perJob(bare.ms - bare.runMs)} ms on average`,
  );
}

/** The same graph as often on a server that nobody else uses. */
async function besides({ comfys: [comfy] }: Stage): Promise<{ ms: number; runMs: number }> {
  const { graph } = await comfy!.waitFor('started', () => true);
  const other = await machine(jobMs);
  for (const path of comfy!.files.list('input')) other.files.write('input', path, comfy!.files.read('input', path)!);
  const ms = await bareQueue(other, graph, jobs);
  await other.close();
  return { ms, runMs: runMsOf(other.executions) };
}

const runMsOf = (executions: readonly Execution[]): number =>
  executions.reduce((sum, { startedAt, endedAt }) => sum + endedAt! - startedAt, 0);

const gapsOf = (executions: readonly Execution[]): number[] =>
  executions.slice(1).map(({ startedAt }, n) => startedAt - executions[n]!.endedAt!);

const perJob = (ms: number): string => (ms / jobs).toFixed(1);
