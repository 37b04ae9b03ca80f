import { Alert, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useHotkeys, useMediaQuery } from "@mantine/hooks";
import { IconArrowLeft, IconBan, IconUser } from "@tabler/icons-react";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { apiQuery, useApi, useApiList } from "../../api/query.ts";
import { useRight, useSignedIn } from "../../api/session.ts";
import { Link, TextLink } from "../../ui/link.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { toast, toastWithUndo } from "../../ui/toast.tsx";
import { Answer } from "./answer.tsx";
import { channelIcons, leadName } from "./conversation-looks.ts";
import { DraftSlot } from "./draft-slot.tsx";
import classes from "./inbox.module.css";
import { LeadPanel } from "./lead-panel.tsx";
import { MessageBubble } from "./message-bubble.tsx";
import { t } from "./texts.ts";

type Conversation = Output<"GET /v1/conversations/{id}">;

/** One conversation: its messages, oldest at the top, and the answer below. Opening it marks it as read. */
export function Thread({ conversationId }: { conversationId: string }) {
  const params = { id: conversationId };
  const { data, error, refetch } = useApi("GET /v1/conversations/{id}", { params });
  const messages = useApiList("GET /v1/conversations/{id}/messages", { params, query: { order: "desc", limit: 50 } });
  const mayAnswer = useRight("messages.send");
  const mayChange = useRight("conversations.write");
  const conversation = data?.id === conversationId ? data : null;
  const { mutate: markRead } = useChange("POST /v1/conversations/{id}/read", { outdates: ["conversations"] });
  const unread = conversation?.unread ?? 0;
  const latest = messages.rows[0]?.conversationId === conversationId ? messages.rows[0].id : null;
  useEffect(() => {
    if (unread > 0 && latest && mayChange) markRead({ params: { id: conversationId }, body: { messageId: latest } });
  }, [unread, latest, mayChange, markRead, conversationId]);

  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message is what it scrolls for.
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [latest]);

  // Beside the thread there is room from here on; dashboard/src/pages/inbox/inbox.module.css says the same.
  const wide = useMediaQuery("(min-width: 75em)", undefined, { getInitialValueInEffect: false });
  const [about, setAbout] = useState(false);

  if (error && !conversation) {
    return (
      <div className={classes.thread}>
        <ErrorState error={error} retry={() => void refetch()} />
      </div>
    );
  }
  if (!conversation) {
    return (
      <Stack p="md" className={classes.thread}>
        <Skeleton height={36} />
        <Skeleton height={220} />
      </Stack>
    );
  }
  return (
    <>
      <div className={classes.thread}>
        <Head conversation={conversation} {...(!wide && { onAbout: () => setAbout(true) })} />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
        <div className={classes.messages} ref={box} tabIndex={0}>
          {messages.hasMore && (
            <Button
              variant="subtle"
              color="gray"
              fullWidth
              loading={messages.isLoadingMore}
              onClick={messages.loadMore}
            >
              {t.loadOlder}
            </Button>
          )}
          {messages.error && messages.rows.length === 0 ? (
            <ErrorState error={messages.error} retry={messages.retry} />
          ) : (
            <ol style={{ margin: 0, padding: 0 }}>
              {[...messages.rows].reverse().map((message) => (
                <MessageBubble key={message.id} message={message} />
              ))}
            </ol>
          )}
        </div>
        <div className={classes.foot}>
          <DraftSlot leadId={conversation.lead.id} leadName={leadName(conversation.lead) || t.noName} />
          {conversation.optOut ? (
            <Alert color="red" icon={<IconBan size={16} />} title={t.optedOut}>
              {conversation.optOut.reason}
            </Alert>
          ) : (
            mayAnswer && <Answer conversation={conversation} />
          )}
        </div>
      </div>
      <LeadPanel conversation={conversation} drawer={wide ? null : { opened: about, onClose: () => setAbout(false) }} />
    </>
  );
}

function Head({ conversation, onAbout }: { conversation: Conversation; onAbout?: () => void }) {
  const { user } = useSignedIn();
  const mayChange = useRight("conversations.write");
  const { id, lead, channel, status, assignee, senderId } = conversation;
  const params = { id };
  const Mark = channelIcons[channel];
  const change = useChange("PATCH /v1/conversations/{id}", {
    outdates: ["conversations"],
    optimistic: ({ body }) => ({
      queryKey: apiQuery("GET /v1/conversations/{id}", { params }).queryKey,
      change: (before: Conversation) => ({ ...before, ...body }),
    }),
  });
  const toggle = () => {
    const next = status === "open" ? "closed" : "open";
    change.mutate(
      { params, body: { status: next } },
      {
        onSuccess: () =>
          toastWithUndo(next === "closed" ? t.closed : t.reopened, () => change.mutate({ params, body: { status } })),
      },
    );
  };
  const router = useRouter();
  // Back to the list: here it would be read again at once.
  const markUnread = useChange("POST /v1/conversations/{id}/unread", {
    outdates: ["conversations"],
    onDone: () => {
      toast(t.markedUnread);
      // Who has gone on meanwhile isn't taken away from there.
      if (router.state.location.pathname !== `/inbox/${id}`) return;
      void router.navigate({ to: "/inbox", search: ((before: object) => before) as never });
    },
  });
  const mine = assignee === user.email;
  const about = [lead.title, lead.company, t.leadStatuses[lead.status]].filter(Boolean).join(" · ");
  const assign = () => change.mutate({ params, body: { assignee: mine ? null : user.email } });
  useHotkeys(
    mayChange
      ? [
          ["e", toggle],
          ["a", assign],
          ["u", () => markUnread.mutate({ params })],
        ]
      : [],
  );
  return (
    <header className={classes.head}>
      <Button
        component={Link}
        to="/inbox"
        variant="subtle"
        color="gray"
        px={6}
        className={classes.back}
        aria-label={t.backToList}
      >
        <IconArrowLeft size={16} aria-hidden />
      </Button>
      <div className={classes.headName}>
        <Title order={2}>
          <TextLink to={`/leads/${lead.id}`} inherit c="inherit">
            {leadName(lead) || t.noName}
          </TextLink>
        </Title>
        <Group gap={6} wrap="nowrap">
          <Mark size={14} style={{ flex: "none" }} role="img" aria-label={t.channels[channel]} />
          <Text size="xs" c="dimmed" truncate title={about}>
            {about}
          </Text>
          {assignee && !mine && (
            <Text size="xs" c="dimmed" truncate>
              {t.assignee(assignee)}
            </Text>
          )}
        </Group>
      </div>
      {onAbout && (
        <Button variant="default" px={8} aria-label={t.about} onClick={onAbout}>
          <IconUser size={16} aria-hidden />
        </Button>
      )}
      {mayChange && (
        <Group gap={6} data-sender={senderId}>
          <Button variant="default" px={8} aria-pressed={mine} onClick={assign}>
            {mine ? t.unassign : t.assign}
          </Button>
          <Button variant="default" px={8} loading={markUnread.isPending} onClick={() => markUnread.mutate({ params })}>
            {t.markUnread}
          </Button>
          <Button variant="default" px={8} onClick={toggle}>
            {status === "open" ? t.close : t.reopen}
          </Button>
        </Group>
      )}
    </header>
  );
}
