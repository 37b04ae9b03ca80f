import type { LostReply } from "../../api/lost-reply.ts";
import { randomKey } from "../../api/random-key.ts";

interface Unsent {
  text: string;
  subject: string;
  /** The answer's idempotency key, until it has gone out: however often it is sent, and from wherever one comes back, that is once. */
  key: string;
  /** What is known of a text that was sent under this key, or the one before, and whose reply was lost. */
  lost: LostReply | null;
}

/** What became of what was sent under a key. */
interface Outcome {
  key: string;
  text: string;
  /** Null: it has gone out. */
  lost: LostReply | null;
}

/** Answers that were begun and not sent, until the page is loaded again: in memory alone, since they are about people. */
const kept = new Map<string, Unsent>();

type Watcher = (outcome: Outcome) => void;
const watchers = new Set<Watcher>();

/** Of one person's one conversation: somebody else may sign in on the same page. */
export function unsentAnswer(userId: string, conversationId: string) {
  const place = `${userId}/${conversationId}`;
  return {
    get: (): Unsent => kept.get(place) ?? { text: "", subject: "", key: randomKey(), lost: null },
    set: (answer: Unsent): void => {
      if (answer.text === "" && answer.subject === "") kept.delete(place);
      else kept.set(place, answer);
    },
    /**
     * What became of a text: maybe while another conversation was looked at, where nobody else hears of it. A key that was used is
     * no other text's.
     */
    settled: (outcome: Outcome): void => {
      const { key, text, lost } = outcome;
      const answer = kept.get(place);
      if (answer?.key === key) {
        if (lost === null && answer.text === text) kept.delete(place);
        else kept.set(place, { ...answer, lost, key: lost === "unsure" ? key : randomKey() });
      }
      for (const watcher of watchers) watcher(outcome);
    },
    /** Hears of what became of answers. Gives what ends it. */
    watch: (watcher: Watcher): (() => void) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}
