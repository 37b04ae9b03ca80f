import { Badge } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import type { QueryClient } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { askListEarly, useApi, useApiList } from "../../api/query.ts";
import { sessionQuery, useSignedIn } from "../../api/session.ts";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { urlState, useUrlState } from "../../ui/url-state.ts";
import { ConversationList, type Filters } from "./conversation-list.tsx";
import classes from "./inbox.module.css";
import { nobody } from "./more-filters.tsx";
import { t } from "./texts.ts";
import { Thread } from "./thread.tsx";

const defaults = {
  ...{ state: "open", channel: "", q: "", leadId: "" },
  ...{ leadStatus: "", assignee: "", campaignId: "", senderId: "" },
};

export function early(queries: QueryClient): void {
  const me = queries.getQueryData(sessionQuery.queryKey)?.user?.email ?? "";
  askListEarly(queries, "GET /v1/conversations", { query: queryOf(urlState(defaults), me) });
}

/** All conversations at the left, one at the right; on a narrow screen one of the two. */
export default function InboxPage() {
  const router = useRouter();
  const { user } = useSignedIn();
  const { conversationId } = useParams({ strict: false }) as { conversationId?: string };
  const [filters, setFilters] = useUrlState(defaults);
  const query = useMemo(() => queryOf(filters, user.email), [filters, user.email]);
  const list = useApiList("GET /v1/conversations", { query });
  const unread = useApi("GET /v1/conversations/unread");
  const { rows } = list;
  const open = useCallback(
    (id: string) => void router.navigate({ to: `/inbox/${id}`, search: ((before: object) => before) as never }),
    [router],
  );
  const move = (by: 1 | -1) => {
    const at = rows.findIndex(({ id }) => id === conversationId);
    const next = rows[at === -1 ? 0 : at + by];
    if (next) open(next.id);
  };
  useHotkeys([
    ["j", () => move(1)],
    ["k", () => move(-1)],
  ]);
  return (
    <Page
      title={t.title}
      badge={
        unread.data && unread.data.messages > 0 ? (
          <Badge color="accent" styles={{ root: { textTransform: "none" } }}>
            {t.unread(unread.data.messages)}
          </Badge>
        ) : undefined
      }
    >
      <div className={classes.root} data-open={conversationId !== undefined || undefined}>
        <ConversationList
          list={list}
          filters={filters as Filters}
          onFilter={setFilters}
          selected={conversationId ?? null}
          onOpen={open}
        />
        {conversationId === undefined ? (
          <div className={classes.thread}>
            <EmptyState title={t.choose} text={t.chooseText} />
          </div>
        ) : (
          <Thread key={conversationId} conversationId={conversationId} />
        )}
      </div>
    </Page>
  );
}

function queryOf(filters: Filters, me: string) {
  const { state, channel, q, leadId, leadStatus, assignee, campaignId, senderId } = filters;
  return {
    limit: 50,
    // Of one lead all are shown, whatever their state.
    ...(leadId ? { leadId } : { status: state === "closed" ? "closed" : "open" }),
    ...(state === "unread" && { unread: "true" }),
    ...(state === "mine" && { assignee: me }),
    ...(assignee && { assignee: assignee === nobody ? "" : assignee }),
    ...(leadStatus && { leadStatus }),
    ...(campaignId && { campaignId }),
    ...(senderId && { senderId }),
    ...(channel && { channel }),
    ...(q && { q }),
  } as never;
}
