interface Unsent {
  text: string;
  subject: string;
}

/** Answers that were begun and not sent, until the page is loaded again: in memory alone, since they are about people. */
const kept = new Map<string, Unsent>();

/** Of one person's one conversation: somebody else may sign in on the same page. */
export function unsentAnswer(userId: string, conversationId: string) {
  const key = `${userId}/${conversationId}`;
  return {
    get: (): Unsent => kept.get(key) ?? { text: "", subject: "" },
    set: (answer: Unsent): void => {
      if (answer.text === "" && answer.subject === "") kept.delete(key);
      else kept.set(key, answer);
    },
  };
}
