import { ActionIcon, Autocomplete, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useApiList, useApiWhen } from "../../api/query.ts";
import { useRight } from "../../api/session.ts";
import type { UseApiForm } from "../../ui/form.ts";
import type { SourceValues } from "./source-settings.tsx";
import { t } from "./texts.ts";

/** The sender that a webhook of SendPilot's names; null where it names none. */
function senderIn(body: string): string | null {
  try {
    const id = (JSON.parse(body) as { data?: { senderId?: unknown } } | null)?.data?.senderId;
    return typeof id === "string" && id !== "" ? id : null;
  } catch {
    return null;
  }
}

interface Props {
  form: UseApiForm<SourceValues>;
  sourceId: string;
  readOnly: boolean;
}

/** LinkedIn accounts of which the source and Herald both tell: the source's name of each, and Herald's sender. */
export function LinkedSenders({ form, sourceId, readOnly }: Props) {
  const { senders } = form.values;
  const query = useRight("senders.read") ? { query: { channel: "linkedin", limit: 100 } as const } : null;
  const own = useApiWhen("GET /v1/senders", query);
  // As the list below asks for them: one call for both.
  const received = useApiList("GET /v1/sources/{id}/received", { params: { id: sourceId }, query: { limit: 50 } });
  const heard = [...new Set(received.rows.flatMap(({ body }) => senderIn(body) ?? []))];
  const unlinked = heard.filter((id) => !senders.some(({ theirs }) => theirs.trim() === id)).sort();
  const options = (own.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const none = own.data !== undefined && options.length === 0 && senders.length === 0;
  return (
    <Stack gap={6} role="group" aria-label={t.senders}>
      <Text size="sm" fw={500}>
        {t.senders}
      </Text>
      <Text size="xs" c="dimmed" maw={720}>
        {t.sendersHint}
      </Text>
      {unlinked.length > 0 && !none && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {t.sendersHeard(unlinked.slice(0, 5))}
        </Text>
      )}
      {senders.map(({ theirs, own: chosen }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; the form's fields are named so.
        <Group key={index} gap="xs" wrap="nowrap" align="flex-start" maw={720}>
          <Autocomplete
            flex={1}
            miw={0}
            required
            maxLength={200}
            aria-label={t.theirSender}
            placeholder={t.theirSender}
            data={unlinked}
            {...form.getInputProps(`senders.${index}.theirs`)}
          />
          <Select
            flex={1}
            miw={0}
            required
            searchable
            allowDeselect={false}
            aria-label={t.ownSender}
            placeholder={t.ownSender}
            data={options.some(({ value }) => value === chosen) || !chosen ? options : [chosen, ...options]}
            {...form.getInputProps(`senders.${index}.own`)}
            value={chosen || null}
          />
          {!readOnly && (
            <ActionIcon
              mt={4}
              aria-label={t.removeSender(theirs)}
              onClick={() => form.removeListItem("senders", index)}
            >
              <IconTrash size={14} />
            </ActionIcon>
          )}
        </Group>
      ))}
      {none && <Text size="xs">{t.noLinkedinSender}</Text>}
      {!readOnly && (
        <Group>
          <Button
            variant="default"
            size="compact-sm"
            disabled={none}
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => form.insertListItem("senders", { theirs: unlinked[0] ?? "", own: "" })}
          >
            {t.addSender}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
