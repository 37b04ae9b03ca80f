import {
  ActionIcon,
  Badge,
  Button,
  Card,
  Group,
  Select,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useChange } from "../../../api/mutation.ts";
import { useApi } from "../../../api/query.ts";
import { useRight } from "../../../api/session.ts";
import { common } from "../../../text/common.ts";
import { confirm } from "../../../ui/confirm.tsx";
import { useApiForm } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { PartError } from "../../../ui/state.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { t } from "./texts.ts";

/** What the model is asked about each message of a lead. */
export function Conditions() {
  const mayWrite = useRight("assistant.write");
  const { data, error, refetch } = useApi("GET /v1/assistant/conditions");
  const change = useChange("PATCH /v1/assistant/conditions/{id}");
  const remove = useChange("DELETE /v1/assistant/conditions/{id}", { onDone: () => toast(t.removed) });
  const form = useApiForm({ initialValues: { kind: "tag" as "tag" | "notification", name: "", condition: "" } });
  useUnsaved(form.isDirty());
  const add = useChange("POST /v1/assistant/conditions", {
    onDone: () => {
      toast(t.added);
      form.reset();
    },
    onError: form.refuse,
  });
  const ask = async (id: string, name: string) => {
    const question = { title: t.deleteTitle(name), text: t.deleteText, action: common.delete };
    if (await confirm(question)) remove.mutate({ params: { id } });
  };
  const rows = data?.data ?? [];
  return (
    <Card component="section" aria-labelledby="conditions">
      <Stack gap="sm">
        <div>
          <Title order={2} id="conditions">
            {t.conditions}
          </Title>
          <Text size="sm" c="dimmed">
            {t.conditionsText} {t.builtIn}
          </Text>
        </div>
        {error && !data && <PartError error={error} retry={() => void refetch()} />}
        {rows.length > 0 && (
          <Table aria-labelledby="conditions">
            <Table.Tbody>
              {rows.map(({ id, kind, name, condition, enabled }) => (
                <Table.Tr key={id}>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>
                    <Group gap={6}>
                      <Text size="sm" fw={500}>
                        {name}
                      </Text>
                      <Badge color="gray" variant="default" tt="none" fw={500}>
                        {t.kinds[kind]}
                      </Badge>
                    </Group>
                    <Text size="xs" c="dimmed">
                      {condition}
                    </Text>
                  </Table.Td>
                  <Table.Td w={96}>
                    <Group gap={6} wrap="nowrap" justify="flex-end">
                      <Switch
                        size="xs"
                        aria-label={t.enabled(name)}
                        checked={enabled}
                        disabled={!mayWrite}
                        onChange={({ currentTarget: { checked } }) =>
                          change.mutate({ params: { id }, body: { enabled: checked } })
                        }
                      />
                      {mayWrite && (
                        <ActionIcon aria-label={t.deleteNamed(name)} onClick={() => void ask(id, name)}>
                          <IconTrash size={15} />
                        </ActionIcon>
                      )}
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        {mayWrite && (
          <form onSubmit={form.onSubmit((body) => add.mutate({ body }))}>
            <FormFailure form={form} />
            <Group align="flex-start" gap="xs">
              <Select
                w={140}
                label={t.kind}
                allowDeselect={false}
                data={Object.entries(t.kinds).map(([value, label]) => ({ value, label }))}
                {...form.getInputProps("kind")}
              />
              <TextInput w={160} label={t.conditionName} required {...form.getInputProps("name")} />
              <TextInput
                style={{ flex: "1 1 220px" }}
                label={t.condition}
                required
                placeholder={t.conditionExample}
                {...form.getInputProps("condition")}
              />
              <Button type="submit" variant="default" size="sm" mt={22} loading={add.isPending}>
                {t.add}
              </Button>
            </Group>
          </form>
        )}
      </Stack>
    </Card>
  );
}
