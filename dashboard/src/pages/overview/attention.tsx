import { Button, Group, Skeleton, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleX, IconClock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useChange } from "../../api/mutation.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { Link } from "../../ui/link.tsx";
import { Panel } from "../../ui/panel.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import classes from "./attention.module.css";
import { attentionCalls } from "./first-calls.ts";
import { t } from "./texts.ts";

type Urgency = "bad" | "warning" | "waiting";

interface Item {
  key: string;
  urgency: Urgency;
  title: string;
  text?: string | undefined;
  action: ReactNode;
}

/** What doesn't go on without a person; the most urgent first. Kept current by events. */
export function Attention() {
  const { items, isLoading, error, retry } = useItems();
  return (
    <Panel title={t.attention} flush>
      {/* All at once: each that came by itself would move what is below it. */}
      {isLoading ? (
        <Skeleton height={240} />
      ) : items.length > 0 ? (
        <ul className={classes.list}>
          {error !== null && (
            <Line
              urgency="bad"
              title={t.notAllSeen}
              text={error.message}
              action={
                <Button variant="default" onClick={retry}>
                  {common.retry}
                </Button>
              }
            />
          )}
          {items.map(({ key, ...item }) => (
            <Line key={key} {...item} />
          ))}
        </ul>
      ) : error !== null ? (
        <ErrorState error={error} retry={retry} />
      ) : (
        <EmptyState title={t.calm} text={t.calmText} />
      )}
    </Panel>
  );
}

/** `error`: of a call without an answer so far; what it would have shown is not among the items. `retry` asks all those again. */
function useItems(): { items: Item[]; isLoading: boolean; error: Error | null; retry: () => void } {
  const senders = useQuery(attentionCalls.senders);
  const destinations = useQuery(attentionCalls.destinations);
  const deliveries = useQuery(attentionCalls.deliveries);
  const uncertain = useQuery(attentionCalls.uncertain);
  const tasks = useQuery(attentionCalls.tasks);
  const drafts = useQuery(attentionCalls.drafts);
  const unread = useQuery(attentionCalls.unread);
  const requests = useQuery(attentionCalls.requests);

  const items: Item[] = [];
  const add = (key: string, urgency: Urgency, title: string, text: string | undefined, action: ReactNode) =>
    items.push({ key, urgency, title, text, action });
  const open = (to: string, label: string) => (
    <Button component={Link} to={to} variant="default" aria-label={`${t.open}: ${label}`}>
      {t.open}
    </Button>
  );

  for (const { id, name, status, statusReason, credentialsProblem, receiving } of senders.data?.data ?? []) {
    const to = `/senders/${id}`;
    if (credentialsProblem !== null) {
      const title = t.shut(name);
      add(`shut ${id}`, "bad", title, credentialsProblem, open(to, title));
    }
    if (status === "broken") {
      const title = t.brokenSender(name);
      add(`broken ${id}`, "bad", title, statusReason ?? t.brokenSenderText, open(to, title));
    }
    if (receiving?.state === "failing") {
      const title = t.failingMailbox(name);
      add(`mailbox ${id}`, "bad", title, receiving.error ?? t.failingMailboxText, open(to, title));
    }
  }
  const disabled = new Set<string>();
  for (const { id, name, status, statusReason, credentialsProblem } of destinations.data?.data ?? []) {
    if (credentialsProblem !== null) {
      const title = t.shut(name);
      add(`shut ${id}`, "bad", title, credentialsProblem, open(`/destinations/${id}`, title));
    }
    if (status !== "disabled") continue;
    disabled.add(id);
    const title = t.disabledDestination(name);
    const text = statusReason ?? t.disabledDestinationText;
    add(`disabled ${id}`, "bad", title, text, open(`/destinations/${id}`, title));
  }
  for (const { destinationId: id, name, retried, failed } of deliveries.data?.data ?? []) {
    if (disabled.has(id) || name === null || retried + failed === 0) continue;
    const title = t.failingDestination(name);
    add(
      `failing ${id}`,
      "warning",
      title,
      t.failingDestinationText(retried, failed),
      open(`/destinations/${id}`, title),
    );
  }
  for (const message of uncertain.data?.data ?? []) {
    const text = message.statusDetail ?? t.uncertainText;
    add(message.id, "warning", t.uncertain(message.toAddress), text, <Resolve id={message.id} />);
  }
  const count = <T,>(page: { data: readonly T[]; nextCursor: string | null } | undefined) =>
    [page?.data.length ?? 0, page?.nextCursor != null] as const;
  const waiting = (key: string, number: number, title: string, to: string) => {
    if (number > 0) add(key, "waiting", title, undefined, open(to, title));
  };
  const asked = requests.data?.waiting ?? 0;
  waiting("approvals", asked, t.approvals(asked), "/approvals");
  waiting("tasks", count(tasks.data)[0], t.tasks(...count(tasks.data)), "/tasks");
  waiting("drafts", count(drafts.data)[0], t.drafts(...count(drafts.data)), "/profiles/drafts");
  waiting("unread", unread.data?.conversations ?? 0, t.unread(unread.data?.conversations ?? 0), "/inbox");
  const all = [senders, destinations, deliveries, uncertain, tasks, drafts, unread, requests];
  const failed = all.filter((one) => one.error !== null && one.data === undefined);
  const retry = () => failed.forEach((one) => void one.refetch());
  return { items, isLoading: all.some((one) => one.isPending), error: failed[0]?.error ?? null, retry };
}

const marks = { bad: IconCircleX, warning: IconAlertTriangle, waiting: IconClock };
const colours = { bad: "var(--mantine-color-error)", warning: "light-dark(#b45309, #f0b35a)", waiting: "var(--muted)" };

function Line({ urgency, title, text, action }: Omit<Item, "key">) {
  const Mark = marks[urgency];
  return (
    <li className={classes.item}>
      <Mark size={16} className={classes.mark} color={colours[urgency]} aria-hidden />
      <div className={classes.text}>
        <Text size="sm" fw={500}>
          {title}
        </Text>
        {text && (
          <Text size="xs" c="dimmed" lineClamp={6}>
            {text}
          </Text>
        )}
      </div>
      <div className={classes.actions}>{action}</div>
    </li>
  );
}

/** What really happened to a message whose provider's answer was lost: only a person can look. */
function Resolve({ id }: { id: string }) {
  const may = useRight("messages.send");
  const resolve = useChange("POST /v1/messages/{id}/resolve", { onDone: () => toast(t.resolved) });
  if (!may) return null;
  const say = (outcome: "sent" | "not_sent") => resolve.mutate({ params: { id }, body: { outcome } });
  return (
    <Group gap={6}>
      <Button variant="default" disabled={resolve.isPending} onClick={() => say("sent")}>
        {t.wasSent}
      </Button>
      <Button variant="default" disabled={resolve.isPending} onClick={() => say("not_sent")}>
        {t.wasNotSent}
      </Button>
    </Group>
  );
}
