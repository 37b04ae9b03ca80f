import { Button, Group, Select, Skeleton, Stack, Text, Textarea, Title } from "@mantine/core";
import { useThrottledCallback } from "@mantine/hooks";
import { useCallback, useState } from "react";
import type { Input, Item } from "../../api/client.ts";
import { useLiveEvents } from "../../api/live-queries.ts";
import { useChange } from "../../api/mutation.ts";
import { useApiList } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { HtmlFrame } from "../../ui/html-frame.tsx";
import { TextLink } from "../../ui/link.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { OnItsWay } from "./on-its-way.tsx";
import classes from "./sandbox-box.module.css";
import { channelIcons, type Sender } from "./sender-looks.tsx";
import { t } from "./texts.ts";

type Arrived = Item<"GET /v1/senders/{id}/sandbox-messages">;
type Kind = NonNullable<Input<"POST /v1/senders/{id}/sandbox-replies">["body"]["kind"]>;

/** What a sandbox sender delivered, as the lead would see it, and what the lead does then. */
export function SandboxBox({ sender }: { sender: Sender }) {
  const list = useApiList("GET /v1/senders/{id}/sandbox-messages", {
    params: { id: sender.id },
    query: { limit: 100 },
  });
  const again = useThrottledCallback(list.retry, 1_500);
  useLiveEvents(useCallback(({ eventType }) => eventType.startsWith("message.") && again(), [again]));
  const [chosen, setChosen] = useState<string | null>(null);
  const people = [...new Set(list.rows.map(({ to }) => to))];
  const who = chosen !== null && people.includes(chosen) ? chosen : people[0];
  const theirs = list.rows.filter(({ to }) => to === who);
  const latest = theirs[0];
  const Mark = channelIcons[sender.channel];
  return (
    <section aria-label={t.arrived} style={{ minWidth: 0 }}>
      <Title order={2} mb="xs">
        {t.arrived}
      </Title>
      <div className={classes.box} data-channel={sender.channel}>
        <OnItsWay sender={sender} />
        {list.error && list.rows.length === 0 ? (
          <ErrorState error={list.error} retry={list.retry} />
        ) : list.isLoading ? (
          <Skeleton height={240} />
        ) : !latest ? (
          <EmptyState title={t.nothingArrived} text={t.nothingArrivedText} icon={Mark} />
        ) : (
          <>
            <div className={classes.head}>
              <Select
                label={t.arrivedAs[sender.channel]}
                leftSection={<Mark size={14} aria-hidden />}
                data={people}
                value={who ?? null}
                onChange={setChosen}
                allowDeselect={false}
                searchable
              />
            </div>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
            <ol className={classes.list} tabIndex={0}>
              {theirs.toReversed().map((message) => (
                <Message key={message.id} message={message} />
              ))}
            </ol>
            {list.hasMore && (
              <Button variant="subtle" color="gray" fullWidth loading={list.isLoadingMore} onClick={list.loadMore}>
                {common.loadMore}
              </Button>
            )}
            <AnswerAs key={who} sender={sender} message={latest} />
          </>
        )}
      </div>
    </section>
  );
}

function Message({ message: { subject, text, html, deliveredAt } }: { message: Arrived }) {
  return (
    <li className={classes.item}>
      {subject && (
        <Text size="sm" fw={600} mb={2}>
          {subject}
        </Text>
      )}
      {html ? (
        <HtmlFrame title={t.mailTitle} html={html} />
      ) : (
        <div className={classes.text}>{text || t.invitation}</div>
      )}
      <Text size="xs" c="dimmed" mt={2}>
        <Time at={deliveredAt} />
      </Text>
    </li>
  );
}

function AnswerAs({ sender, message }: { sender: Sender; message: Arrived }) {
  const mayAnswer = useRight("messages.send");
  const [text, setText] = useState("");
  const said = { reply: t.answered, accept: t.accepted, bounce: t.bounced };
  const answer = useChange("POST /v1/senders/{id}/sandbox-replies", {
    outdates: ["senders", "conversations", "leads", "messages", "suppressions"],
    onDone: ({ detail }, { body }) => {
      setText("");
      toast(detail ?? said[body.kind ?? "reply"]);
    },
  });
  if (!mayAnswer) return null;
  const act = (kind: Kind, words?: string) =>
    answer.mutate({
      params: { id: sender.id },
      body: { messageId: message.id, kind, ...(words !== undefined && { text: words }) },
    });
  return (
    <form
      className={classes.foot}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) act("reply", text.trim());
      }}
    >
      <Stack gap="xs">
        <Textarea
          label={t.answerAs(message.to)}
          placeholder={t.answerText}
          autosize
          minRows={2}
          maxRows={6}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Group gap="xs">
          <Button type="submit" loading={answer.isPending} disabled={text.trim() === ""}>
            {t.reply}
          </Button>
          {sender.channel !== "linkedin" && (
            <Button variant="default" onClick={() => act("reply", "STOP")}>
              {t.stop}
            </Button>
          )}
          {sender.channel === "linkedin" && (
            <Button variant="default" onClick={() => act("accept")}>
              {t.accept}
            </Button>
          )}
          {sender.channel === "email" && (
            <Button variant="default" onClick={() => act("bounce")}>
              {t.bounce}
            </Button>
          )}
          <TextLink to="/inbox" size="sm">
            {t.toInbox}
          </TextLink>
        </Group>
      </Stack>
    </form>
  );
}
