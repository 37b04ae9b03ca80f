import { Skeleton, Text } from "@mantine/core";
import { useApiWhen } from "../../../api/query.ts";
import review from "../../../ui/review.module.css";
import { PartError } from "../../../ui/state.tsx";
import { Time } from "../../../ui/time.tsx";
import { t } from "./texts.ts";

/** The end of the conversation, the latest message last. */
export function LastMessages({ conversationId, leadName }: { conversationId: string | null; leadName: string }) {
  const { data, isPending, error, refetch } = useApiWhen(
    "GET /v1/conversations/{id}/messages",
    conversationId === null ? null : { params: { id: conversationId }, query: { limit: 5 } },
  );
  const messages = [...(data?.data ?? [])].reverse();
  return (
    <section aria-label={t.conversation}>
      <p className={review.label}>{t.conversation}</p>
      {conversationId !== null && isPending ? (
        <Skeleton height={60} />
      ) : error && !data ? (
        <PartError error={error} retry={() => void refetch()} />
      ) : messages.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t.noConversation}
        </Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <ol className={review.messages} tabIndex={0} aria-label={t.conversation}>
          {messages.map((message) => (
            <li key={message.id} className={review.message} data-from={message.direction === "inbound" ? "lead" : "us"}>
              <p className={review.text}>{message.visibleText ?? (message.text || t.noText)}</p>
              <span className={review.meta}>
                {message.direction === "inbound" ? leadName : t.us} · <Time at={message.sentAt ?? message.createdAt} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
