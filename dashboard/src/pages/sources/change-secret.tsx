import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useChange } from "../../api/mutation.ts";
import { common } from "../../text/common.ts";
import { formatDateTime } from "../../text/time.ts";
import { useApiForm } from "../../ui/form.ts";
import { FormFailure } from "../../ui/form-failure.tsx";
import { toast } from "../../ui/toast.tsx";
import { useUnsaved } from "../../ui/unsaved.ts";
import { t } from "./texts.ts";

interface ChangeSecretProps {
  sourceId: string;
  kind: keyof typeof t.secretHints;
  onClose: () => void;
}

/** For a source whose secret the other side makes: a new one of theirs in place of it. */
export function ChangeSecret({ sourceId, kind, onClose }: ChangeSecretProps) {
  const form = useApiForm({ initialValues: { secret: "" } });
  const unsaved = useUnsaved(form.isDirty());
  const change = useChange("POST /v1/sources/{id}/rotate-secret", {
    onDone: ({ previousSecretUntil }) => {
      unsaved.release();
      toast(t.secretChanged(formatDateTime(new Date(previousSecretUntil))));
      onClose();
    },
    onError: form.refuse,
  });
  const close = async () => (await unsaved.mayClose()) && onClose();
  return (
    <Modal
      opened
      onClose={() => void close()}
      title={t.changeSecret}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": common.close }}
    >
      <form onSubmit={form.onSubmit(({ secret }) => change.mutate({ params: { id: sourceId }, body: { secret } }))}>
        <Stack gap="sm">
          <FormFailure form={form} />
          <Text size="sm">{t.changeSecretText}</Text>
          <PasswordInput
            required
            data-autofocus
            label={t.secret}
            description={t.secretHints[kind]}
            autoComplete="off"
            {...form.getInputProps("secret")}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={change.isPending}>
              {t.changeSecret}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
