import {
  Alert,
  Badge,
  Button,
  Group,
  List,
  Loader,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  Title,
} from "@mantine/core";
import { getHotkeyHandler } from "@mantine/hooks";
import { IconRefresh, IconShieldExclamation } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { formatDuration } from "../../text/format.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { type Content, channels } from "./looks.tsx";
import classes from "./profile.module.css";
import { t } from "./texts.ts";

type Answer = Output<"POST /v1/profiles/{id}/try">;
type Said = { from: "lead"; text: string } | { from: "us"; text: string | null; answer: Answer };

/** A chat with the profile as the editor has it now. Nothing is stored, and nobody gets anything. */
export function TryOut({ profileId, content }: { profileId: string; content: Content }) {
  const [said, setSaid] = useState<readonly Said[]>([]);
  const [text, setText] = useState("");
  const [channel, setChannel] = useState<(typeof channels)[number]>(content.channels[0] ?? "sms");
  const end = useRef<HTMLOListElement>(null);
  const ask = useChange("POST /v1/profiles/{id}/try", {
    outdates: ["assistant"],
    onDone: (answer) => setSaid((before) => [...before, { from: "us", text: answer.text, answer }]),
    // It belongs to the chat, and stays until the next try.
    onError: () => {},
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is new is at the end.
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [said, ask.isPending]);
  const request = (conversation: readonly Said[]) =>
    ask.mutate({
      params: { id: profileId },
      body: {
        ...{ channel, content },
        messages: conversation
          .flatMap(({ from, text: words }) => (words === null ? [] : [{ from, text: words }]))
          .slice(-50),
      },
    });
  const send = () => {
    if (text.trim() === "" || ask.isPending) return;
    const next = [...said, { from: "lead" as const, text: text.trim() }];
    setSaid(next);
    setText("");
    request(next);
  };
  return (
    <section className={`${classes.panel} ${classes.aside}`} aria-labelledby="try-out">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} id="try-out">
            {t.tryOut}
          </Title>
          {said.length > 0 && (
            <Button
              variant="subtle"
              size="compact-xs"
              leftSection={<IconRefresh size={13} aria-hidden />}
              disabled={ask.isPending}
              onClick={() => {
                setSaid([]);
                ask.reset();
              }}
            >
              {t.tryClear}
            </Button>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {t.tryText}
        </Text>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t.tryChannel}
          value={channel}
          onChange={(value) => setChannel(value as typeof channel)}
          data={channels.map((value) => ({ value, label: t.channels[value] }))}
        />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
        <ol className={classes.chat} ref={end} tabIndex={0} aria-label={t.tryOut} aria-live="polite">
          {said.map((one, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what was said stays where it is.
            <li key={at} className={classes.said} data-from={one.from}>
              {one.from === "lead" ? <p className={classes.text}>{one.text}</p> : <Answered answer={one.answer} />}
            </li>
          ))}
          {ask.isPending && (
            <li className={classes.said} data-from="us">
              <Loader size={14} type="dots" aria-label={t.thinking} role="img" />
            </li>
          )}
        </ol>
        <FormFailure form={{ failure: ask.error }} />
        <Textarea
          aria-label={t.tryLabel}
          placeholder={t.tryPlaceholder}
          minRows={2}
          maxRows={6}
          value={text}
          onChange={({ currentTarget: { value } }) => setText(value)}
          onKeyDown={getHotkeyHandler([
            ["Enter", send],
            ["mod+Enter", send],
          ])}
        />
        <Group justify="flex-end" gap="xs">
          {said.length === 0 && (
            <Button variant="default" loading={ask.isPending} onClick={() => request([])}>
              {t.tryBegin}
            </Button>
          )}
          <Button onClick={send} disabled={text.trim() === "" || ask.isPending}>
            {t.trySend}
          </Button>
        </Group>
      </Stack>
    </section>
  );
}

function Answered({ answer }: { answer: Answer }) {
  const { problems, failure, cost } = answer;
  const notes = [
    answer.handOver && t.handsOver(answer.handOver),
    answer.stop && t.stops(answer.stop),
    answer.booked && t.books,
  ].filter((note) => typeof note === "string");
  return (
    <Stack gap={6}>
      {answer.subject && <strong>{answer.subject}</strong>}
      {answer.text !== null && <p className={classes.text}>{answer.text}</p>}
      {failure ? (
        <Text size="sm" c="var(--mantine-color-error)">
          {failure.detail}
        </Text>
      ) : (
        answer.text === null && (
          <Text size="sm" c="dimmed">
            {t.silent}
          </Text>
        )
      )}
      {problems.length > 0 && (
        <Alert color="orange" p="xs" icon={<IconShieldExclamation size={14} />} title={t.heldBack}>
          <List size="xs">
            {problems.map(({ code, detail }) => (
              <List.Item key={`${code} ${detail}`}>{detail}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {notes.map((note) => (
        <Text key={note} size="xs">
          {note}
        </Text>
      ))}
      {answer.conditions
        .filter(({ met }) => met)
        .map(({ id, reason }) => (
          <Group key={id} gap={6} wrap="nowrap" align="baseline">
            <Badge color="gray" variant="default" size="sm" tt="none" fw={500}>
              {id}
            </Badge>
            <Text size="xs">{reason}</Text>
          </Group>
        ))}
      <span className={classes.meta}>
        {answer.text !== null && problems.length === 0 && `${t.couldGo} · `}
        {t.spent(cost.inputTokens + cost.outputTokens, formatDuration(cost.latencyMs))}
      </span>
    </Stack>
  );
}
