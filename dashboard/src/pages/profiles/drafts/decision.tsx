import { Button, Group, Stack, Text, Textarea, TextInput, Tooltip } from "@mantine/core";
import { getHotkeyHandler } from "@mantine/hooks";
import { IconSend } from "@tabler/icons-react";
import { useState } from "react";
import { useChange } from "../../../api/mutation.ts";
import { useRight } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { RejectButton } from "../../../ui/reject-button.tsx";
import review from "../../../ui/review.module.css";
import { toast } from "../../../ui/toast.tsx";
import type { Turn } from "./draft-card.tsx";
import { t } from "./texts.ts";

const outdates = ["assistant", "conversations", "inbox", "tasks", "leads", "messages"];

/** The draft, which a person sends as it is, changes first, or rejects. Of a decided one: the original beside what became of it. */
export function Decision({ turn, leadName }: { turn: Turn; leadName: string }) {
  if (turn.state !== "draft" && turn.state !== "task") return <Decided turn={turn} />;
  return <Open turn={turn} leadName={leadName} />;
}

function Open({ turn, leadName }: { turn: Turn; leadName: string }) {
  const mayDecide = useRight("messages.send");
  const written = turn.text ?? "";
  const [text, setText] = useState(written);
  const [subject, setSubject] = useState(turn.subject ?? "");
  const approve = useChange("POST /v1/assistant/turns/{id}/approve", {
    outdates,
    onDone: () => toast(t.sent(leadName)),
    // It stands above the buttons: on a phone a toast would cover them.
    onError: () => {},
  });
  const edited = text !== written || subject !== (turn.subject ?? "");
  const isTask = turn.state === "task";
  const ready = mayDecide && text.trim() !== "" && !approve.isPending;
  const send = () => {
    if (!ready) return;
    // A task has nothing that could be approved: its text is always a person's.
    const body =
      edited || isTask
        ? { text, ...(subject.trim() !== (turn.subject ?? "") && { subject: subject.trim() || null }) }
        : {};
    approve.mutate({ params: { id: turn.id }, body });
  };
  return (
    <Stack gap="xs">
      {(turn.subject !== null || (turn.channel === "email" && turn.conversationId === null)) && (
        <TextInput
          label={t.subject}
          value={subject}
          disabled={!mayDecide}
          onChange={(event) => setSubject(event.currentTarget.value)}
        />
      )}
      <Textarea
        label={isTask ? t.yourAnswer(leadName) : t.draftOf(leadName)}
        minRows={4}
        maxRows={14}
        value={text}
        readOnly={!mayDecide}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={getHotkeyHandler([["mod+Enter", send]])}
      />
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">
          {t.characters(text.length)} · {t.shortcut}
        </Text>
        {edited && written !== "" && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => {
              setText(written);
              setSubject(turn.subject ?? "");
            }}
          >
            {t.reset}
          </Button>
        )}
      </Group>
      <FormFailure form={{ failure: approve.error }} />
      <Group justify="flex-end" gap="xs">
        <Reject turn={turn} disabled={!mayDecide || approve.isPending} />
        <Tooltip label={common.noRight} disabled={mayDecide}>
          <Button
            leftSection={<IconSend size={14} aria-hidden />}
            data-disabled={!mayDecide || undefined}
            aria-disabled={!ready}
            loading={approve.isPending}
            onClick={send}
          >
            {isTask ? t.send : edited ? t.approveEdited : t.approve}
          </Button>
        </Tooltip>
      </Group>
    </Stack>
  );
}

function Reject({ turn, disabled }: { turn: Turn; disabled: boolean }) {
  const reject = useChange("POST /v1/assistant/turns/{id}/reject", { outdates, onDone: () => toast(t.rejected) });
  const label = turn.state === "task" ? t.rejectDone : t.reject;
  return (
    <RejectButton
      {...{ label, reasonLabel: t.rejectReason, disabled, loading: reject.isPending }}
      onReject={(reason) => reject.mutate({ params: { id: turn.id }, body: { reason } })}
    />
  );
}

function Decided({ turn }: { turn: Turn }) {
  const changed = turn.finalText !== null && turn.finalText !== turn.text;
  return (
    <>
      {turn.text !== null && (
        <section aria-label={t.original}>
          <p className={review.label}>{t.original}</p>
          <p className={`${review.text} ${review.quote}`}>{turn.text}</p>
        </section>
      )}
      {changed && (
        <section aria-label={t.sentAs}>
          <p className={review.label}>{t.sentAs}</p>
          <p className={`${review.text} ${review.quote}`}>{turn.finalText}</p>
        </section>
      )}
      <Text size="xs" c="dimmed">
        {turn.state === "sent" && !changed ? `${t.sentText} · ` : ""}
        <span>{turn.decidedBy}</span>
      </Text>
    </>
  );
}
