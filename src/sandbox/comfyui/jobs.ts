import type { Context } from 'koa';
import { paramOf } from './body.ts';
import type { HistoryEntry } from './history.ts';
import type { House } from './house.ts';
import type { Life } from './life.ts';
import type { QueueItem } from './queue.ts';

type JobStatus = 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled';

const sketch = (item: QueueItem, status: JobStatus, outputsCount: number): Record<string, unknown> => {
  const [priority, id, , { create_time }] = item;
  return { id, status, priority, create_time, outputs_count: outputsCount, previewable_outputs_count: outputsCount };
};

const statusOf = ({ status: { completed, messages } }: HistoryEntry): JobStatus => {
  if (completed) return 'completed';
  return messages.at(-1)?.[0] === 'execution_interrupted' ? 'cancelled' : 'failed';
};

const endedJob = (entry: HistoryEntry): Record<string, unknown> => {
  const { prompt, outputs, status } = entry;
  const times = status.messages.map(([, { timestamp }]) => timestamp);
  const error = status.messages.find(([event]) => event === 'execution_error')?.[1];
  return {
    ...sketch(prompt, statusOf(entry), Object.keys(outputs).length),
    execution_start_time: times[0],
    execution_end_time: times.at(-1),
    ...(error && { execution_error: error }),
    outputs,
    execution_status: status,
    workflow: { prompt: prompt[2], extra_data: prompt[3] },
  };
};

const findJob = ({ queue, history }: Life, id: string): Record<string, unknown> | undefined => {
  const running = queue.running();
  if (running?.[1] === id) return sketch(running, 'in_progress', 0);
  const pending = queue.pending().find(item => item[1] === id);
  if (pending) return sketch(pending, 'pending', 0);
  const entry = history.get(id);
  return entry && endedJob(entry);
};

/** GET /api/jobs/{id}, 0.33.0 only. */
export const getJob =
  ({ life }: House) =>
  (ctx: Context): void => {
    const job = findJob(life(), paramOf(ctx, 'id'));
    ctx.status = job ? 200 : 404;
    ctx.body = job ?? { error: 'Job not found' };
  };

/** POST /api/jobs/{id}/cancel, 0.33.0 only: pending or running, in one step. */
export const postCancel =
  ({ life }: House) =>
  (ctx: Context): void => {
    const id = paramOf(ctx, 'id');
    const { queue } = life();
    const running = queue.running()?.[1] === id;
    if (running) life().interrupt(id);
    ctx.body = { cancelled: running || queue.remove(id) };
  };
