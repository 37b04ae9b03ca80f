import { Button, Drawer, Group, Paper, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import type { Item } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { apiQuery, useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { Copy } from "../../ui/code-block.tsx";
import { Link } from "../../ui/link.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { mayLeave, useUnsaved } from "../../ui/unsaved.ts";
import { AssigneeSelect } from "./assignee-select.tsx";
import { t } from "./texts.ts";

type Task = Item<"GET /v1/tasks">;

export const taskTones: Record<Task["status"], Tone> = {
  open: "waiting",
  done: "good",
  skipped: "neutral",
  cancelled: "neutral",
};

export function nameOf(lead: Task["lead"]): string | null {
  if (lead === null) return null;
  const name = [lead.firstName, lead.lastName].filter(Boolean).join(" ");
  return name || lead.email || lead.phone || lead.linkedinUrl;
}

/** One task: what is to be done, for whom, and ending it. */
export function TaskDrawer({ taskId, onClose }: { taskId: string | null; onClose: () => void }) {
  const { data, error, isPending, refetch } = useApiWhen(
    "GET /v1/tasks/{id}",
    taskId === null ? null : { params: { id: taskId } },
  );
  // A note that isn't saved is in there.
  const close = async () => (await mayLeave()) && onClose();
  return (
    <Drawer
      opened={taskId !== null}
      onClose={() => void close()}
      position="right"
      size={460}
      title={data?.title || t.untitled}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {error && !data ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : isPending ? (
        <Skeleton height={160} />
      ) : (
        data && <Content key={data.id} task={data} onClose={onClose} />
      )}
    </Drawer>
  );
}

function Content({ task, onClose }: { task: Task; onClose: () => void }) {
  const [note, setNote] = useState("");
  const mayWrite = useRight("tasks.write");
  const unsaved = useUnsaved(task.status === "open" && note.trim() !== "", { within: ["task"] });
  const params = { id: task.id };
  const complete = useChange("POST /v1/tasks/{id}/complete", {
    outdates: ["tasks", "campaigns", "leads"],
    onDone: ({ status }) => {
      unsaved.release();
      toast(status === "done" ? t.doneToast : t.skippedToast);
      onClose();
    },
  });
  const assign = useChange("PATCH /v1/tasks/{id}", {
    onDone: ({ assignee }) => toast(assignee === null ? t.assignedToNobody : t.assignedTo(assignee)),
    optimistic: ({ body }) => ({
      queryKey: apiQuery("GET /v1/tasks/{id}", { params }).queryKey,
      change: (before: Task) => ({ ...before, ...body }),
    }),
  });
  const end = (outcome: "done" | "skipped") =>
    complete.mutate({ params, body: { outcome, ...(note.trim() && { note: note.trim() }) } });
  const { lead } = task;
  const addresses = [lead?.phone, lead?.email, lead?.linkedinUrl].filter((each) => typeof each === "string");
  return (
    <Stack gap="md">
      <Group gap="xs">
        <StatusBadge tone={taskTones[task.status]}>{t.statuses[task.status]}</StatusBadge>
        <Text size="sm" c="dimmed" component="span">
          {task.endedAt ? <Time at={task.endedAt} /> : <Time at={task.createdAt} />}
          {task.endedBy && ` ${t.endedBy(task.endedBy)}`}
        </Text>
      </Group>
      <Paper withBorder p="sm" bg="var(--sunken)">
        <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {task.text}
        </Text>
      </Paper>
      <div>
        <Text size="xs" c="dimmed">
          {t.lead}
        </Text>
        <Text size="sm" fw={500}>
          {nameOf(lead) ?? t.gone}
        </Text>
        <Text size="sm" c="dimmed">
          {[lead?.title, lead?.company].filter(Boolean).join(", ")}
        </Text>
        {addresses.map((address) => (
          <Group key={address} gap={4} wrap="nowrap">
            <Text size="sm" truncate>
              {address}
            </Text>
            <Copy value={address} label={`${common.copy} ${address}`} />
          </Group>
        ))}
        <Group gap="xs" mt="xs">
          <Button component={Link} variant="default" to={`/leads/${task.leadId}`}>
            {t.openLead}
          </Button>
          <Button component={Link} variant="default" to="/inbox" search={{ leadId: task.leadId }}>
            {t.conversation}
          </Button>
          {task.campaignId !== null && (
            <Button component={Link} variant="default" to={`/campaigns/${task.campaignId}`}>
              {t.openCampaign}
            </Button>
          )}
        </Group>
      </div>
      {task.status === "open" ? (
        mayWrite ? (
          <>
            <AssigneeSelect
              value={task.assignee}
              onChange={(assignee) => assign.mutate({ params, body: { assignee } })}
            />
            <Textarea
              label={t.note}
              placeholder={t.notePlaceholder}
              maxLength={2_000}
              value={note}
              onChange={({ currentTarget }) => setNote(currentTarget.value)}
            />
            {task.campaignId !== null && (
              <Text size="xs" c="dimmed">
                {t.goesOn}
              </Text>
            )}
            <Group gap="xs" justify="flex-end">
              <Button variant="default" disabled={complete.isPending} onClick={() => end("skipped")}>
                {t.skip}
              </Button>
              <Button loading={complete.isPending} onClick={() => end("done")}>
                {t.done}
              </Button>
            </Group>
          </>
        ) : (
          <Text size="sm" c="dimmed">
            {common.noRight}
          </Text>
        )
      ) : (
        task.note && (
          <div>
            <Text size="xs" c="dimmed">
              {t.note}
            </Text>
            <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {task.note}
            </Text>
          </div>
        )
      )}
    </Stack>
  );
}
