import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { common } from "../../text/common.ts";
import type { UseApiForm } from "../../ui/form.ts";
import { systemTexts as s } from "./system-texts.ts";
import type { FieldValues, SystemValues } from "./system-values.ts";

interface Props {
  form: UseApiForm<SystemValues>;
  /** Where the list is in the form. */
  path: string;
  rows: readonly FieldValues[];
  label: string;
  hint: string;
}

/** Fields of the CRM's own, each with the template of its value. */
export function FieldRows({ form, path, rows, label, hint }: Props) {
  return (
    <Stack gap={6} role="group" aria-label={label}>
      <Text size="sm" fw={500}>
        {label}
      </Text>
      <Text size="xs" c="dimmed">
        {hint}
      </Text>
      {rows.map((_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; the form's fields are named so.
        <Group key={index} gap="xs" wrap="nowrap" align="flex-start">
          <TextInput
            flex={1}
            miw={0}
            aria-label={s.fieldName}
            placeholder={s.fieldName}
            {...form.getInputProps(`${path}.${index}.name`)}
          />
          <TextInput
            flex={2}
            miw={0}
            aria-label={s.fieldValue}
            placeholder="{{ campaignId }}"
            {...form.getInputProps(`${path}.${index}.value`)}
          />
          <ActionIcon mt={4} aria-label={common.remove} onClick={() => form.removeListItem(path, index)}>
            <IconTrash size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => form.insertListItem(path, { name: "", value: "" })}
        >
          {s.addField}
        </Button>
      </Group>
    </Stack>
  );
}
