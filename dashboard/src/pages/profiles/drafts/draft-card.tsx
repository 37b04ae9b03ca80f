import { Badge, Skeleton, Title } from "@mantine/core";
import type { Item } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { formatDuration } from "../../../text/format.ts";
import { TextLink } from "../../../ui/link.tsx";
import review from "../../../ui/review.module.css";
import { Time } from "../../../ui/time.tsx";
import { LastMessages } from "./conversation.tsx";
import { Decision } from "./decision.tsx";
import { Reasons } from "./reasons.tsx";
import { t } from "./texts.ts";

export type Turn = Item<"GET /v1/assistant/turns">;

/** A turn with all that a person needs to decide: what was said, what the assistant made of it, and why. */
export function DraftCard({ turn, profileName }: { turn: Turn; profileName: string | null }) {
  const { data: lead, isPending } = useApi("GET /v1/leads/{id}", { params: { id: turn.leadId } });
  const known = lead?.id === turn.leadId ? lead : undefined;
  const name = known && ([known.firstName, known.lastName].filter(Boolean).join(" ") || known.email || known.phone);
  const title = name || t.lead;
  const tokens = (turn.inputTokens ?? 0) + (turn.outputTokens ?? 0);
  return (
    <article className={review.card} aria-label={t.draftOf(title)}>
      <header className={review.head}>
        <Title order={2}>
          {known || !isPending ? (
            <TextLink to={`/leads/${turn.leadId}`}>{title}</TextLink>
          ) : (
            <Skeleton component="span" display="inline-block" height={12} width={120} />
          )}
        </Title>
        {known?.company && <span className={review.meta}>{known.company}</span>}
        <Badge color="gray" variant="default" tt="none" fw={500}>
          {[t.kinds[turn.kind], turn.channel && t.channels[turn.channel]].filter(Boolean).join(" · ")}
        </Badge>
        <span className={review.meta} style={{ marginLeft: "auto" }}>
          <TextLink to={`/profiles/${turn.profileId}`} inherit underline="always">
            {profileName ?? t.profile}
          </TextLink>
          {turn.profileVersion !== null && `, ${t.version(turn.profileVersion)}`}
          {tokens > 0 && ` · ${t.cost(tokens, formatDuration(turn.latencyMs ?? 0))}`}
          {" · "}
          <Time at={turn.createdAt} />
        </span>
      </header>
      <div className={review.columns}>
        <div className={review.side}>
          <LastMessages conversationId={turn.conversationId} leadName={title} />
          <Reasons turn={turn} />
        </div>
        <div className={review.side}>
          <Decision turn={turn} leadName={title} />
        </div>
      </div>
    </article>
  );
}
