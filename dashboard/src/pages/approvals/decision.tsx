import { Alert, Button, Group, Stack, Text, Textarea, TextInput, Tooltip } from "@mantine/core";
import { getHotkeyHandler } from "@mantine/hooks";
import { IconAlertTriangle, IconCheck, IconSend } from "@tabler/icons-react";
import { useState } from "react";
import { useChange } from "../../api/mutation.ts";
import { useRight } from "../../api/session.ts";
import { common } from "../../text/common.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { HtmlFrame } from "../../ui/html-frame.tsx";
import { RejectButton } from "../../ui/reject-button.tsx";
import review from "../../ui/review.module.css";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import type { Approval } from "./approvals-page.tsx";
import { t } from "./texts.ts";

const outdates = ["approvals", "conversations", "inbox", "campaigns", "leads", "messages"];
const isWritten = ({ action }: Approval) => action === "send_message" || action === "reply";
const textOf = (value: unknown) => (typeof value === "string" ? value : "");

/** What a person decides, with the words before them, or what was decided. */
export function Decision({ approval }: { approval: Approval }) {
  if (approval.status === "waiting") return <Open approval={approval} />;
  return <Decided approval={approval} />;
}

function useApprove(onRefused: (why: string | null) => void) {
  return useChange("POST /v1/approvals/{id}/approve", {
    outdates,
    onDone: (answer) => {
      const why = answer.status === "failed" ? refusalOf(answer) : null;
      if (why === null) toast(t.approved);
      onRefused(why);
    },
    // It stands above the buttons: on a phone a toast would cover them.
    onError: () => {},
  });
}

function Open({ approval }: { approval: Approval }) {
  const { request } = approval;
  const mayDecide = useRight("approvals.decide");
  const written = isWritten(approval);
  const [before, subjectBefore] = [textOf(request.text), textOf(request.subject)];
  const [text, setText] = useState(before);
  const [subject, setSubject] = useState(subjectBefore);
  const [refused, setRefused] = useState<string | null>(null);
  const approve = useApprove(setRefused);
  const changedText = text !== before;
  const changed = written && (changedText || subject !== subjectBefore);
  const ready = mayDecide && !approve.isPending && (!written || text.trim() !== "");
  const html = textOf(request.html);
  const act = () => {
    if (!ready) return;
    const change = {
      ...(changedText && { text }),
      ...(subject !== subjectBefore && { subject: subject.trim() || null }),
    };
    approve.mutate({ params: { id: approval.id }, body: changed ? { change } : {} });
  };
  return (
    <Stack gap="xs">
      {written && (
        <>
          {(request.channel === "email" || subjectBefore !== "") && (
            <TextInput
              label={t.subject}
              value={subject}
              readOnly={!mayDecide}
              maxLength={1_000}
              onChange={({ currentTarget }) => setSubject(currentTarget.value)}
            />
          )}
          {html !== "" && !changedText && <HtmlFrame title={t.htmlTitle} html={html} />}
          <Textarea
            label={t.text}
            autosize
            minRows={4}
            maxRows={14}
            value={text}
            readOnly={!mayDecide}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            onKeyDown={getHotkeyHandler([["mod+Enter", act]])}
          />
          {html !== "" && changedText && (
            <Text size="xs" c="dimmed">
              {t.htmlDropped}
            </Text>
          )}
          {typeof request.scheduledAt === "string" && (
            <Text size="sm" component="div">
              {t.scheduled} <Time at={request.scheduledAt} form="absolute" />
            </Text>
          )}
          {changed && (
            <Group justify="flex-end">
              <Button
                size="compact-xs"
                variant="subtle"
                onClick={() => {
                  setText(before);
                  setSubject(subjectBefore);
                }}
              >
                {t.reset}
              </Button>
            </Group>
          )}
        </>
      )}
      {refused !== null && (
        <Alert color="red" icon={<IconAlertTriangle size={16} />} title={t.notCarriedOut} role="alert">
          {refused}
        </Alert>
      )}
      <FormFailure form={{ failure: approve.error }} />
      <Group justify="flex-end" gap="xs">
        <Reject approval={approval} disabled={!mayDecide || approve.isPending} />
        <Tooltip label={common.noRight} disabled={mayDecide}>
          <Button
            leftSection={written ? <IconSend size={14} aria-hidden /> : <IconCheck size={14} aria-hidden />}
            data-disabled={!mayDecide || undefined}
            aria-disabled={!ready}
            loading={approve.isPending}
            onClick={act}
          >
            {changed ? t.approveChanged : written ? t.approveSend : t.approve}
          </Button>
        </Tooltip>
      </Group>
    </Stack>
  );
}

function Reject({ approval, disabled }: { approval: Approval; disabled: boolean }) {
  const reject = useChange("POST /v1/approvals/{id}/reject", { outdates, onDone: () => toast(t.rejected) });
  return (
    <RejectButton
      {...{ label: t.reject, reasonLabel: t.rejectReason, disabled, loading: reject.isPending }}
      onReject={(note) => reject.mutate({ params: { id: approval.id }, body: note === null ? {} : { note } })}
    />
  );
}

function Decided({ approval }: { approval: Approval }) {
  const { status, names, decidedAt, decidedBy, decisionNote, changedRequest, request } = approval;
  const mayDecide = useRight("approvals.decide");
  const [refused, setRefused] = useState<string | null>(null);
  const approve = useApprove(setRefused);
  const sent = changedRequest ?? request;
  return (
    <Stack gap="xs">
      {isWritten(approval) && (
        <>
          <Words label={changedRequest ? t.original : t.text} request={request} />
          {changedRequest && <Words label={t.sentAs} request={sent} />}
        </>
      )}
      {status === "approved" ? (
        <>
          <Text size="sm">{t.againText}</Text>
          <FormFailure form={{ failure: approve.error }} />
          {refused !== null && <Text size="sm">{refused}</Text>}
          <Group justify="flex-end">
            <Button
              variant="default"
              disabled={!mayDecide}
              loading={approve.isPending}
              onClick={() => approve.mutate({ params: { id: approval.id }, body: {} })}
            >
              {t.again}
            </Button>
          </Group>
        </>
      ) : (
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {t.outcomes[status as keyof typeof t.outcomes]} {status === "failed" && refusalOf(approval)}
        </Text>
      )}
      {decisionNote && <p className={`${review.text} ${review.quote}`}>{decisionNote}</p>}
      {decidedAt !== null && (
        <p className={review.meta} style={{ margin: 0 }}>
          <Time at={decidedAt} />{" "}
          {decidedBy === null ? t.automatically : t.decidedBy(names.decidedBy ?? t.unknownAsker)}
        </p>
      )}
    </Stack>
  );
}

function Words({ label, request }: { label: string; request: Approval["request"] }) {
  return (
    <div>
      <p className={review.label}>{label}</p>
      <p className={`${review.text} ${review.quote}`}>
        {textOf(request.subject) !== "" && <strong>{textOf(request.subject)}</strong>}
        {textOf(request.subject) !== "" && "\n"}
        {textOf(request.text)}
      </p>
    </div>
  );
}

/** Why Herald didn't do it, in its own words. */
function refusalOf({ outcome }: Pick<Approval, "outcome">): string {
  const { message } = (outcome?.body ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : t.noReason;
}
