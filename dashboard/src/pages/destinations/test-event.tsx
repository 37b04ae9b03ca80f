import { Alert, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconFilter, IconSend } from "@tabler/icons-react";
import { useState } from "react";
import type { Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { type EventType, eventTypes } from "../../text/event-types.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import type { Destination } from "./destination-looks.tsx";
import { t } from "./texts.ts";

type Answer = Output<"POST /v1/destinations/{id}/test">;

/** Sends a sample and shows what went out and what came back. */
export function TestEvent({ destination }: { destination: Destination }) {
  const types = eventTypes.filter((type) => destination.expresses.includes(type));
  const [type, setType] = useState<EventType>(types[0] ?? "message.sent");
  const test = useChange("POST /v1/destinations/{id}/test", { outdates: ["destinations"] });
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t.testText}
      </Text>
      <Group gap="xs" align="flex-end">
        <Select
          flex={1}
          label={t.eventType}
          data={types}
          value={type}
          onChange={(chosen) => chosen && setType(chosen as EventType)}
          searchable
          allowDeselect={false}
        />
        <Button
          size="sm"
          leftSection={<IconSend size={14} aria-hidden />}
          loading={test.isPending}
          onClick={() => test.mutate({ params: { id: destination.id }, body: { type } })}
        >
          {t.send}
        </Button>
      </Group>
      <div aria-live="polite">{test.data && <TestAnswer answer={test.data} />}</div>
    </Stack>
  );
}

const looks = {
  delivered: { color: "teal", icon: IconCheck, title: t.testDelivered },
  failed: { color: "red", icon: IconAlertTriangle, title: t.testFailed },
  filtered: { color: "gray", icon: IconFilter, title: t.testFiltered },
};

function TestAnswer({ answer }: { answer: Answer }) {
  const { color, icon: Mark, title } = looks[answer.status];
  return (
    <Stack gap="sm">
      <Alert color={color} icon={<Mark size={16} />} title={title}>
        <Text size="sm">
          {[answer.error?.detail ?? answer.detail, t.took(answer.durationMs)].filter(Boolean).join(" · ")}
        </Text>
      </Alert>
      {answer.request && (
        <>
          <CodeBlock label={t.requestHeaders} code={lines(answer.request.headers)} maxHeight={180} />
          <CodeBlock label={t.requestBody} code={pretty(answer.request.body)} maxHeight={260} />
        </>
      )}
      {answer.response && (
        <CodeBlock
          label={`${t.response} ${answer.response.status}`}
          code={`${lines(answer.response.headers)}\n\n${pretty(answer.response.body)}`}
          maxHeight={220}
        />
      )}
    </Stack>
  );
}

const lines = (headers: Record<string, string>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

/** JSON indented; anything else as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
