import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useChange } from "../../../api/mutation.ts";
import { useChooseWorkspace } from "../../../api/workspace.ts";
import { common } from "../../../text/common.ts";
import { viewerZone } from "../../../text/time.ts";
import { useApiForm } from "../../../ui/form.ts";
import { FormFailure } from "../../../ui/form-failure.tsx";
import { toast } from "../../../ui/toast.tsx";
import { useUnsaved } from "../../../ui/unsaved.ts";
import { t } from "./texts.ts";

const zones = Intl.supportedValuesOf("timeZone");

/** Makes a workspace, and goes there. */
export function CreateWorkspace({ onClose }: { onClose: () => void }) {
  const choose = useChooseWorkspace();
  const here = viewerZone();
  const form = useApiForm({ initialValues: { name: "", timeZone: here } });
  const unsaved = useUnsaved(form.isDirty());
  const close = async () => (await unsaved.mayClose()) && onClose();
  const create = useChange("POST /v1/workspaces", {
    outdates: ["workspaces", "session"],
    onDone: ({ id, name }) => {
      unsaved.release();
      toast(t.created(name));
      void choose(id);
    },
    onError: form.refuse,
  });
  return (
    <Modal opened onClose={() => void close()} title={t.create} closeButtonProps={{ "aria-label": common.close }}>
      <form onSubmit={form.onSubmit((body) => create.mutate({ body }))}>
        <Stack gap="md">
          <FormFailure form={form} />
          <Text size="sm" c="dimmed">
            {t.createText}
          </Text>
          <TextInput label={t.name} required maxLength={100} data-autofocus {...form.getInputProps("name")} />
          <Select
            label={t.timeZone}
            description={t.timeZoneHint}
            searchable
            limit={80}
            allowDeselect={false}
            data={zones.includes(here) ? zones : [here, ...zones]}
            {...form.getInputProps("timeZone")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={create.isPending || create.isSuccess}>
              {common.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
