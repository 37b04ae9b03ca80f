import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useChange } from "../../api/mutation.ts";
import { common } from "../../text/common.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { t } from "./texts.ts";

/** Asks for what a profile needs at least; the editor has the rest. */
export function NewProfile({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const form = useApiForm({ initialValues: { name: "", content: { instructions: "" } } });
  const unsaved = useUnsaved(form.isDirty(), { within: ["new"] });
  const close = async () => (await unsaved.mayClose()) && onClose();
  const create = useChange("POST /v1/profiles", {
    onDone: ({ id }) => {
      unsaved.release();
      void router.navigate({ to: `/profiles/${id}` });
    },
    onError: form.refuse,
  });
  return (
    <Modal
      opened
      onClose={() => void close()}
      size="lg"
      title={t.create}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form onSubmit={form.onSubmit((body) => create.mutate({ body }))}>
        <Stack gap="sm">
          <FormFailure form={form} />
          <TextInput
            label={t.name}
            description={t.nameText}
            required
            maxLength={200}
            data-autofocus
            {...form.getInputProps("name")}
          />
          <Textarea
            label={t.instructions}
            description={t.instructionsText}
            minRows={6}
            maxRows={16}
            {...form.getInputProps("content.instructions")}
          />
          <Group justify="flex-end" gap="xs">
            <Button
              variant="default"
              onClick={() => {
                unsaved.release();
                onClose();
              }}
            >
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
