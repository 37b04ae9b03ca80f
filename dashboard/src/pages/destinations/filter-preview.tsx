import { Alert, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconEye, IconFilter } from "@tabler/icons-react";
import { useState } from "react";
import type { Input } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { type EventType, eventTypes } from "../../text/event-types.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { createTexts as c } from "./texts.ts";

type Body = Input<"POST /v1/destinations/preview">["body"];

const looks = {
  sent: { color: "teal", icon: IconCheck },
  filtered: { color: "gray", icon: IconFilter },
  failed: { color: "red", icon: IconAlertTriangle },
};

/** What would become of a sample, with the form as it is. Nothing is sent or stored. */
export function FilterPreview({
  values,
}: {
  values: Pick<Body, "kind" | "config" | "format" | "filter" | "transform" | "thin">;
}) {
  const [type, setType] = useState<EventType>("message.sent");
  const preview = useChange("POST /v1/destinations/preview", { outdates: [] });
  const { kind, config, format, filter, transform, thin } = values;
  const show = () =>
    preview.mutate({
      body: {
        type,
        ...(kind && { kind }),
        ...(config && { config }),
        ...(format && { format }),
        ...(filter && { filter }),
        ...(transform && { transform }),
        ...(thin && { thin }),
      },
    });
  const answer = preview.data;
  const { color, icon: Mark } = looks[answer?.outcome ?? "sent"];
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end">
        <Select
          w={{ base: "100%", xs: 260 }}
          label={c.previewOf}
          data={eventTypes}
          value={type}
          searchable
          allowDeselect={false}
          onChange={(chosen) => chosen && setType(chosen as EventType)}
        />
        <Button
          size="sm"
          variant="default"
          leftSection={<IconEye size={14} aria-hidden />}
          loading={preview.isPending}
          onClick={show}
        >
          {c.preview}
        </Button>
      </Group>
      {answer && (
        <>
          <Alert color={color} icon={<Mark size={16} />} title={c.outcomes[answer.outcome]} role="status">
            {answer.reason && <Text size="sm">{answer.reason.detail}</Text>}
            {answer.errors.map(({ field, detail }) => (
              <Text key={field} size="sm">
                {field}: {detail}
              </Text>
            ))}
          </Alert>
          {answer.body !== null && (
            <CodeBlock
              label={c.previewBody}
              code={typeof answer.body === "string" ? answer.body : (answer.body as object)}
              maxHeight={280}
            />
          )}
        </>
      )}
    </Stack>
  );
}
