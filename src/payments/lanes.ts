import pLimit from 'p-limit';
import { joined } from './joined.ts';

/** Of each lane. */
const atOnce = 2;

/**
 * Reads by id in two lanes: what somebody waits for never stands in line behind what is only looked after. Of many who ask about
 * the same thing, each gets an answer to a question that was put no sooner than theirs.
 */
export function inLanes<Answer>(read: (id: string) => Promise<Answer>): (id: string, isAwaited: boolean) => Promise<Answer> {
  const lane = () => {
    const limit = pLimit(atOnce);
    return joined((id: string) => limit(() => read(id)));
  };
  const [awaited, unhurried] = [lane(), lane()];
  return (id, isAwaited) => (isAwaited ? awaited(id) : unhurried(id));
}
