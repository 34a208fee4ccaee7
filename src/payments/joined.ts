/**
 * Joins questions about the same thing: while one is asked, all who come meanwhile share one more, which is asked after it.
 * Whoever asks gets an answer to a question that was put no sooner than theirs, and however many ask, two at most are open for
 * each id.
 */
export function joined<Answer>(ask: (id: string) => Promise<Answer>): (id: string) => Promise<Answer> {
  const asked = new Map<string, Promise<Answer>>();
  const next = new Map<string, Promise<Answer>>();
  const put = (id: string): Promise<Answer> => {
    next.delete(id);
    const answer = ask(id);
    asked.set(id, answer);
    const done = () => {
      if (asked.get(id) === answer) asked.delete(id);
    };
    answer.then(done, done);
    return answer;
  };
  return id => {
    const before = asked.get(id);
    if (!before) return put(id);
    const waiting =
      next.get(id) ??
      before.then(
        () => put(id),
        () => put(id),
      );
    next.set(id, waiting);
    return waiting;
  };
}
