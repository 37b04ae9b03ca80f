import type { SendResult } from "../channels/channel.ts";
import type { ChannelName } from "../domain/event.ts";
import { withoutReply } from "../domain/reply-subject.ts";

/** What is known of a message's conversation when it goes out. */
interface Thread {
  conversationId: string;
  channel: ChannelName;
  providerThreadId: string | null;
  providerLeadId: string | null;
  threadSubject: string | null;
  messageIds: string[];
}

type Sent = Extract<SendResult, { outcome: "sent" }>;

interface Conversation {
  /** Messages that have come and are not settled yet. */
  here: number;
  /** Ends when the latest of them has its result. */
  latest: Promise<void>;
  sent: Sent[];
}

/**
 * Messages of one conversation that this process has under way together: each waits for the result of the one before it, and
 * goes on where that led (its Message-ID, its chat), which is not in the database yet. A sender's lane is in one process
 * at a time, so that nobody else has another one of them.
 */
export class ConversationTurns {
  private readonly open = new Map<string, Conversation>();
  /** Preparations under way: they may have read a conversation before what is settled meanwhile was written. */
  private reading = 0;
  private over: string[] = [];

  /** Before conversations are read. Once it is known which messages go, `come` is called for these, and then `haveRead`. */
  read(): void {
    this.reading++;
  }

  come(conversationId: string): void {
    const known = this.open.get(conversationId);
    if (known) known.here++;
    else this.open.set(conversationId, { here: 1, latest: Promise.resolve(), sent: [] });
  }

  haveRead(): void {
    if (--this.reading > 0) return;
    for (const id of this.over.splice(0)) this.close(id);
  }

  /** Waits for the message's turn; calls of one conversation have it in their order. `work` gets the message as it stands then. */
  async take<Message extends Thread, Result>(
    message: Message,
    work: (message: Message) => Promise<Result>,
    sentOf: (result: Result) => Sent | undefined,
  ): Promise<Result> {
    const conversation = this.open.get(message.conversationId);
    if (!conversation) return await work(message);
    const before = conversation.latest;
    const { promise, resolve } = Promise.withResolvers<void>();
    conversation.latest = promise;
    try {
      await before;
      const result = await work(conversation.sent.reduce(goOn, message));
      const sent = sentOf(result);
      if (sent) conversation.sent.push(sent);
      return result;
    } finally {
      resolve();
    }
  }

  /** A message that came is settled: the database says what it led to. */
  leave(conversationId: string): void {
    const conversation = this.open.get(conversationId);
    if (!conversation || --conversation.here > 0) return;
    if (this.reading > 0) this.over.push(conversationId);
    else this.close(conversationId);
  }

  private close(conversationId: string): void {
    if ((this.open.get(conversationId)?.here ?? 1) <= 0) this.open.delete(conversationId);
  }
}

/** The thread after a message of it was sent: what `outcomeForms` of db/sending.ts writes. */
function goOn<Message extends Thread>(message: Message, sent: Sent): Message {
  const { providerMessageId: id, subject = null } = sent;
  const on = {
    ...message,
    providerThreadId: sent.providerThreadId ?? message.providerThreadId,
    providerLeadId: sent.providerLeadId ?? message.providerLeadId,
  };
  if (message.channel !== "email") return on;
  // It was read after that one was settled.
  if (id !== null && message.messageIds.includes(id)) return on;
  const first = message.threadSubject;
  if (first !== null && subject !== null && withoutReply(subject) !== withoutReply(first))
    return { ...on, threadSubject: subject, messageIds: id === null ? [] : [id] };
  return {
    ...on,
    threadSubject: first ?? subject,
    messageIds: id === null ? message.messageIds : [...message.messageIds, id],
  };
}
