import { Button, Drawer, Group, Skeleton, Stack, TagsInput, Text, Textarea } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { client, type Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApi } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { TextLink } from "../../ui/link.tsx";
import { mayReplace } from "../../ui/overtaken.ts";
import { ErrorState } from "../../ui/state.tsx";
import { toast, toastWithUndo } from "../../ui/toast.tsx";
import { mayLeave, useUnsaved } from "../../ui/unsaved.ts";
import { LeadStatus } from "../leads/lead-looks.tsx";
import { NextActions } from "../leads/next-actions.tsx";
import { StatusMenu } from "../leads/status-menu.tsx";
import { AssigneeSelect } from "../tasks/assignee-select.tsx";
import classes from "./inbox.module.css";
import { LeadAssistant } from "./lead-assistant.tsx";
import { t } from "./texts.ts";

type Conversation = Output<"GET /v1/conversations/{id}">;
type Lead = Output<"GET /v1/leads/{id}">;

/** Who one is talking to: beside the thread where there is room (`drawer` null), else as a drawer. */
export function LeadPanel({
  conversation,
  drawer,
}: {
  conversation: Conversation;
  drawer: { opened: boolean; onClose: () => void } | null;
}) {
  if (drawer === null) {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      <aside className={classes.side} aria-label={t.about} tabIndex={0}>
        <About conversation={conversation} />
      </aside>
    );
  }
  const close = async () => (await mayLeave()) && drawer.onClose();
  return (
    <Drawer
      opened={drawer.opened}
      onClose={() => void close()}
      position="right"
      size={360}
      title={t.about}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <About conversation={conversation} />
    </Drawer>
  );
}

function About({ conversation }: { conversation: Conversation }) {
  const { id, assignee } = conversation;
  const mayChange = useRight("conversations.write");
  const mayWrite = useRight("leads.write");
  const leadId = conversation.lead.id;
  const { data: lead, error, refetch } = useApi("GET /v1/leads/{id}", { params: { id: leadId } });
  const assign = useChange("PATCH /v1/conversations/{id}", { outdates: ["conversations"] });
  if (error && !lead) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!lead || lead.id !== leadId) return <Skeleton height={320} />;
  const details = [
    [t.email, lead.email],
    [t.phone, lead.phone],
    [t.linkedin, lead.linkedinUrl],
    [t.timeZone, lead.timeZone],
    ...Object.entries(lead.custom),
  ] as const;
  return (
    <Stack gap="md">
      <div>
        <TextLink to={`/leads/${leadId}`} size="sm">
          {t.leadPage}
        </TextLink>
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {[lead.title, lead.company].filter(Boolean).join(", ")}
        </Text>
      </div>
      <Group justify="space-between" gap="xs">
        <LeadStatus lead={lead} />
        {mayWrite && <StatusMenu lead={lead} />}
      </Group>
      {mayChange ? (
        <AssigneeSelect
          value={assignee}
          onChange={(next) => assign.mutate({ params: { id }, body: { assignee: next } })}
        />
      ) : (
        <Text size="sm">
          {t.assignedTo}: {assignee ?? t.noone}
        </Text>
      )}
      <dl className={classes.details}>
        {details.map(([label, value]) =>
          value ? (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      <LeadTags lead={lead} mayWrite={mayWrite} />
      <LeadAssistant leadId={leadId} />
      <NextActions leadId={leadId} />
      {mayWrite && <Pause leadId={leadId} />}
      <Note key={id} conversation={conversation} readOnly={!mayChange} />
    </Stack>
  );
}

/** Only what was added or removed is sent: others may change the rest meanwhile. */
function LeadTags({ lead, mayWrite }: { lead: Lead; mayWrite: boolean }) {
  const change = useChange("PATCH /v1/leads/{id}", {
    outdates: ["leads", "campaigns"],
    onDone: () => toast(t.tagsSaved),
  });
  const set = (next: string[]) => {
    const add = next.filter((tag) => !lead.tags.includes(tag));
    const remove = lead.tags.filter((tag) => !next.includes(tag));
    if (add.length + remove.length > 0) change.mutate({ params: { id: lead.id }, body: { tags: { add, remove } } });
  };
  return <TagsInput label={t.tags} readOnly={!mayWrite} value={[...lead.tags]} onChange={set} />;
}

function Pause({ leadId }: { leadId: string }) {
  const params = { id: leadId };
  const { data: next } = useApi("GET /v1/leads/{id}/next", { params });
  const isPaused = next?.leadId === leadId && next.pause !== null;
  const unpause = useChange("DELETE /v1/leads/{id}/pause", { onDone: () => toast(t.unpaused) });
  const pause = useChange("POST /v1/leads/{id}/pause", {
    onDone: () => toastWithUndo(t.paused, () => unpause.mutate({ params })),
  });
  return (
    <Group gap="xs">
      <Button
        variant="default"
        leftSection={<IconPlayerPause size={14} aria-hidden />}
        loading={pause.isPending}
        onClick={() => pause.mutate({ params, body: {} })}
      >
        {t.pauseWeek}
      </Button>
      {isPaused && (
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          loading={unpause.isPending}
          onClick={() => unpause.mutate({ params })}
        >
          {t.endPause}
        </Button>
      )}
    </Group>
  );
}

function Note({ conversation: { id, note }, readOnly }: { conversation: Conversation; readOnly: boolean }) {
  const now = note ?? "";
  const [text, setText] = useState(now);
  // What another person has changed meanwhile is nothing that would be lost.
  const [isWritten, setWritten] = useState(false);
  // It shows, unless it would take the place of what is being written here.
  const [base, setBase] = useState(now);
  const [own, setOwn] = useState<string | null>(null);
  if (now !== base && !isWritten) {
    setBase(now);
    setText(now);
    setOwn(null);
  }
  const byOthers = isWritten && now !== base && now !== own && now !== text.trim();
  const changed = text.trim() !== now;
  const unsaved = useUnsaved(isWritten && changed && !readOnly);
  const save = useChange("PATCH /v1/conversations/{id}", {
    outdates: ["conversations"],
    onDone: (saved) => {
      unsaved.release();
      setWritten(false);
      setOwn(saved.note ?? "");
      toast(t.noteSaved);
    },
  });
  // Nothing tells that a note was changed: this one may be that of a while ago.
  const ask = async () => {
    const [params, mine] = [{ id }, { note: text.trim() || null }];
    const read = await client.request("GET /v1/conversations/{id}", { params }).catch(() => null);
    const before = { note: (byOthers ? now : (own ?? base)) || null };
    if (await mayReplace({ mine, before, now: read && { note: read.note }, names: { note: t.note } }))
      save.mutate({ params, body: mine });
  };
  return (
    <Stack gap={6}>
      <Textarea
        label={t.note}
        placeholder={t.notePlaceholder}
        minRows={2}
        maxRows={8}
        maxLength={10_000}
        readOnly={readOnly}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          setWritten(true);
        }}
      />
      {byOthers && (
        <div role="alert">
          <Text size="xs" c="var(--mantine-color-error)">
            {now === "" ? t.noteEmptied : t.noteByOthers}
          </Text>
          <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {now}
          </Text>
        </div>
      )}
      {changed && (
        <Group justify="flex-end">
          <Button loading={save.isPending} onClick={() => void ask()}>
            {common.save}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
