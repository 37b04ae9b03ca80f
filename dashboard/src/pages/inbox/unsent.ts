import { randomKey } from "../../api/random-key.ts";

interface Unsent {
  text: string;
  subject: string;
  /** The answer's idempotency key, until it has gone out: however often it is sent, and from wherever one comes back, that is once. */
  key: string;
}

/** Answers that were begun and not sent, until the page is loaded again: in memory alone, since they are about people. */
const kept = new Map<string, Unsent>();

type Watcher = (sent: { key: string; text: string }) => void;
const watchers = new Set<Watcher>();

/** Of one person's one conversation: somebody else may sign in on the same page. */
export function unsentAnswer(userId: string, conversationId: string) {
  const place = `${userId}/${conversationId}`;
  return {
    get: (): Unsent => kept.get(place) ?? { text: "", subject: "", key: randomKey() },
    set: (answer: Unsent): void => {
      if (answer.text === "" && answer.subject === "") kept.delete(place);
      else kept.set(place, answer);
    },
    /** It has gone out: maybe while another conversation was looked at, where nobody else hears of it. */
    sent: (key: string, text: string): void => {
      const answer = kept.get(place);
      if (answer?.key === key) {
        if (answer.text === text) kept.delete(place);
        else kept.set(place, { ...answer, key: randomKey() });
      }
      for (const watcher of watchers) watcher({ key, text });
    },
    /** Hears of answers that have gone out. Gives what ends it. */
    watch: (watcher: Watcher): (() => void) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}
