import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSend } from "@tabler/icons-react";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { client, type Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { randomKey } from "../../api/random-key.ts";
import { useRight } from "../../api/session.ts";
import { toast } from "../../ui/toast.tsx";
import { t } from "./texts.ts";

/** Milliseconds that campaigns wait with a lead from the first letter on; begun anew while somebody goes on writing. */
const pauseMs = 15 * 60_000;

/**
 * Answers in the thread. While somebody writes, campaigns wait with the lead, so that no follow-up crosses the answer; the pause
 * ends by itself where the tab is closed. One key for an answer: pressing twice sends once.
 */
export function Answer({ conversation }: { conversation: Output<"GET /v1/conversations/{id}"> }) {
  const { id, channel, lead, subject: thread } = conversation;
  const mayPause = useRight("leads.write");
  const [text, setText] = useState("");
  const [subject, setSubject] = useState("");
  const [key, setKey] = useState(randomKey);
  const field = useRef<HTMLTextAreaElement>(null);
  const pausedUntil = useRef(0);
  const send = useChange("POST /v1/conversations/{id}/messages", {
    outdates: ["conversations", "messages", "leads"],
    onDone: () => {
      setText("");
      setKey(randomKey());
      release();
      toast(t.sent);
    },
  });
  useHotkeys([["r", () => field.current?.focus()]]);

  const hold = () => {
    if (!mayPause || Date.now() < pausedUntil.current - pauseMs / 2) return;
    pausedUntil.current = Date.now() + pauseMs;
    const body = { until: new Date(pausedUntil.current).toISOString(), reason: "A person is writing an answer." };
    // Only a courtesy: where it fails, the answer is written all the same.
    client.request("POST /v1/leads/{id}/pause", { params: { id: lead.id }, body }).catch(() => {});
  };
  const release = () => {
    if (pausedUntil.current === 0) return;
    pausedUntil.current = 0;
    client.request("DELETE /v1/leads/{id}/pause", { params: { id: lead.id } }).catch(() => {});
  };
  const released = useRef(release);
  released.current = release;
  useEffect(() => () => released.current(), []);

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (text.trim() === "" || send.isPending) return;
    send.mutate({
      params: { id },
      body: { text, ...(subject.trim() && { subject: subject.trim() }) },
      idempotencyKey: key,
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap={6}>
        {channel === "email" && thread === null && (
          <TextInput label={t.subject} required value={subject} onChange={(e) => setSubject(e.currentTarget.value)} />
        )}
        <Textarea
          ref={field}
          aria-label={t.answer}
          placeholder={t.answerPlaceholder}
          minRows={2}
          maxRows={10}
          value={text}
          onKeyDown={onKeyDown}
          onChange={({ currentTarget }) => {
            setText(currentTarget.value);
            if (currentTarget.value.trim()) hold();
            else release();
          }}
        />
        <Group justify="space-between">
          <Text size="xs" c="dimmed" aria-live="polite">
            {text &&
              (channel === "sms"
                ? `${t.segments(segmentsOf(text))}, ${t.characters(text.length)}`
                : t.characters(text.length))}
            {text && mayPause ? ` · ${t.pausing}` : ""}
          </Text>
          <Button
            type="submit"
            loading={send.isPending}
            disabled={text.trim() === ""}
            leftSection={<IconSend size={14} aria-hidden />}
          >
            {t.send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** GSM 03.38: 160 and 153 a part; with any other sign UCS-2: 70 and 67. Signs that GSM writes with an escape count twice. */
function segmentsOf(text: string): number {
  const basic = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
  const [one, many] = basic.test(text) ? [160, 153] : [70, 67];
  const length = basic.test(text) ? text.length + (text.match(/[\^{}\\[~\]|€]/g)?.length ?? 0) : text.length;
  return length === 0 ? 0 : length <= one ? 1 : Math.ceil(length / many);
}
