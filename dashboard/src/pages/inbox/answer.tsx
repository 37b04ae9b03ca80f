import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSend } from "@tabler/icons-react";
import { type FormEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { client, HeraldApiError, type Output } from "../../api/client.ts";
import { lostReply } from "../../api/lost-reply.ts";
import { useChange } from "../../api/mutation.ts";
import { randomKey } from "../../api/random-key.ts";
import { useSignedIn } from "../../api/session.ts";
import { LostReplyNotice } from "../../ui/lost-reply.tsx";
import { showFailure, toast } from "../../ui/toast.tsx";
import { AnswerInput, begunSnippet } from "./answer-input.tsx";
import { type Snippet, SnippetMenu, useSnippets } from "./snippets.tsx";
import { t } from "./texts.ts";
import { unsentAnswer } from "./unsent.ts";
import { useWriting } from "./writing.ts";

/**
 * Answers in the thread. While somebody writes, campaigns wait with the lead, so that no follow-up crosses the answer; that
 * ends by itself where the tab is closed. One key for an answer: pressing twice sends once.
 */
export function Answer({ conversation }: { conversation: Output<"GET /v1/conversations/{id}"> }) {
  const { id, channel, lead, subject: thread } = conversation;
  const { user } = useSignedIn();
  // What was begun is there again when one comes back from another conversation.
  const unsent = useMemo(() => unsentAnswer(user.id, id), [user.id, id]);
  const [begun] = useState(() => unsent.get());
  const [text, setText] = useState(begun.text);
  const [subject, setSubject] = useState(begun.subject);
  const [key, setKey] = useState(begun.key);
  const [lost, setLost] = useState(begun.lost);
  useEffect(() => unsent.set({ text, subject, key, lost }), [unsent, text, subject, key, lost]);
  const field = useRef<HTMLTextAreaElement>(null);
  const holds = useWriting(id, text);
  const snippets = useSnippets(channel);
  /** Variables that a template named and this lead lacks: their places are to be filled before it is sent. */
  const [gaps, setGaps] = useState<readonly string[]>([]);
  /** Until Herald has answered; not until the lists around it are asked anew: what is written meanwhile can be sent. */
  const [busy, setBusy] = useState(false);
  const send = useChange("POST /v1/conversations/{id}/messages", {
    outdates: ["conversations", "messages", "leads"],
    onDone: (_message, { body, idempotencyKey }) => {
      setBusy(false);
      unsent.settled({ key: idempotencyKey!, text: body.text, lost: null });
      toast(t.sent);
    },
    onError: (error, { body, idempotencyKey }) => {
      setBusy(false);
      const reply = lostReply(error);
      if (reply) unsent.settled({ key: idempotencyKey!, text: body.text, lost: reply });
      // That the key was used is said beside the text, in words for people.
      if (reply !== "before") showFailure(error);
    },
  });
  // Also of one that was sent before one went to another conversation and back.
  useEffect(
    () =>
      unsent.watch((sent) => {
        if (sent.key !== key) return;
        setLost(sent.lost);
        if (sent.lost !== "unsure") setKey(randomKey());
        if (sent.lost !== null) return;
        // What was written since stays.
        setText((now) => (now === sent.text ? "" : now));
        setSubject("");
        setGaps([]);
      }),
    [unsent, key],
  );
  useHotkeys([["r", () => field.current?.focus()]]);

  /** In place of what is begun at the caret, else at the caret. */
  const insert = async ({ id: snippetId }: Snippet) => {
    try {
      const query = { leadId: lead.id, channel };
      const written = await client.request("GET /v1/snippets/{id}/text", { params: { id: snippetId }, query });
      const element = field.current;
      if (!element) return;
      const { selectionStart: from, selectionEnd: to, value } = element;
      const before = value.slice(0, from).replace(begunSnippet, "$1");
      setText(before + written.text + value.slice(to));
      setGaps((known) => [...new Set([...known, ...written.missing])]);
      const caret = before.length + written.text.length;
      // The value comes with the next render.
      requestAnimationFrame(() => {
        element.focus();
        element.setSelectionRange(caret, caret);
      });
    } catch (error) {
      if (!(error instanceof HeraldApiError)) throw error;
      showFailure(error);
    }
  };
  const open = gaps.filter((name) => text.includes(`[${name}]`));

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (text.trim() === "" || open.length > 0 || busy) return;
    setBusy(true);
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
        {text.trim() !== "" && <LostReplyNotice reply={lost} />}
        {channel === "email" && thread === null && (
          <TextInput label={t.subject} required value={subject} onChange={(e) => setSubject(e.currentTarget.value)} />
        )}
        <AnswerInput
          area={field}
          value={text}
          snippets={snippets ?? []}
          onChange={setText}
          onSnippet={(one) => void insert(one)}
          onKeyDown={onKeyDown}
        />
        {open.length > 0 && (
          <Text size="xs" c="var(--mantine-color-error)" role="alert">
            {t.gaps(open)}
          </Text>
        )}
        <Group justify="space-between">
          <Text size="xs" c="dimmed" aria-live="polite">
            {text &&
              (channel === "sms"
                ? `${t.segments(segmentsOf(text))}, ${t.characters(text.length)}`
                : t.characters(text.length))}
            {text.trim() && holds ? ` · ${t.pausing}` : ""}
          </Text>
          <Group gap="xs" ml="auto">
            <SnippetMenu snippets={snippets} onInsert={(one) => void insert(one)} />
            <Button
              type="submit"
              loading={busy}
              disabled={text.trim() === "" || open.length > 0}
              leftSection={<IconSend size={14} aria-hidden />}
            >
              {t.send}
            </Button>
          </Group>
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
