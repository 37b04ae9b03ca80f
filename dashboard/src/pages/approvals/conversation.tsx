import { Skeleton, Text } from "@mantine/core";
import { useApiWhen } from "../../api/query.ts";
import review from "../../ui/review.module.css";
import { PartError } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import type { Approval } from "./approvals-page.tsx";
import { t } from "./texts.ts";

/** What was said before: of the conversation that is answered, or the lead's latest messages on any channel. */
export function Conversation({ approval: { conversationId, leadId, names } }: { approval: Approval }) {
  const answered = useApiWhen(
    "GET /v1/conversations/{id}/messages",
    conversationId === null ? null : { params: { id: conversationId }, query: { limit: 6 } },
  );
  const ofLead = useApiWhen(
    "GET /v1/messages",
    conversationId !== null || leadId === null ? null : { query: { leadId, limit: 6 } },
  );
  const asked = conversationId === null ? ofLead : answered;
  const pending = asked.isPending && (conversationId ?? leadId) !== null;
  const messages = asked.data?.data.toReversed() ?? [];
  return (
    <div>
      <p className={review.label}>{t.conversation}</p>
      {pending ? (
        <Skeleton height={60} />
      ) : asked.error && !asked.data ? (
        <PartError error={asked.error} retry={() => void asked.refetch()} />
      ) : messages.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t.noConversation}
        </Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <ol className={review.messages} tabIndex={0} aria-label={t.conversation}>
          {messages.map(({ id, direction, text, visibleText, sentAt, createdAt }) => (
            <li key={id} className={review.message} data-from={direction === "inbound" ? "lead" : "us"}>
              <p className={review.text}>{visibleText ?? (text || t.noText)}</p>
              <span className={review.meta}>
                {direction === "inbound" ? (names.lead ?? t.somebody) : t.us} · <Time at={sentAt ?? createdAt} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
