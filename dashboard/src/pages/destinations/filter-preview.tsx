import { Alert, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconEye, IconFilter } from "@tabler/icons-react";
import { useState } from "react";
import type { Input, Item, Output } from "../../api/client.ts";
import { useChange } from "../../api/mutation.ts";
import { useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import { type EventType, eventTypes } from "../../text/event-types.ts";
import { formatExact } from "../../text/time.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { showFailure } from "../../ui/toast.tsx";
import { MessageLook } from "./message-look.tsx";
import { createTexts as c } from "./texts.ts";

type Body = Input<"POST /v1/destinations/preview">["body"];
type Answer = Output<"POST /v1/destinations/preview">;

const looks = {
  sent: { color: "teal", icon: IconCheck },
  filtered: { color: "gray", icon: IconFilter },
  failed: { color: "red", icon: IconAlertTriangle },
};

interface Props {
  /** The form as it is. */
  values: Pick<Body, "kind" | "config" | "format" | "thin"> & {
    [K in "filter" | "transform"]?: string;
  } & { [K in "eventTypes" | "channels" | "campaigns" | "tags" | "statuses"]?: readonly string[] };
  /** Which types can be tried. Default: all. */
  types?: readonly EventType[];
  /** For the form: what can't be so stands at its field. */
  onRefused: (error: unknown) => void;
}

/** What would become of a real event, or of a sample, with the form as it is. Nothing is sent or stored. */
export function FilterPreview({ values, types = eventTypes, onRefused }: Props) {
  const mayLook = useRight("events.read");
  const latest = useApiWhen("GET /v1/events", mayLook ? { query: { limit: 100 } } : null);
  const real = (latest.data?.data ?? []).filter(({ eventType }) => types.includes(eventType as EventType)).slice(0, 25);
  const [chosen, setChosen] = useState<string>(types[0] ?? "message.sent");
  const preview = useChange("POST /v1/destinations/preview", {
    outdates: [],
    onError: (error) => {
      onRefused(error);
      if (error.details.length === 0) showFailure(error);
    },
  });
  const show = () => preview.mutate({ body: { ...bodyOf(values), ...eventOf(chosen) } });
  const data = [
    ...(real.length > 0
      ? [{ group: c.latest, items: real.map((event) => ({ value: event.eventId, label: labelOf(event) })) }]
      : []),
    { group: c.samples, items: types.map((type) => ({ value: type, label: type })) },
  ];
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end">
        <Select
          w={{ base: "100%", xs: 360 }}
          label={c.previewOf}
          data={data}
          value={chosen}
          searchable
          allowDeselect={false}
          onChange={(value) => value && setChosen(value)}
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
      {preview.data && <PreviewAnswer answer={preview.data} kind={values.kind ?? "webhook"} />}
    </Stack>
  );
}

function PreviewAnswer({ answer, kind }: { answer: Answer; kind: string }) {
  const { color, icon: Mark } = looks[answer.outcome];
  const held = Object.entries(answer.filters).filter(([, passes]) => passes === false);
  return (
    <>
      <Alert color={color} icon={<Mark size={16} />} title={c.outcomes[answer.outcome]} role="status">
        {answer.reason && <Text size="sm">{answer.reason.detail}</Text>}
        {held.map(([filter]) => (
          <Text key={filter} size="sm">
            {c.heldBy[filter as keyof typeof c.heldBy]}
          </Text>
        ))}
        {answer.errors.map(({ field, detail }) => (
          <Text key={field} size="sm">
            {field}: {detail}
          </Text>
        ))}
      </Alert>
      {answer.look && <MessageLook kind={kind} look={answer.look} body={answer.body} />}
      {answer.body !== null && (
        <CodeBlock
          label={c.previewBody}
          code={typeof answer.body === "string" ? answer.body : (answer.body as object)}
          maxHeight={280}
        />
      )}
    </>
  );
}

const labelOf = ({ eventType, timestamp }: Item<"GET /v1/events">) =>
  `${eventType}, ${formatExact(new Date(timestamp))}`;

const eventOf = (chosen: string): Pick<Body, "type" | "eventId"> =>
  (eventTypes as readonly string[]).includes(chosen) ? { type: chosen as EventType } : { eventId: chosen };

/** Only what is set: the API refuses what a kind doesn't have. */
function bodyOf({ kind, config, format, filter, transform, thin, ...lists }: Props["values"]): Body {
  const given = Object.fromEntries(
    (["eventTypes", "channels", "campaigns", "tags", "statuses"] as const).flatMap((key) =>
      lists[key] && lists[key].length > 0 ? [[key, lists[key]]] : [],
    ),
  );
  return {
    ...{ ...(kind && { kind }), ...(config && { config }), ...(format && { format }) },
    ...{ ...(filter && { filter }), ...(transform && { transform }), ...(thin && { thin }) },
    ...given,
  } as Body;
}
