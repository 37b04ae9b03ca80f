/** What a fake provider holds: every message that arrived, in order. The judge of "never twice, never lost". */
export class Arrivals<Message extends { to: string; body: string }> {
  /** In order of arrival. Tests may push older messages into it. */
  readonly messages: Message[] = [];
  readonly #listeners = new Set<(message: Message) => void>();

  add(message: Message): void {
    this.messages.push(message);
    for (const listener of this.#listeners) listener(message);
  }

  /** How often each pair of recipient and text arrived; the key is `<to>\n<body>`. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { to, body } of this.messages) {
      const key = `${to}\n${body}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  /** Calls back for each message that arrives from now on. Returns the function that ends it. */
  listen(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves as soon as `count` messages are here, those of the past included. */
  reached(count: number): Promise<void> {
    if (this.messages.length >= count) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.listen(() => {
      if (this.messages.length < count) return;
      stop();
      resolve();
    });
    return promise;
  }
}
