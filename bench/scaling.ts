import { perSecond, print } from './report.ts';
import { openHouse, openStage } from './stage.ts';

const jobMs = 1_000;
const jobsPerServer = 24;

/**
 * Jobs per second with more and more servers, beside the first one's many times over. The stand-ins share the cores of this
 * machine.
 */
export async function benchScaling(): Promise<void> {
  let one: number | undefined;
  for (const servers of [1, 2, 4, 8]) {
    const rate = await jobsPerSecond(servers);
    one ??= rate;
    const [linear, most] = [one * servers, (servers * 1000) / jobMs];
    print(
      `${`jobs of ${jobMs} ms on ${servers} server${servers > 1 ? 's' : ''}`.padEnd(58)} ${rate.toFixed(2).padStart(10)} /s   | ${servers} × one server: ${linear.toFixed(2)} /s | ratio ${(rate / linear).toFixed(3)} | executions alone: ${most.toFixed(2)} /s`,
    );
  }
}

async function jobsPerSecond(servers: number): Promise<number> {
  const stage = await openStage({ servers, jobMs });
  const house = await openHouse(stage);
  const jobs = servers * jobsPerServer;
  await stage.order(Array.from({ length: jobs }, (_, n) => 40_000 + n));
  const executions = await stage.executed(jobs);
  const first = Math.min(...executions.map(({ queuedAt }) => queuedAt));
  const last = Math.max(...executions.map(({ endedAt }) => endedAt!));
  await house.stop();
  await stage.close();
  return perSecond(jobs, last - first);
}
