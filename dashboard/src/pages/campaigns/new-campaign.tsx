import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useChange } from "../../api/mutation.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { t } from "./texts.ts";

interface Props {
  opened: boolean;
  onClose: () => void;
  onCreated: (id: string) => void;
}

/** A draft with a name; all else is written on its own page. */
export function NewCampaign({ opened, onClose, onCreated }: Props) {
  const form = useApiForm({ initialValues: { name: "" } });
  const unsaved = useUnsaved(form.isDirty());
  const cancel = () => {
    form.reset();
    onClose();
  };
  const close = async () => (await unsaved.mayClose()) && cancel();
  const create = useChange("POST /v1/campaigns", {
    onDone: ({ id, name }) => {
      unsaved.release();
      form.reset();
      onClose();
      toast(t.created(name));
      onCreated(id);
    },
    onError: form.refuse,
  });
  return (
    <Modal
      opened={opened}
      onClose={() => void close()}
      title={t.newTitle}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form onSubmit={form.onSubmit((body) => create.mutate({ body }))}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {t.newText}
          </Text>
          <FormFailure form={form} />
          <TextInput
            label={t.name}
            placeholder={t.namePlaceholder}
            maxLength={200}
            required
            withAsterisk={false}
            data-autofocus
            {...form.getInputProps("name")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={cancel}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {common.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
